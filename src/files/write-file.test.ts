import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { UserError } from '../errors.js';
import { removeUnfinished, unfinishedName, writeFileAtomic } from './write-file.js';

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

test('what a killed command left is removed, and nothing that another may be writing', async () => {
  const ended = spawnSync(process.execPath, ['--version']);
  const running = unfinishedName('running');
  const killed = running.replace(`-${process.pid}-`, `-${ended.pid}-`);
  const elsewhere = killed.replace(/deepsad-[^-]*/, 'deepsad-elsewhere');
  const others = ['table.csv', 'table.csv.deepsad', 'table.csv.20260101'];
  const dated = ['scores.csv.deepsad-20250301', 'scores.csv.deepsad-run-0a1b2c-7'];
  const recent = [running, elsewhere];
  const old = `old.${elsewhere}`;
  for (const name of [...others, ...dated, ...recent, old, killed]) writeFileSync(join(folder, name), '');
  for (const name of [...dated, old]) utimesSync(join(folder, name), 0, 0);
  await removeUnfinished(folder);
  await removeUnfinished(join(folder, 'none'));
  expect(readdirSync(folder).sort()).toEqual([...others, ...dated, ...recent].sort());
});

test('the file of a long name can be written', async () => {
  const file = join(folder, 'x'.repeat(200));
  await writeFileAtomic(file, 'x');
  expect(readFileSync(file, 'utf8')).toBe('x');
});
