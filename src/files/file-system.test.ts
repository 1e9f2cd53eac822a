import { closeSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { swap, tryLock } from './file-system.js';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'file-system-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

/** Opens a file of the folder as often as asked. */
function opened(name: string, times: number): number[] {
  return Array.from({ length: times }, () => openSync(join(folder, name), 'a+'));
}

test('a lock is of an open file: another one of the same file waits until that one is closed', () => {
  const [holder, other, third] = opened('one', 3);
  expect(tryLock(holder)).toBe(true);
  expect(tryLock(holder)).toBe(true);
  expect(tryLock(other)).toBe(false);
  closeSync(third);
  expect(tryLock(other)).toBe(false);
  closeSync(holder);
  expect(tryLock(other)).toBe(true);
  closeSync(other);
});

test('a shared lock is shared with its like alone', () => {
  const [one, two, alone] = opened('shared', 3);
  expect([tryLock(one, true), tryLock(two, true), tryLock(alone)]).toEqual([true, true, false]);
  closeSync(one);
  expect(tryLock(alone)).toBe(false);
  closeSync(two);
  expect(tryLock(alone)).toBe(true);
  expect(tryLock(openSync(join(folder, 'shared'), 'r'), true)).toBe(false);
});

test('what cannot be locked gives the name that the system has for the reason', () => {
  const [closed] = opened('closed', 1);
  closeSync(closed);
  expect(tryLock(closed)).toBe('EBADF');
});

test('two folders change places, whatever their names', () => {
  const [one, other] = ['ein Ördner', '二'].map((name) => join(folder, name));
  for (const path of [one, other]) {
    mkdirSync(path);
    writeFileSync(join(path, 'content'), path);
  }
  swap(one, other);
  expect(readFileSync(join(one, 'content'), 'utf8')).toBe(other);
  expect(readFileSync(join(other, 'content'), 'utf8')).toBe(one);
  expect(() => swap(one, join(folder, 'nothing'))).toThrow(
    expect.objectContaining({ code: 'ENOENT', syscall: 'rename' }),
  );
});
