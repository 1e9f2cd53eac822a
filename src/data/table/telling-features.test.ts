import { expect, test } from '@jest/globals';
import { tellingFeatures } from './telling-features.js';

/** Features of 60 samples, of which every third is an anomaly and every fifth neither. */
const kinds = Int8Array.from({ length: 60 }, (_, row) => (row % 5 === 0 ? 0 : row % 3 === 0 ? -1 : 1));
const found = (feature: (kind: number, row: number) => number, of = kinds) =>
  tellingFeatures(
    Array.from(of).flatMap((kind, row) => [row / 7, feature(kind, row)]),
    2,
    of,
  );

test('a copy of the labels is found, whatever its values', () => {
  expect(found((kind) => kind)).toEqual([1]);
  expect(found((kind, row) => (kind === 0 ? row : kind > 0 ? 7 : 2.5))).toEqual([1]);
});

test.each<[string, (kind: number, row: number) => number]>([
  ['codes of several kinds of anomalies', (kind, row) => (kind < 0 ? 1 + (row % 4) : 0)],
  ['codes of several normal classes', (kind, row) => (kind < 0 ? 4 : row % 4)],
  ['what is noted of anomalies alone', (kind, row) => (kind < 0 ? 100 + (row % 7) : Number.NaN)],
])('%s are found', (_, feature) => {
  expect(found(feature)).toEqual([1]);
});

test.each<[string, (kind: number, row: number) => number]>([
  [
    'a code that an anomaly shares with normal samples',
    (kind, row) => (kind < 0 && row !== 9 ? 1 + (row % 4) : 0),
  ],
  ['a constant', () => 1],
  ['one that differs within a kind', (kind, row) => (row === 9 ? 1 : kind)],
  ['one that is missing', (kind) => (kind < 0 ? Number.NaN : 1)],
  ['one that only separates', (kind, row) => kind * (1 + row)],
])('%s is not', (_, feature) => {
  expect(found(feature)).toEqual([]);
});

test('of few samples none is', () => {
  expect(found((kind) => kind, kinds.subarray(0, 30))).toEqual([]);
});
