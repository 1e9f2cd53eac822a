import { existsSync, mkdtempSync, readdirSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Unwritable } from '../errors.js';
import { expectPlace, makeFolder, namesIn, tryFolder } from './folders.js';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'deepsad-folders-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

const make = (directory: string) => () => makeFolder(directory);

test('makes a folder with those that it lies in, and again', () => {
  const directory = join(folder, 'a', 'b', 'c');
  make(directory)();
  make(directory)();
  expect(statSync(directory).isDirectory()).toBe(true);
});

test('refuses a place that is taken by a file, or lies in one', () => {
  const file = join(folder, 'file');
  writeFileSync(file, '');
  expect(make(file)).toThrow(new Unwritable(`cannot create the folder ${file}: a file is in its place`));
  expect(make(join(file, 'within'))).toThrow(/^cannot create the folder .*file.within: .*$/);
});

test('names once what cannot be looked into', () => {
  const [link, loop] = [join(folder, 'link'), join(folder, 'loop')];
  symlinkSync(join(folder, 'nowhere'), link);
  symlinkSync(loop, loop);
  const nowhere = `it is a link to ${join(folder, 'nowhere')}, which is not there`;
  const circle = 'its links lead in a circle';
  for (const place of [loop, relative('.', loop)]) {
    expect(make(place)).toThrow(new Unwritable(`cannot create the folder ${place}: ${circle}`));
    for (const check of [tryFolder, expectPlace])
      expect(() => check(place)).toThrow(new Unwritable(`cannot write into the folder ${place}: ${circle}`));
  }
  expect(make(link)).toThrow(new Unwritable(`cannot create the folder ${link}: ${nowhere}`));
  const within = join(link, 'within');
  expect(make(within)).toThrow(new Unwritable(`cannot create the folder ${within}: ${link}: ${nowhere}`));
});

(existsSync('/proc/self') ? test : test.skip)('refuses a place where the system allows no folder', () => {
  expect(make('/proc/x/y')).toThrow(
    new Unwritable('cannot create the folder /proc/x/y: no such file or folder'),
  );
});

describe('tryFolder', () => {
  const attempt = (directory: string) => () => tryFolder(directory);

  test('leaves nothing where a folder could be made or written in', () => {
    const before = readdirSync(folder);
    attempt(join(folder, 'd', 'e', 'f'))();
    attempt(folder)();
    expect(readdirSync(folder)).toEqual(before);
  });

  test('refuses a file in its place, or on the way to it', () => {
    writeFileSync(join(folder, 'taken'), '');
    const [taken, within] = [join(folder, 'taken'), join(folder, 'taken', 'within')];
    for (const check of [tryFolder, expectPlace]) {
      expect(() => check(taken)).toThrow(
        new Unwritable(`cannot write into the folder ${taken}: a file is in its place`),
      );
      expect(() => check(within)).toThrow(
        new Unwritable(
          `cannot write into the folder ${within}: a file is in the place of a folder on the way to it`,
        ),
      );
    }
  });

  (existsSync('/proc/self') ? test : test.skip)('refuses a place where nothing can be written', () => {
    expect(attempt('/proc/x/y')).toThrow(/^cannot write into the folder \/proc\/x\/y: .*$/);
  });
});

test('namesIn names in order, without hidden files and what file managers leave behind, and refuses what is no folder', () => {
  const directory = mkdtempSync(join(folder, 'names-'));
  for (const name of ['b', 'a', '.hidden', 'Desktop.ini', 'thumbs.db', '__MACOSX'])
    writeFileSync(join(directory, name), '');
  expect(namesIn(directory, 'a folder of images')).toEqual(['a', 'b']);
  expect(() => namesIn(join(directory, 'a'), 'a folder of images')).toThrow(
    `${join(directory, 'a')}: expected a folder of images, found a file`,
  );
  expect(() => namesIn(join(directory, 'c'), 'a folder of images')).toThrow('no such folder');
});
