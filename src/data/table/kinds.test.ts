import { expect, test } from '@jest/globals';
import { CSV_PATH, TABLE_PATH, tableKind } from './kinds.js';

test.each([
  ['parts.csv', '.csv'],
  ['a.b/Parts.CSV.gz', '.csv'],
  ['parts.npz', '.npz'],
  ['parts.old.MAT', '.mat'],
  ['.csv', '.csv'],
  ['parts.npz.gz', undefined],
  ['parts.gz', undefined],
  ['csv', undefined],
  ['parts.csv/x', undefined],
  ['', undefined],
])('%j is a table of the kind %s', (path, kind) => {
  expect(tableKind(path)).toBe(kind);
  expect([TABLE_PATH.test(path), CSV_PATH.test(path)]).toEqual([kind !== undefined, kind === '.csv']);
});
