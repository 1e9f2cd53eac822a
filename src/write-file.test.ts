import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { UserError } from './errors.js';
import { removeUnfinished, writeFileAtomic } from './write-file.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'deepsad-write-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

test('a file is replaced, with its mode, and through a link', async () => {
  const [file, link] = [join(folder, 'table.csv'), join(folder, 'link.csv')];
  writeFileSync(file, 'old');
  chmodSync(file, 0o600);
  symlinkSync(file, link);
  await writeFileAtomic(link, 'new');
  await writeFileAtomic(join(folder, 'bytes'), Uint8Array.of(1, 2));
  expect(readFileSync(file, 'utf8')).toBe('new');
  expect(statSync(file).mode & 0o777).toBe(0o600);
  expect([...readFileSync(join(folder, 'bytes'))]).toEqual([1, 2]);
  expect(readdirSync(folder).sort()).toEqual(['bytes', 'link.csv', 'table.csv']);
});

test('what cannot be written is named, and nothing is left of it', async () => {
  const place = join(folder, 'place');
  mkdirSync(place);
  const writing = writeFileAtomic(place, 'x');
  await expect(writing).rejects.toThrow(UserError);
  await expect(writing).rejects.toThrow(`cannot write ${place}: `);
  await expect(writeFileAtomic(join(folder, 'none', 'x'), 'x')).rejects.toThrow('no such file or folder');
  expect(readdirSync(folder)).toEqual(['place']);
});

test('what a killed command left is removed, and nothing else', async () => {
  const names = ['table.csv.deepsad-0123abcd', 'table.csv', 'table.csv.deepsad', 'table.csv.20260101'];
  for (const name of names) writeFileSync(join(folder, name), '');
  await removeUnfinished(folder, 3_600_000);
  expect(readdirSync(folder)).toHaveLength(names.length);
  await removeUnfinished(folder, 0);
  await removeUnfinished(join(folder, 'none'), 0);
  expect(readdirSync(folder).sort()).toEqual(['table.csv', 'table.csv.20260101', 'table.csv.deepsad']);
});
