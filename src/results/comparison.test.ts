import { expect, test } from '@jest/globals';
import { compare } from './comparison.js';
import { exampleRecord } from './testing/records.js';

const failed = (reason: string) => exampleRecord({}, { status: 'failed', reason });
const done = (auroc: number, averagePrecision = 0.5) =>
  exampleRecord({}, { status: 'done', auroc, averagePrecision });

test('every bit of both quantities counts', () => {
  const next = 0.9 + 2 ** -53;
  expect(compare(done(0.9), done(0.9)).drifts).toEqual([]);
  expect(compare(done(0.9, 0.5), done(next, 0.25)).drifts).toEqual([
    { quantity: 'AUROC', expected: 0.9, found: next },
    { quantity: 'average precision', expected: 0.5, found: 0.25 },
  ]);
});

test('with a tolerance, the AUROC alone counts, to within it', () => {
  expect(compare(done(0.75, 0.5), done(0.5, 0.1), 0.25).drifts).toEqual([]);
  expect(compare(done(0.75), done(0.5), 0.2).drifts).toEqual([
    { quantity: 'AUROC', expected: 0.75, found: 0.5 },
  ]);
});

test('a failure agrees with nothing', () => {
  expect(compare(failed('collapsed'), failed('collapsed')).drifts).toEqual([
    { quantity: 'outcome', expected: 'failed: collapsed', found: 'failed: collapsed' },
  ]);
  expect(compare(failed('collapsed'), failed('out of memory')).drifts).toEqual([
    { quantity: 'outcome', expected: 'failed: collapsed', found: 'failed: out of memory' },
  ]);
  expect(compare(done(0.9), failed('collapsed'), 1).drifts).toEqual([
    { quantity: 'outcome', expected: 'done', found: 'failed: collapsed' },
  ]);
});
