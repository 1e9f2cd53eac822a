import { describe, expect, test } from '@jest/globals';
import { range, sum } from 'es-toolkit';
import fc from 'fast-check';
import { signedRankTest } from './signed-rank-test.js';

describe('the signed-rank test gives the p-value', () => {
  test.each([
    ['of few differences', [0.25, 0.125, 0.375], 0.25],
    ['of ranks that balance, at most 1', [1, 2, -3], 1],
    ['of scipy.stats.wilcoxon', [1, 2, 3, -4, -5, 5.5, 0.5], 0.6875],
    // Hollander and Wolfe 1973, table 3.1: T⁺ = 40 of 45, beyond which lie 10 of the 2⁹ choices of signs on either side.
    [
      'of a textbook’s example',
      [0.952, -0.147, 1.022, 0.43, 0.62, 0.59, 0.49, -0.08, 0.01],
      (2 * 10) / 2 ** 9,
    ],
    ['of equal sizes', [1, 1, 1, 1, 1, 1], 2 / 2 ** 6],
    // As far from the middle lie no sign below 0 and any single one.
    ['of equal sizes, one below 0', [1, 1, 1, 1, 1, 1, -1], (2 * (1 + 7)) / 2 ** 7],
    ['without differences of 0', [0, 1, 2, 0, 3, 4, 5, 0], 2 / 2 ** 5],
    // By all choices of signs: scipy.stats.wilcoxon with PermutationMethod says so too.
    ['with ties and differences of 0', [0.25, 0, -0.125, 0.125, 0.5, 0.125, 0.25, 0.25, 0, 0.125], 0.0390625],
    [
      'of many with ties, by scipy.stats.wilcoxon’s approximation',
      range(60).map((i) => (i % 3 === 0 ? -1 : 1) * (1 + (i % 7))),
      0.028391267439806283,
    ],
    ['of a single one', [3], 1],
    ['of nothing that differs', [0, 0], 1],
    ['of nothing', [], 1],
    [
      'of many, by scipy.stats.wilcoxon’s approximation',
      range(1000).map((i) => Math.sin(i * 1.7) + 0.02 - Math.sin(i * 2.3)),
      0.3788764396893416,
    ],
  ])('%s', (_what, differences, pValue) => {
    expect(signedRankTest(differences).pValue).toBeCloseTo(pValue, 12);
    expect(signedRankTest(differences.map((difference) => -difference)).pValue).toBeCloseTo(pValue, 12);
  });
});

/** Twice the share of all choices of signs whose sum of ranks is no greater than the lesser of both sides, one choice after the other. */
function byEnumeration(differences: readonly number[]): number {
  const sizes = differences.map(Math.abs);
  const ranks = sizes.map(
    (size) =>
      sizes.filter((other) => other < size).length + (sizes.filter((other) => other === size).length + 1) / 2,
  );
  const above = sum(ranks.filter((_, index) => differences[index] > 0));
  const end = Math.min(above, sum(ranks) - above);
  const sums = range(2 ** ranks.length).map((signs) => sum(ranks.filter((_, index) => (signs >> index) & 1)));
  return Math.min(1, (2 * sums.filter((each) => each <= end).length) / sums.length);
}

test('the exact p-value is that of all signs, with and without ties', () => {
  const difference = fc.integer({ min: -6, max: 6 }).filter((value) => value !== 0);
  fc.assert(
    fc.property(fc.array(difference, { minLength: 1, maxLength: 10 }), (differences) => {
      expect(signedRankTest(differences).pValue).toBe(byEnumeration(differences));
    }),
    { seed: 1 },
  );
});

test('is exact up to fifty differences', () => {
  // All of one sign: two choices of 2ⁿ.
  expect(signedRankTest(range(1, 51)).pValue).toBe(2 / 2 ** 50);
  expect(signedRankTest(range(1, 52)).pValue).toBeGreaterThan(1e-12);
});

test('the approximation begins where it is near to what is exact', () => {
  const of = (count: number) => range(count).map((i) => (i % 3 === 0 ? -1 : 1) * (1 + (i % 7)));
  const [exact, approximate] = [signedRankTest(of(50)).pValue, signedRankTest(of(51)).pValue];
  expect(exact).toBeGreaterThan(0.01);
  expect(approximate).toBeGreaterThan(0.01);
  expect(Math.abs(approximate / exact - 1)).toBeLessThan(0.15);
});

test.each([
  ['by ranks, whatever the mean', [...Array(18).fill(0.01), -0.29, -0.28], 1],
  ['of many too', [...Array(90).fill(0.01), ...range(10).map((i) => -0.29 - i)], 1],
  ['of ranks that balance', [1, 2, -3], 0],
  ['of nothing that differs', [0, 0], 0],
])('says on which side the differences are: %s', (_what, differences, sign) => {
  expect(signedRankTest(differences).sign).toBe(sign);
  expect(signedRankTest(differences.map((difference) => -difference)).sign + sign).toBe(0);
});
