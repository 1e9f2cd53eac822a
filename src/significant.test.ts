import { expect, test } from '@jest/globals';
import { ceilTo, floorTo } from './significant.js';

test.each([
  [2, 0.0323, 0.032, 0.033],
  [2, 0.00008399, 0.000083, 0.000084],
  [1, 1e-7, 1e-7, 1e-7],
  [2, 0.0999, 0.099, 0.1],
  [4, 1 / 3, 0.3333, 0.3334],
  [2, 1, 1, 1],
])('to %d significant digits %d is at least %d and at most %d', (digits, value, down, up) => {
  expect([floorTo(digits, value), ceilTo(digits, value)]).toEqual([down, up]);
});
