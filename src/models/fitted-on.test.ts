import { describe, expect, test } from '@jest/globals';
import { randomStream } from '../random.js';
import { fingerprints, keptOf, shareOfFit } from './fitted-on.js';

const random = randomStream(1, 'fitted on');
const FEATURES = 3;
const uniform = (count: number) =>
  fingerprints(
    Float32Array.from({ length: count * FEATURES }, () => random.uniform(0, 1)),
    FEATURES,
  );

describe.each([1000, 200_000])('of a fit on %d samples', (count) => {
  const fit = uniform(count);
  const kept = keptOf(fit);
  const others = uniform(count / 2);

  test('no more is kept than a file of 0.75 MiB holds', () => {
    expect(kept).toHaveLength(Math.min(count, 2 ** 17));
  });

  test('all are told in any order, labeled or not', () => {
    expect(shareOfFit(kept, fit.toReversed(), [])).toBe(1);
    expect(shareOfFit(kept, fit.toReversed(), fit.slice(0, 9))).toBe(1);
  });

  test('a part is told, amid others too', () => {
    const part = fit.slice(0, count / 2);
    expect(shareOfFit(kept, part, part)).toBe(1);
    expect(shareOfFit(kept, [...others, ...part], [...others, ...part])).toBeCloseTo(0.5, 2);
    expect(shareOfFit(kept, [...others, ...part], part)).toBe(1);
  });

  test('others are not', () => {
    expect(shareOfFit(kept, others, others)).toBe(0);
    expect(shareOfFit(kept, [...others, ...fit], others)).toBe(0);
  });
});
