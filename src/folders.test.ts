import { existsSync, mkdtempSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { UserError } from './errors.js';
import { makeFolder } from './folders.js';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'deepsad-folders-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

const make = (directory: string) => () => makeFolder(directory, 'give another --out');

test('makes a folder with those that it lies in, and again', () => {
  const directory = join(folder, 'a', 'b', 'c');
  make(directory)();
  make(directory)();
  expect(statSync(directory).isDirectory()).toBe(true);
});

test('refuses a place that is taken by a file, or lies in one', () => {
  const file = join(folder, 'file');
  writeFileSync(file, '');
  expect(make(file)).toThrow(
    new UserError(`cannot create the folder ${file}: a file is in its place; give another --out`),
  );
  expect(make(join(file, 'within'))).toThrow(
    /^cannot create the folder .*file.within: .*; give another --out$/,
  );
});

test('refuses a link that leads nowhere', () => {
  const link = join(folder, 'link');
  symlinkSync(join(folder, 'nowhere'), link);
  expect(make(link)).toThrow(UserError);
});

(existsSync('/proc/self') ? test : test.skip)('refuses a place where the system allows no folder', () => {
  expect(make('/proc/x/y')).toThrow(/^cannot create the folder \/proc\/x\/y: ENOENT.*; give another --out$/);
});
