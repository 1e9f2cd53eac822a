import { PassThrough } from 'node:stream';
import { expect, test } from '@jest/globals';
import type { FetchEvent } from '../data/fetch/fetch.js';
import { showFetch } from './fetch-progress.js';
import { shownOn } from './testing/written.js';

const progress = (path: string, received: number, total?: number): FetchEvent => ({
  type: 'progress',
  path,
  received,
  total,
});

process.env.TERM = 'xterm';

/** Everything that the display writes, without what moves the cursor. */
function shown({ isTTY, quiet }: { isTTY: boolean; quiet: boolean }): string {
  const stream = Object.assign(new PassThrough(), { isTTY, columns: 120 });
  const display = showFetch(stream, quiet);
  display.on(progress('a.npz', 0, 2000));
  display.on(progress('a.npz', 1500, 2000));
  display.on({ type: 'note', text: 'a.npz: HTTP status 503; again in 1 s' });
  display.on(progress('b.npz', 10));
  display.say('parts: fetched into /data');
  display.fail('others: could not be fetched');
  display.stop();
  return shownOn(stream);
}

test('lines where the stream is no terminal, with few on bytes', () => {
  expect(shown({ isTTY: false, quiet: false }).split('\n')).toEqual([
    'a.npz: 0 B of 2 kB',
    'a.npz: HTTP status 503; again in 1 s',
    'b.npz: 10 B',
    'parts: fetched into /data',
    'others: could not be fetched',
    '',
  ]);
});

test('a bar on a terminal, below what is said', () => {
  const output = shown({ isTTY: true, quiet: false });
  expect(output).toMatch(/█+░+ 1.5 kB of 2 kB \| (\S+ left \| )?a.npz/);
  expect(output).toMatch(/░{24} 10 B \| b.npz/);
  expect(output).toContain('a.npz: HTTP status 503; again in 1 s\n');
  expect(output).toContain('parts: fetched into /data\n');
  // Drawn anew below each, though it has not changed.
  expect(output).toMatch(
    /parts: fetched into \/data\n[^\n]*b\.npz.*others: could not be fetched\n[^\n]*b\.npz/,
  );
});

test('lines on a terminal that shows escape sequences as text', () => {
  process.env.TERM = 'dumb';
  expect(shown({ isTTY: true, quiet: false })).not.toMatch(/[█░]/);
  process.env.TERM = 'xterm';
});

test('nothing but failures where it is to be quiet', () => {
  expect(shown({ isTTY: true, quiet: true })).toBe('others: could not be fetched\n');
});
