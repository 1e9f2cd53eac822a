import { expect, test } from '@jest/globals';
import { firstEquals } from './equal-samples.js';

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
