import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { shown } from '../data/table/cells.js';
import { visible } from '../messages/visible.js';
import { PACKAGE_ROOT } from '../package.js';
import { told } from './output.js';

test('what would command a terminal is written out', () => {
  const commands = '\u001b[2J\u0007\r\u0000\u007f\u009b31m\u202eexe\u2066';
  expect(visible(commands)).toBe('\\u001b[2J\\u0007\\u000d\\u0000\\u007f\\u009b31m\\u202eexe\\u2066');
  expect(visible('fine\u200b, \ufeffok')).toBe('fine\\u200b, \\ufeffok');
  expect(visible('Gerät γ_l 日本\tα\n')).toBe('Gerät γ_l 日本\tα\n');
});

test('no command writes past the functions that see to it', () => {
  const folder = join(PACKAGE_ROOT, 'src', 'cli');
  const writers = readdirSync(folder, { encoding: 'utf8', recursive: true }).filter(
    (name) =>
      /(?<!\.test)\.ts$/.test(name) &&
      /std(out|err)\.write|console\./.test(readFileSync(join(folder, name), 'utf8')),
  );
  expect(writers).toEqual(['output.ts']);
});

test('notices of several lines are summed up unless all is to be told', () => {
  const notice = '2 columns filled\n  a: 1\n  b: 3';
  expect(told(notice, false)).toBe('2 columns filled; --verbose lists them');
  expect(told(notice, true)).toBe(notice);
  expect(told('1 column filled', false)).toBe('1 column filled');
});

test('a notice that quotes a cell of several lines is whole, on one', () => {
  const notice = 'column a: 3 values are missing (first "x\ny" in row 2); mend it';
  for (const verbose of [false, true]) {
    expect(told(notice, verbose)).toBe('column a: 3 values are missing (first "x y" in row 2); mend it');
  }
  const summed = `2 columns filled, most of them in ${shown('a\n  b')}\n  a: 1\n  b: 3`;
  expect(told(summed, false)).toBe('2 columns filled, most of them in "a b"; --verbose lists them');
});
