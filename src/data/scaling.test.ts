import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { mean, standardDeviation } from 'simple-statistics';
import { UserError } from '../errors.js';
import type { Dataset } from './dataset.js';
import { scalerFor } from './scaling.js';
import { dataset } from './testing/datasets.js';

/** A table of one class. */
function table(rows: readonly (readonly number[])[]) {
  return dataset({
    shape: [rows[0].length],
    classNames: ['normal'],
    training: rows.map((row) => [row, 0]),
  });
}

const all = (count: number) => Uint32Array.from({ length: count }, (_, i) => i);

describe('tables', () => {
  test('are fitted on the training part alone', () => {
    const data = table([
      [0, 10],
      [4, 20],
      [8, 0],
    ]);
    const { scale } = scalerFor(data, Uint32Array.of(0, 1));
    expect(Array.from(scale(data.training, Uint32Array.of(1, 0)))).toEqual([1, 1, 0, 0]);
    expect(Array.from(scale(data.training, Uint32Array.of(2)))).toEqual([2, -1]);
  });

  test('come out as when standardised first and then min-max scaled', () => {
    const rows = fc.array(
      fc.tuple(fc.integer({ min: -1000, max: 1000 }), fc.double({ min: -1, max: 1, noNaN: true })),
      {
        minLength: 2,
        maxLength: 20,
        size: 'max',
      },
    );
    fc.assert(
      fc.property(rows, (values) => {
        const column = (j: number) => values.map((row) => row[j]);
        fc.pre([0, 1].every((j) => Math.max(...column(j)) - Math.min(...column(j)) > 1e-3));
        const data = table(values);
        const scaled = scalerFor(data, all(values.length)).scale(data.training, all(values.length));
        for (const j of [0, 1]) {
          const standardised = column(j).map(
            (value) => (value - mean(column(j))) / standardDeviation(column(j)),
          );
          const [low, high] = [Math.min(...standardised), Math.max(...standardised)];
          standardised.forEach((value, i) => {
            expect(scaled[i * 2 + j]).toBeCloseTo((value - low) / (high - low), 6);
          });
        }
      }),
    );
  });

  test('a feature that is constant over the training part is shifted to 0 there, so that a departure stays visible', () => {
    const data = table([
      [5, 1],
      [5, 2],
      [9, 1.5],
    ]);
    const scaled = scalerFor(data, Uint32Array.of(0, 1)).scale(data.training, all(3));
    expect(Array.from(scaled)).toEqual([0, 0, 0, 1, 4, 0.5]);
  });

  test('all features constant: an error', () => {
    const data = table([
      [5, 1],
      [5, 1],
      [9, 2],
    ]);
    expect(() => scalerFor(data, Uint32Array.of(0, 1))).toThrow(
      new UserError(
        'written out: every one of the 2 features is constant over the 2 training samples; there is nothing to learn from: give features that vary',
      ),
    );
  });

  test.each([0, 1])('feature %d missing in all training samples: an error that names it', (missing) => {
    const data = table([1, 2, 3].map((value) => [0, 1].map((j) => (j === missing ? Number.NaN : value))));
    expect(() => scalerFor(data, all(3))).toThrow(
      `feature ${missing + 1} (counted from 1) is missing in all of the 3 training samples; leave it out`,
    );
  });

  test.each([
    ['a test value far outside', [[0], [1e-300], [1e300]]],
    ['a range past the largest number', [[-1.7e308], [1.7e308], [1.7e308]]],
  ])('%s: an error, not infinity', (_, rows) => {
    const data = table(rows);
    const { scale } = scalerFor(data, Uint32Array.of(0, 1));
    expect(() => scale(data.training, Uint32Array.of(2))).toThrow(
      /^written out, sample 3, feature 1 \(counted from 1\): .* cannot be scaled/,
    );
  });
});

describe('tables scaled otherwise', () => {
  const data = table([
    [1, 5, 0],
    [2, 5, 0],
    [4, 5, 0],
    [9, 5, 0],
    [Number.NaN, 5, 8],
  ]);
  const scaled = (tableScaling: 'standardize' | 'robust') =>
    scalerFor(data, all(5), { preparation: { tableScaling } }).scale(data.training, all(5));
  const feature = (values: Float32Array, j: number) => Array.from(values.filter((_, i) => i % 3 === j));
  const near = (values: readonly number[]) => values.map((value) => expect.closeTo(value, 6));

  test('standardised: mean 0 and population standard deviation 1; constant features 0, missing values the mean', () => {
    const values = scaled('standardize');
    const deviation = Math.sqrt((9 + 4 + 0 + 25) / 4);
    expect(feature(values, 0)).toEqual(near([-3 / deviation, -2 / deviation, 0, 5 / deviation, 0]));
    expect(feature(values, 1)).toEqual([0, 0, 0, 0, 0]);
    expect(feature(values, 2)).toEqual(near([-0.5, -0.5, -0.5, -0.5, 2]));
  });

  test.each(['standardize', 'robust'] as const)('%s comes out as the same of any unit', (tableScaling) => {
    const random = [3, -1, 4, 1, -5, 9, -2, 6];
    const inUnit = (unit: number) => {
      const own = table(random.map((value) => [value * unit]));
      return scalerFor(own, all(8), { preparation: { tableScaling } }).scale(own.training, all(8));
    };
    const expected = near(Array.from(inUnit(1)));
    expect(new Set(inUnit(1)).size).toBe(8);
    for (const unit of [1e-310, 1e-170, 1e-160, 1e-150, 1e150, 1e160, 1e300]) {
      expect(Array.from(inUnit(unit))).toEqual(expected);
    }
  });

  test.each(['standardize', 'robust'] as const)('%s refuses a spread beyond all numbers', (tableScaling) => {
    const wide = table([[-1.7e308], [-1.7e308], [1], [1.7e308], [1.7e308]]);
    const { scale } = scalerFor(wide, all(5), { preparation: { tableScaling } });
    // The sample in the midst has a place near 0 in whatever span.
    expect(() => scale(wide.training, Uint32Array.of(2))).toThrow(
      /^written out, sample 3, feature 1 .* cannot be scaled/,
    );
  });

  test('robust: the median is 0 and the quartiles are 1 apart; only shifted where they are equal', () => {
    const values = scaled('robust');
    // Of 1, 2, 4, 9 numpy has the quartiles 1.75, 3 and 5.25.
    expect(feature(values, 0)).toEqual(near([-2 / 3.5, -1 / 3.5, 1 / 3.5, 6 / 3.5, (4 - 3) / 3.5]));
    expect(feature(values, 1)).toEqual([0, 0, 0, 0, 0]);
    expect(feature(values, 2)).toEqual([0, 0, 0, 0, 8]);
  });
});

test('images are contrast normalised by the range of the normal training images', () => {
  const data = dataset({
    shape: [1, 2, 2],
    classNames: ['zero', 'one'],
    training: [
      [[0, 0, 0, 4], 0], // −1, −1, −1, 3 over 1.5
      [[10, 10, 20, 20], 0], // ±1
      [[255, 255, 255, 0], 1], // as far as the first, in whatever light, to the other side
      [[7, 7, 7, 7], 1],
    ],
  });
  const request = { normalClass: 'zero', preparation: { imageScaling: 'contrast' } } as const;
  const { scale, range } = scalerFor(data, all(4), request);
  const [low, high] = [-1, 2];
  expect(range).toEqual({ low: Float64Array.of(low), high: Float64Array.of(high), contrast: true });
  const expected = [
    [-2 / 3, -2 / 3, -2 / 3, 2],
    [-1, -1, 1, 1],
    [2 / 3, 2 / 3, 2 / 3, -2],
    [0, 0, 0, 0],
  ];
  expect(Array.from(scale(data.training, all(4)))).toEqual(
    expected.flat().map((value) => expect.closeTo((value - low) / (high - low), 6)),
  );
});

test('features in single precision are scaled too, and what is scaled already stays as it is', () => {
  const rows = [
    [0, 10],
    [4, 20],
  ];
  const data = table(rows);
  const single = { ...data, training: { ...data.training, values: Float32Array.from(rows.flat()) } };
  expect(scalerFor(single, all(2)).scale(single.training, all(2))).toEqual(Float32Array.of(0, 0, 1, 1));
  const scaled: Dataset = { ...single, scaled: true };
  expect(scalerFor(scaled, all(2)).scale(scaled.training, all(2))).toEqual(Float32Array.from(rows.flat()));
});

test('image bytes are divided by 255', () => {
  const data = dataset({
    shape: [1, 1, 2],
    classNames: ['a'],
    training: [
      [[0, 255], 0],
      [[51, 102], 0],
    ],
  });
  const scaled = scalerFor(data, all(2)).scale(data.training, Uint32Array.of(1, 0));
  expect(scaled).toEqual(Float32Array.of(0.2, 0.4, 0, 1));
});
