import { expect, test } from '@jest/globals';
import { rowsAt } from './rows-at.js';

test('rows are taken in the order of their indices, as often as they are named', () => {
  const values = Float32Array.of(0, 1, 10, 11, 20, 21);
  expect(rowsAt(values, 2, [2, 0, 2])).toEqual(Float32Array.of(20, 21, 0, 1, 20, 21));
  expect(rowsAt(values, 2, Uint32Array.of())).toEqual(Float32Array.of());
});
