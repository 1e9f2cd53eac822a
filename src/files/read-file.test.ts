import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { openCsv } from '../data/formats/csv.js';
import { readSteps } from '../data/series/steps.js';
import { UserError } from '../errors.js';
import { readBytes, readPieces, readText, systemReason, whatIs } from './read-file.js';

let folder: string;
const at = (name: string) => join(folder, name);

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'deepsad-read-file-'));
  writeFileSync(at('file'), 'content');
  mkdirSync(at('folder'));
  symlinkSync('nowhere', at('broken'));
  symlinkSync('loop', at('loop'));
  execFileSync('mkfifo', [at('pipe')]);
  writeFileSync(at('latin1'), Buffer.from('Gerät', 'latin1'));
  writeFileSync(at('locked'), '');
  chmodSync(at('locked'), 0);
});
afterAll(() => rmSync(folder, { recursive: true }));

const FILE = { what: 'a table', ifMissing: 'name another' };

/** The ways to read a file. */
const READERS: Readonly<Record<string, (path: string) => unknown>> = {
  readBytes: (path) => readBytes(path, FILE),
  readText: async (path) => readText(path, FILE),
  readPieces: async (path) => {
    for await (const _ of readPieces(path, FILE));
  },
};

describe.each(Object.entries(READERS))('%s', (_, read) => {
  test.each([
    ['missing', 'no such file; name another'],
    ['folder', 'expected a table, found a folder'],
    ['pipe', 'expected a table, found a pipe; write what comes through it into a file'],
    ['broken', 'it is a link to nowhere, which is not there'],
    ['loop', 'its links lead in a circle'],
    ['file/within', 'no such file; name another'],
    ['x'.repeat(300), 'its name is too long'],
    ['a\0b', 'its name holds a null character'],
  ])('refuses %s', async (name, problem) => {
    await expect(read(at(name))).rejects.toThrow(new UserError(`${at(name)}: ${problem}`));
  });

  test('refuses a device, which may have no end', async () => {
    await expect(read('/dev/zero')).rejects.toThrow('/dev/zero: expected a table, found a device');
  });

  (process.getuid?.() === 0 ? test.skip : test)('refuses what may not be read', async () => {
    await expect(read(at('locked'))).rejects.toThrow(`${at('locked')}: permission denied`);
  });
});

test('refuses a file larger than it may be, before any of it is read', async () => {
  const most = { what: 'a config', most: 6 };
  expect(() => readText(at('file'), most)).toThrow(
    `${at('file')}: expected a config of at most 6 bytes, found 7 bytes`,
  );
  await expect(readBytes(at('file'), most)).rejects.toThrow(UserError);
});

test('reads a regular file', async () => {
  expect(readText(at('file'), FILE)).toBe('content');
  expect(Buffer.from(await readBytes(at('file'), FILE)).toString()).toBe('content');
  const pieces: Uint8Array[] = [];
  for await (const piece of readPieces(at('file'), FILE)) pieces.push(piece);
  expect(Buffer.concat(pieces).toString()).toBe('content');
});

test('refuses text in another encoding', () => {
  expect(() => readText(at('latin1'), FILE)).toThrow('expected a table in UTF-8, found other bytes');
  writeFileSync(at('packed'), gzipSync('content'));
  expect(() => readText(at('packed'), FILE)).toThrow(
    'expected a table in UTF-8, found a file compressed with gzip; unpack it',
  );
  const archive = Buffer.alloc(512);
  archive.write('ustar\0', 257);
  writeFileSync(at('archive'), archive);
  expect(() => readText(at('archive'), FILE)).toThrow('found a tar archive; unpack it');
  writeFileSync(at('null'), 'a\0b');
  expect(() => readText(at('null'), FILE)).toThrow('expected a table in UTF-8, found a null character');
});

test('tells what is at a path', () => {
  const names = ['file', 'folder', 'pipe', 'missing', 'file/within'];
  expect(names.map((name) => whatIs(at(name)))).toEqual([
    'a file',
    'a folder',
    'a pipe',
    'nothing',
    'nothing',
  ]);
});

test('has words for what the system says, and none for other errors', () => {
  const error = Object.assign(new Error('ENOSPC: no space left on device, write'), {
    code: 'ENOSPC',
    syscall: 'write',
  });
  expect(systemReason(error)).toBe('the disk is full');
  expect(systemReason(new TypeError('x is not a function'))).toBeUndefined();
});

(existsSync('/proc/self/fd') ? test : test.skip)(
  'a table that is refused, or left early, is closed',
  async () => {
    const openFiles = () => readdirSync('/proc/self/fd').length;
    const rows = `a,b\n${'1,2\n'.repeat(40_000)}`;
    writeFileSync(at('long.csv'), rows);
    writeFileSync(at('long.csv.gz'), gzipSync(rows));
    writeFileSync(at('foreign.csv'), `PK\x03\x04${rows}`);
    const before = openFiles();
    for (let i = 0; i < 20; i++) {
      for (const name of ['long.csv', 'long.csv.gz']) for await (const _ of openCsv(at(name))) break;
      await expect(openCsv(at('foreign.csv')).next()).rejects.toThrow('a zip archive');
      await expect(readSteps(at('long.csv')).next()).rejects.toThrow('expected a time step');
    }
    // What is left early is closed by the system's threads.
    for (let looks = 0; looks < 1000 && openFiles() > before + 2; looks++) await setTimeout(10);
    expect(openFiles()).toBeLessThanOrEqual(before + 2);
  },
);
