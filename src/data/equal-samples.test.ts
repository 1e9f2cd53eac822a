import { describe, expect, test } from '@jest/globals';
import { firstEquals, sharedSamples } from './equal-samples.js';

test('each sample is told the first of its values, over all parts', () => {
  const training = Float64Array.of(1, 2, 3, 4, 1, 2, 2, 1);
  const test = Float64Array.of(9, 9, 3, 4, 0.5, 1, 9, 9).subarray(2);
  expect(firstEquals([training, test], 2)).toEqual([0, 1, 0, 3, 1, 5, 6]);
  expect(firstEquals([Uint8Array.of(7, 7, 0, 7, 7, 0)], 3)).toEqual([0, 0]);
  expect(firstEquals([new Float32Array()], 3)).toEqual([]);
});

test('values that are missing are equal', () => {
  expect(firstEquals([Float64Array.of(Number.NaN, 1, Number.NaN, 1)], 2)).toEqual([0, 0]);
});

describe('the samples of a test part that are samples of the training part', () => {
  const ones = (...values: number[]) => Float32Array.from(values);

  test('are counted in whatever order they come', () => {
    expect(sharedSamples(ones(1, 2, 3, 4), ones(4, 3, 5), 1)).toBe(2);
    expect(sharedSamples(ones(1, 2, 3, 4), ones(3, 4, 1, 2), 2)).toBe(2);
  });

  test('are none where no more are than repeat within the training part', () => {
    expect(sharedSamples(ones(1, 1, 2, 2, 3, 3), ones(3, 2, 1), 1)).toBe(0);
    expect(sharedSamples(ones(1, 2, 3), ones(4, 5), 1)).toBe(0);
    expect(sharedSamples(ones(), ones(4, 5), 1)).toBe(0);
  });

  test('are all where both parts are the same, however often samples repeat', () => {
    expect(sharedSamples(ones(1, 1, 1, 2, 2, 3), ones(2, 1, 1, 3, 2, 1), 1)).toBe(6);
    expect(sharedSamples(ones(1, 1, 1, 2, 2, 3), ones(2, 1, 2, 3, 2, 1), 1)).toBe(0);
  });
});
