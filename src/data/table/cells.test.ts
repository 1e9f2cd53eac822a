import { expect, test } from '@jest/globals';
import { isMissing, noNumber, numberIn } from './cells.js';

test.each<[string, number]>([
  ['1', 1],
  [' +1.50 ', 1.5],
  ['-.5', -0.5],
  ['5.', 5],
  ['1e-05', 1e-5],
  ['1E3', 1000],
  ['0', 0],
  ['-0.0', -0],
  ['007', 7],
  ['9007199254740991', Number.MAX_SAFE_INTEGER],
  ['1.7e+18', 1.7e18],
  ['9007199254740993.0', 9007199254740992],
])('%j is a number', (cell, value) => {
  expect(numberIn(cell)).toBe(value);
});

test.each(['', ' ', 'NA', 'n/a', '#N/A', '<NA>', 'NaN', 'nan', '-nan', 'NULL', '?'])(
  '%j is missing',
  (cell) => {
    expect(isMissing(cell)).toBe(true);
    expect(numberIn(cell)).toBeNaN();
  },
);

test.each([
  '0x1f',
  '0X1F',
  ' 0x0',
  '\u00a00x1f',
  '0b101',
  '0o17',
  'inf',
  'Infinity',
  '1e999',
  '-1e999',
  ' 1e999',
  ' -1e999',
  '-.1e999 ',
  '1,5',
  '1_000',
  'x',
  '1 2',
  '--1',
])('%j is no number', (cell) => {
  expect(numberIn(cell)).toBe(Number.POSITIVE_INFINITY);
  expect(noNumber(cell)).toBe(`expected a finite number, found "${cell.trim()}"`);
});

test.each(['9007199254740992', '-1700000000000000001', '9'.repeat(400)])(
  'the integer %s would be rounded',
  (cell) => {
    expect(numberIn(cell)).toBe(Number.POSITIVE_INFINITY);
    expect(noNumber(cell)).toContain('past 2^53, which would be rounded');
  },
);

test.each(['\u22125', '\u20131.5', '１２'])('%s is written in other characters than a number', (cell) => {
  expect(numberIn(cell)).toBe(Number.POSITIVE_INFINITY);
  expect(noNumber(cell)).toBe(
    `expected a finite number, found "${cell}" in other characters than 0 to 9 and -`,
  );
});
