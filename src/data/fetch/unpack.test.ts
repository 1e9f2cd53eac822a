import {
  existsSync,
  lstatSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeEach, describe, expect, test } from '@jest/globals';
import { type Header, pack } from 'tar-stream';
import { FetchFailed } from './failures.js';
import { unpack } from './unpack.js';

const root = mkdtempSync(path.join(tmpdir(), 'deepsad-unpack-'));
afterAll(() => rmSync(root, { recursive: true }));

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(root, 'in-'));
});

type Entry = Partial<Header> & { readonly name: string; readonly content?: string | Buffer };

async function tarOf(entries: readonly Entry[]): Promise<Buffer> {
  const tar = pack();
  for (const { content = '', ...header } of entries) tar.entry(header, content as string);
  tar.finalize();
  const chunks: Buffer[] = [];
  for await (const chunk of tar) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

/** Unpacks `set/a` and `set/b`, of five bytes each, from an archive. */
async function unpackBoth(archive: Uint8Array): Promise<void> {
  const file = path.join(folder, 'archive.tar.gz');
  writeFileSync(file, archive);
  const member = (name: string) => ({ path: `set/${name}`, bytes: 5, target: path.join(folder, name) });
  await unpack(file, [member('a'), member('b')]);
}

const GOOD: readonly Entry[] = [
  { name: 'set/a', content: 'aaaaa' },
  { name: './set/b', content: 'bbbbb' },
];

test('members are written to their targets, and nothing else is', async () => {
  const others: readonly Entry[] = [
    { name: 'set/', type: 'directory' },
    { name: 'set/c', content: 'c' },
    { name: '../escaped', content: 'e' },
    { name: '/tmp/deepsad-escaped', content: 'e' },
    { name: 'link', type: 'symlink', linkname: '/etc' },
    { name: 'link/escaped', content: 'e' },
  ];
  await unpackBoth(gzipSync(await tarOf([...others.slice(0, 3), ...GOOD, ...others.slice(3)])).subarray());
  expect(readdirSync(folder).sort()).toEqual(['a', 'archive.tar.gz', 'b']);
  expect(readFileSync(path.join(folder, 'a'), 'utf8')).toBe('aaaaa');
  expect(readFileSync(path.join(folder, 'b'), 'utf8')).toBe('bbbbb');
  expect(readdirSync(root)).not.toContain('escaped');
  expect(existsSync('/tmp/deepsad-escaped')).toBe(false);
});

test('a link that was planted in the place of a target is replaced, not followed', async () => {
  writeFileSync(path.join(folder, 'victim'), 'untouched');
  symlinkSync('victim', path.join(folder, 'a'));
  await unpackBoth(gzipSync(await tarOf(GOOD)));
  expect(readFileSync(path.join(folder, 'victim'), 'utf8')).toBe('untouched');
  expect(lstatSync(path.join(folder, 'a')).isFile()).toBe(true);
});

describe('refuses', () => {
  test.each<[string, readonly Entry[], string]>([
    ['a member that is missing', GOOD.slice(0, 1), 'expected a file set/b in it, found none'],
    [
      'a member under a path that leads to it',
      [GOOD[0], { name: 'set/../set/b', content: 'bbbbb' }],
      'expected a file set/b in it, found none',
    ],
    [
      'a link in the place of a member',
      [GOOD[0], { name: 'set/b', type: 'symlink', linkname: '/etc/passwd' }],
      'expected set/b to be a file of 5 bytes, found a symlink of 0',
    ],
    [
      'a hard link in the place of a member',
      [GOOD[0], { name: 'set/b', type: 'link', linkname: 'set/a' }],
      'expected set/b to be a file of 5 bytes, found a link of 0',
    ],
    [
      'a member that is too long',
      [GOOD[0], { name: 'set/b', content: 'bbbbbb' }],
      'expected set/b to be a file of 5 bytes, found a file of 6',
    ],
    ['no files at all', [], 'expected a file set/a in it, found none'],
  ])('%s', async (_, entries, message) => {
    const archive = gzipSync(await tarOf(entries));
    await expect(unpackBoth(archive)).rejects.toThrow(FetchFailed);
    await expect(unpackBoth(archive)).rejects.toThrow(`archive.tar.gz: ${message}`);
  });

  test('an archive that grows without bound', async () => {
    // 100 MB of zeros in 100 kB.
    const bomb = await tarOf([{ name: 'set/zeros', content: Buffer.alloc(100_000_000) }]);
    await expect(unpackBoth(gzipSync(bomb))).rejects.toThrow(
      /archive.tar.gz: holds more than the \d+ bytes it may$/,
    );
  });

  test('what is no whole .tar.gz', async () => {
    const good = gzipSync(await tarOf(GOOD));
    for (const bad of [Buffer.from('<html>'), good.subarray(0, 60), gzipSync(Buffer.alloc(700, 'x'))]) {
      await expect(unpackBoth(bad)).rejects.toThrow(
        /archive.tar.gz: (not a whole .tar.gz archive|expected a file)/,
      );
    }
  });

  test('to go on after an interruption', async () => {
    const file = path.join(folder, 'archive.tar.gz');
    writeFileSync(file, gzipSync(await tarOf(GOOD)));
    await expect(unpack(file, [], AbortSignal.abort('SIGINT'))).rejects.toBe('SIGINT');
  });
});

test('a place that cannot be written is not called a fault of the archive', async () => {
  const file = path.join(folder, 'archive.tar.gz');
  writeFileSync(file, gzipSync(await tarOf(GOOD)));
  const nowhere = { path: 'set/a', bytes: 5, target: path.join(folder, 'none', 'a') };
  await expect(unpack(file, [nowhere])).rejects.toThrow('ENOENT: no such file or directory');
});
