import { copyFileSync, linkSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, expect, test } from '@jest/globals';
import { fileKey } from './file-key.js';

const folder = mkdtempSync(path.join(tmpdir(), 'deepsad-file-key-'));
afterAll(() => rmSync(folder, { recursive: true }));
const at = (name: string) => path.join(folder, name);

test('a file has one key, by whatever path or link', () => {
  writeFileSync(at('a.csv'), 'a');
  symlinkSync('a.csv', at('link.csv'));
  linkSync(at('a.csv'), at('hard.csv'));
  symlinkSync(folder, at('loop'));
  copyFileSync(at('a.csv'), at('copy.csv'));
  const same = ['a.csv', 'link.csv', 'hard.csv', 'loop/a.csv', './a.csv'].map((name) => `${folder}/${name}`);
  expect(new Set(same.map(fileKey)).size).toBe(1);
  expect(fileKey(at('copy.csv'))).not.toBe(fileKey(at('a.csv')));
});

test('what is not there is told by its path', () => {
  expect(fileKey('none/../x.csv')).toBe(fileKey('./x.csv'));
  expect(fileKey('x.csv')).not.toBe(fileKey('y.csv'));
});
