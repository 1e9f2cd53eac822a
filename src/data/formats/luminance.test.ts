import { expect, test } from '@jest/globals';
import { greyOf } from './luminance.js';

test('a grey keeps its value', () => {
  for (let value = 0; value < 256; value++) expect(greyOf(value, value, value)).toBe(value);
});

test.each([
  // 1.055 · L^(1/2.4) − 0.055 of the luminance L, times 255.
  ['red', [255, 0, 0], 127],
  ['green', [0, 255, 0], 220],
  ['blue', [0, 0, 255], 76],
  ['yellow', [255, 255, 0], 247],
  ['a dull orange', [200, 100, 50], 128],
] as const)('%s is as bright as its luminance', (_, [red, green, blue], expected) => {
  expect(greyOf(red, green, blue)).toBe(expected);
});
