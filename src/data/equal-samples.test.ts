import { describe, expect, test } from '@jest/globals';
import { distinctInBoth, repeats, sharedNumbers } from './equal-samples.js';

test('what is there again is counted, and what two lists have in common once', () => {
  expect(repeats([3, 1, 3, 0, 3, 1])).toBe(3);
  expect(repeats([])).toBe(0);
  expect(distinctInBoth([3, 1, 3, 0], [5, 3, 3, 0, 2])).toBe(2);
  expect(distinctInBoth([], [1])).toBe(0);
});

describe('the samples of a test part that are samples of the training part', () => {
  test('are counted in whatever order they come', () => {
    expect(sharedNumbers([1, 2, 3, 4], [4, 3, 5])).toBe(2);
    expect(sharedNumbers([12, 34], [34, 12])).toBe(2);
  });

  test('are none where no more are than repeat within the training part', () => {
    expect(sharedNumbers([1, 1, 2, 2, 3, 3], [3, 2, 1])).toBe(0);
    expect(sharedNumbers([1, 2, 3], [4, 5])).toBe(0);
    expect(sharedNumbers([], [4, 5])).toBe(0);
  });

  test('are all where both parts are the same, however often samples repeat', () => {
    expect(sharedNumbers([1, 1, 1, 2, 2, 3], [2, 1, 1, 3, 2, 1])).toBe(6);
    expect(sharedNumbers([1, 1, 1, 2, 2, 3], [2, 1, 2, 3, 2, 1])).toBe(0);
  });
});
