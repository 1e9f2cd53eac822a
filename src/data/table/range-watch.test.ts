import { expect, test } from '@jest/globals';
import { RangeWatch } from './range-watch.js';

const FEATURES = [
  { name: 'load', low: 0, high: 1 },
  { name: 'batch', low: 17, high: 17 },
];

/** The notices after rows of these values. */
function noticesOf(rows: readonly (readonly number[])[]): string[] {
  const watch = new RangeWatch(FEATURES);
  for (const row of rows) {
    for (const [feature, value] of row.entries()) watch.see(feature, value);
  }
  return watch.notices('new.csv');
}

const rows = (count: number, ...row: number[]) => Array.from({ length: count }, () => row);

test('a feature of which nearly all values lie elsewhere is said, missing ones left out', () => {
  expect(noticesOf([...rows(10, 1000, 17), ...rows(20, Number.NaN, 17)])).toEqual([
    'new.csv: nearly all values lie outside of those of the training rows in "load" (0 to 1); are they in the same unit?',
  ]);
  expect(noticesOf([...rows(10, 1000, 17), ...rows(5, 0.5, 17)])).toEqual([]);
  expect(noticesOf(rows(9, 1000, 17))).toEqual([]);
});

test('any other value of a feature that was constant is said', () => {
  expect(noticesOf([...rows(30, 0.5, 17), [0.5, 18]])).toEqual([
    expect.stringContaining('"batch" (17 there, here another value in 1 of 31 rows)'),
  ]);
});
