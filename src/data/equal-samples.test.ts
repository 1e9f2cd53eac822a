import { describe, expect, test } from '@jest/globals';
import { randomStream } from '../random.js';
import { distinctInBoth, repeats, sharedNumbers } from './equal-samples.js';

test('what is there again is counted, and what two lists have in common once', () => {
  expect(repeats([3, 1, 3, 0, 3, 1])).toBe(3);
  expect(repeats([])).toBe(0);
  expect(distinctInBoth([3, 1, 3, 0], [5, 3, 3, 0, 2])).toBe(2);
  expect(distinctInBoth([], [1])).toBe(0);
});

describe('the samples of a test part that are samples of the training part', () => {
  /** Samples of which the first share is one and the same, the others are unlike all others or of a few kinds. */
  const drawn = (count: number, still: number, kinds = Number.POSITIVE_INFINITY) =>
    Array.from({ length: count }, (_, i) => {
      if (i < still * count) return 0;
      return kinds === Number.POSITIVE_INFINITY
        ? random.uniform(1, 2)
        : 1 + Math.floor(kinds * random.uniform(0, 1) ** 2);
    });
  const random = randomStream(1, 'shared');

  test('are counted in whatever order they come', () => {
    expect(sharedNumbers([1, 2, 3, 4], [4, 3, 5])).toEqual({ count: 2, rare: 2 });
    expect(sharedNumbers([12, 34], [34, 12])).toEqual({ count: 2, rare: 2 });
    expect(sharedNumbers([5, 1, 3, 2, 4], [0, 3, 1, 6, 1, 2.5])).toEqual({ count: 3, rare: 3 });
  });

  test.each([0, 0.3, 0.5, 0.6, 0.9])(
    'are told where %d of the training part are one and the same',
    (still) => {
      const training = drawn(1000, still);
      const rare = Math.round(400 * (1 - still));
      expect(
        sharedNumbers(
          training,
          training.filter((_, i) => i % 5 < 2),
        ),
      ).toEqual({ count: 400, rare });
      const others = drawn(1000, still);
      const copies = training.slice(900);
      expect(sharedNumbers(training, [...others, ...copies])).toEqual({
        count: 1000 * still + 100,
        rare: 100,
      });
    },
  );

  test.each([40, 60, 200])('are told of %d training samples of which a few are there twice', (count) => {
    for (const pairs of [0.05, 0.1, 0.15, 0.2]) {
      const single = drawn(Math.round(count * (1 - pairs)), 0);
      const training = [...single, ...single.slice(0, count - single.length)];
      const test = training.filter((_, i) => i % 2 === 0);
      expect(sharedNumbers(training, test)).toEqual({ count: test.length, rare: test.length });
      expect(sharedNumbers(training, drawn(count, 0))).toBeUndefined();
    }
  });

  test('are told where the training part has copies of all', () => {
    const training = drawn(500, 0);
    expect(sharedNumbers([...training, ...training], training)).toEqual({ count: 500, rare: 500 });
  });

  test.each([0, 0.1, 0.5, 0.9])(
    'are no more than chance in parts of their own, %d of one and the same',
    (still) => {
      for (const kinds of [Number.POSITIVE_INFINITY, 20, 200, 5000]) {
        for (const moreStill of [still, still / 2 + 0.5]) {
          expect(sharedNumbers(drawn(1000, still, kinds), drawn(700, moreStill, kinds))).toBeUndefined();
        }
      }
      expect(sharedNumbers([1, 1, 2, 2, 3, 3], [3, 2, 1])).toBeUndefined();
      expect(sharedNumbers([1, 2, 3], [4, 5])).toBeUndefined();
      expect(sharedNumbers([], [4, 5])).toBeUndefined();
    },
  );

  test('are all where both parts are the same, however often samples repeat', () => {
    expect(sharedNumbers([1, 1, 1, 2, 2, 3], [2, 1, 1, 3, 2, 1])).toEqual({ count: 6, rare: 3 });
    expect(sharedNumbers([1, 1, 1, 2, 2, 3], [2, 1, 2, 3, 2, 1])).toBeUndefined();
  });
});
