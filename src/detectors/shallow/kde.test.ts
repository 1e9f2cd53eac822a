import { describe, expect, test } from '@jest/globals';
import { randomStream } from '../../random.js';
import { crossValidatedBandwidth, kde, logDensities } from './kde.js';
import { Points } from './points.js';
import { context, FIXTURES, readFixture, unlabeled } from './testing/fixtures.js';

const DEFAULTS = { network: 'mlp', representationSize: 2 } as const;

function create(features: number, given: Record<string, unknown> = {}) {
  return kde.create(kde.resolve(given, DEFAULTS, [features]), [features]);
}

/** Samples of a Gaussian, as sums of 12 uniform numbers. */
function gaussian(count: number, features: number, deviation: number): Points {
  const random = randomStream(3, 'test samples');
  const normal = () => Array.from({ length: 12 }, () => random.uniform(-0.5, 0.5)).reduce((a, b) => a + b);
  return new Points(
    Float32Array.from({ length: count * features }, () => deviation * normal()),
    features,
  );
}

describe('KDE', () => {
  describe.each(FIXTURES)('agrees with scikit-learn on %s', (name) => {
    const { training, test: samples, kde: cases } = readFixture(name);

    test.each(cases)('bandwidth $bandwidth', async ({ bandwidth, logDensities: expected }) => {
      const detector = create(training.shape[0], { bandwidth });
      await detector.fit(training, context());
      const scores = await detector.score(samples);
      expect(detector.notes?.()).toEqual({ bandwidth });
      scores.forEach((score, i) => {
        expect(Math.abs(-score - expected[i])).toBeLessThan(1e-4);
      });
    });
  });

  test('gives a log-density where every Gaussian vanishes in double precision', () => {
    const training = new Points(Float32Array.of(0, 1), 1);
    const [value] = logDensities(training, 0.01, Float32Array.of(10));
    expect(value).toBeCloseTo(-(9 ** 2) / 2e-4 - Math.log(2) - Math.log(0.01 * Math.sqrt(2 * Math.PI)), 6);
  });

  test.each([
    { where: 'close together', gap: 0 },
    { where: 'in groups so far apart that other groups count for nothing', gap: 1000 },
  ])('chooses the bandwidth of the greatest held-out likelihood for samples $where', ({ gap }) => {
    const bandwidths = Array.from({ length: 10 }, (_, k) => 2 ** ((k + 1) / 2));
    // Leave-one-out, where n folds of one sample make the choice independent of the seed.
    const near = gaussian(5, 2, 6);
    const training = new Points(
      near.values.map((value, k) => value + (k < 4 ? gap : 0)),
      2,
    );
    const likelihood = (bandwidth: number) =>
      [0, 1, 2, 3, 4].reduce((sum, i) => {
        const rest = Float32Array.from([...training.values].filter((_, k) => k >> 1 !== i));
        return sum + logDensities(new Points(rest, 2), bandwidth, training.slice(i, i + 1))[0];
      }, 0);
    const likelihoods = bandwidths.map(likelihood);
    const best = bandwidths[likelihoods.indexOf(Math.max(...likelihoods))];
    for (const seed of [1, 2]) expect(crossValidatedBandwidth(training, seed, () => {})).toBe(best);
    expect(best).toBe(4);
  });

  test('chooses a wider bandwidth for data of a wider spread, and the same for the same seed', () => {
    const narrow = crossValidatedBandwidth(gaussian(200, 3, 4), 1, () => {});
    const wide = crossValidatedBandwidth(gaussian(200, 3, 30), 1, () => {});
    expect(wide).toBeGreaterThan(narrow);
    expect(crossValidatedBandwidth(gaussian(200, 3, 30), 1, () => {})).toBe(wide);
  });

  test.each([2, 3, 4])('cross-validates %d samples, fewer than folds', async (count) => {
    const { values } = gaussian(count, 2, 1);
    const detector = create(2);
    await detector.fit(unlabeled(values, 2), context());
    expect(detector.notes?.().bandwidth).toBeGreaterThanOrEqual(Math.SQRT2);
    expect((await detector.score(values)).every(Number.isFinite)).toBe(true);
  });

  test('takes the narrowest bandwidth for samples that are all the same', async () => {
    const detector = create(1);
    await detector.fit(unlabeled(new Float32Array(20).fill(0.5), 1), context());
    expect(detector.notes?.()).toEqual({ bandwidth: Math.SQRT2 });
  });

  test('refuses to choose a bandwidth by one sample, or to train on none', async () => {
    const single = create(1).fit(unlabeled(Float32Array.of(1), 1), context());
    await expect(single).rejects.toThrow('give a bandwidth');
    const anomaly = { ...unlabeled(Float32Array.of(1), 1), semiTargets: Int8Array.of(-1) };
    await expect(create(1).fit(anomaly, context())).rejects.toThrow('no training samples');
    const given = create(1, { bandwidth: 1 });
    await given.fit(unlabeled(Float32Array.of(1), 1), context());
    expect((await given.score(Float32Array.of(1)))[0]).toBeCloseTo(Math.log(2 * Math.PI) / 2, 12);
  });
});
