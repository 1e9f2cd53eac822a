import { expect, test } from '@jest/globals';
import { type ComparedCell, meanDifference } from './mean-difference.js';
import { isDone } from './record.js';
import { exampleRecord } from './testing/records.js';

/** A cell whose runs are of these normal classes and seeds, beside .75 ± .1 over 101 runs: its standard error is .01. */
function cell(dataset: string, ...runs: [normalClass: string, seed: number, auroc: number][]): ComparedCell {
  return {
    runs: runs
      .map(([normalClass, seed, auroc]) => exampleRecord({ dataset, normalClass, seed }, { auroc }))
      .filter(isDone),
    published: { mean: 0.75, std: 0.1, runs: 101, readFromFigure: false },
  };
}

test('cells of the same pairs of classes err together', () => {
  const cells = [
    cell('mnist', ['0', 1, 0.92], ['1', 1, 0.72]),
    cell('mnist', ['0', 1, 0.82], ['1', 1, 0.62]),
  ];
  const { standardError, ...rest } = meanDifference(cells) ?? { standardError: Number.NaN };
  // The means over both cells are .87 and .67: that of two has a standard error of .1.
  expect(standardError).toBeCloseTo(Math.hypot(0.1, 0.01), 12);
  expect(rest).toEqual({ cells: 2, difference: expect.closeTo(0.02, 12) });
});

test('cells of several data sets do not', () => {
  const cells = [
    cell('mnist', ['0', 1, 0.85], ['1', 1, 0.65]),
    cell('fashion-mnist', ['0', 1, 0.85], ['1', 1, 0.65]),
  ];
  expect(meanDifference(cells)?.standardError).toBeCloseTo(Math.hypot(0.1, 0.01) / Math.SQRT2, 12);
});

test('seeds of one pair are what errs, and are one where there are several pairs', () => {
  const seeds = cell('cardio', ['normal', 1, 0.85], ['normal', 2, 0.65]);
  expect(meanDifference([seeds])?.standardError).toBeCloseTo(Math.hypot(0.1, 0.01), 12);
  const both = cell('mnist', ['0', 1, 0.9], ['0', 2, 0.8], ['1', 1, 0.6], ['1', 2, 0.7]);
  expect(meanDifference([both])?.standardError).toBeCloseTo(Math.hypot(0.1, 0.01), 12);
});

test('nothing is said of no cells, nor of a single run', () => {
  expect(meanDifference([])).toBeUndefined();
  expect(meanDifference([cell('mnist', ['0', 1, 0.9])])).toBeUndefined();
});
