import { expect, test } from '@jest/globals';
import { exponential, logarithm, sigmoid, softplus } from './exponential.js';

const near = (found: number, expected: number) =>
  expect(Math.abs(found - expected)).toBeLessThanOrEqual(4e-16 * 4 * Math.abs(expected));

const POINTS = Array.from({ length: 2001 }, (_, i) => (i - 1000) * 0.0371);

test('the exponential is that of JavaScript, to a few units in the last place', () => {
  for (const x of [...POINTS, -700, 700, 0]) near(exponential(x), Math.exp(x));
  expect(exponential(-1e4)).toBe(0);
  expect(exponential(1e4)).toBe(Number.POSITIVE_INFINITY);
  expect(exponential(Number.NaN)).toBeNaN();
});

test('so are the softplus and the sigmoid', () => {
  for (const x of POINTS) {
    near(softplus(x), Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x))));
    near(sigmoid(x), x >= 0 ? 1 / (1 + Math.exp(-x)) : Math.exp(x) / (1 + Math.exp(x)));
  }
});

test('so is the logarithm', () => {
  const extremes = [2 ** -1022, 1e-300, 1e300, Number.MAX_VALUE];
  for (const x of [...extremes, 1e-9, 0.3, Math.SQRT1_2, 0.999999, 1, 1.0000001, Math.SQRT2, 2, 7])
    near(logarithm(x), Math.log(x));
  expect(logarithm(0)).toBe(Number.NEGATIVE_INFINITY);
});

test('neither overflows', () => {
  expect(softplus(1e30)).toBe(1e30);
  expect(softplus(-1e30)).toBe(0);
  expect([sigmoid(1e30), sigmoid(-1e30), sigmoid(0)]).toEqual([1, 0, 0.5]);
  expect([softplus(Number.NaN), sigmoid(Number.NaN)]).toEqual([Number.NaN, Number.NaN]);
});
