import { describe, expect, test } from '@jest/globals';
import type { DatasetDefaults } from '../../data/dataset.js';
import { randomStream } from '../../random.js';
import { crossValidatedBandwidth, kde, logDensities } from './kde.js';
import { Points } from './points.js';
import { context, FIXTURES, readFixture, unlabeled } from './testing/fixtures.js';

const OWN_DATA = { network: 'mlp', representationSize: 2 } as const;
/** Those of the paper's data sets. */
const DEFAULTS = { ...OWN_DATA, bandwidthSelection: 'test-holdout' } as const;

/** The paper's grid, the widest first. */
const PAPER_GRID = [0, 1, 2, 3, 4].flatMap((k) => [2 ** (5 - k), Math.SQRT2 * 2 ** (4 - k)]);

function create(features: number, given: Record<string, unknown> = {}, defaults: DatasetDefaults = DEFAULTS) {
  return kde.create(kde.resolve(given, defaults, [features]), [features]);
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

  test.each(['without-anomalies', 'all'] as const)(
    'scores its own training samples by all others, trained on %s',
    async (trainOn) => {
      const { values } = gaussian(6, 3, 1);
      // The first two are equal, and the second is left out of no density but its own.
      values.copyWithin(3, 0, 3);
      const training = { ...unlabeled(values, 3), semiTargets: Int8Array.of(0, 1, 0, -1, 0, 1) };
      const detector = create(3, { bandwidth: 0.5, trainOn });
      await detector.fit(training, context());
      const scores = await detector.scoreTraining?.(training);
      const isSeen = (i: number) => trainOn === 'all' || i !== 3;
      for (let i = 0; i < 6; i++) {
        const rest = values.filter((_, k) => isSeen(Math.floor(k / 3)) && Math.floor(k / 3) !== i);
        const [expected] = logDensities(new Points(rest, 3), 0.5, values.slice(3 * i, 3 * i + 3));
        expect(scores?.[i]).toBeCloseTo(-expected, 5);
      }
    },
  );

  test('cannot score its one training sample by others', async () => {
    const detector = create(1, { bandwidth: 1 });
    const training = unlabeled(Float32Array.of(1), 1);
    await detector.fit(training, context());
    await expect(detector.scoreTraining?.(training)).rejects.toThrow('give more');
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
    for (const seed of [1, 2])
      expect(crossValidatedBandwidth(training, PAPER_GRID, seed, () => {})).toBe(best);
    expect(best).toBe(4);
  });

  test('chooses a wider bandwidth for data of a wider spread, and the same for the same seed', () => {
    const narrow = crossValidatedBandwidth(gaussian(200, 3, 4), PAPER_GRID, 1, () => {});
    const wide = crossValidatedBandwidth(gaussian(200, 3, 30), PAPER_GRID, 1, () => {});
    expect(wide).toBeGreaterThan(narrow);
    expect(crossValidatedBandwidth(gaussian(200, 3, 30), PAPER_GRID, 1, () => {})).toBe(wide);
  });

  test('draws the folds, so that samples in the order of their groups lack none of these', () => {
    const values = Float32Array.from({ length: 50 }, (_, i) => 100 * Math.floor(i / 10) + (i % 10));
    // Without its own group a sample is far from all others, for which the widest is best.
    expect(crossValidatedBandwidth(new Points(values, 1), PAPER_GRID, 1, () => {})).toBeLessThan(32);
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

  test('goes down to narrow bandwidths on own data, which are scaled to [0, 1]', async () => {
    const { values } = gaussian(300, 2, 0.03);
    const chosen = async (defaults: DatasetDefaults) => {
      const detector = create(2, {}, defaults);
      await detector.fit(unlabeled(values, 2), context());
      return detector.notes?.().bandwidth;
    };
    expect(await chosen(DEFAULTS)).toBe(Math.SQRT2);
    const own = Number(await chosen(OWN_DATA));
    expect(own).toBeLessThan(0.03);
    expect(own).toBeGreaterThan(2 ** -8);
  });

  test('resolves to the grid of the data: the paper leaves no trace in the options', () => {
    const resolve = (given: Record<string, unknown>, defaults: DatasetDefaults) =>
      kde.resolve(given, defaults, [2]);
    expect(resolve({}, DEFAULTS)).toEqual({ bandwidth: null });
    expect(resolve({ bandwidthGrid: 'paper' }, OWN_DATA)).toEqual({ bandwidth: null });
    expect(resolve({}, OWN_DATA)).toEqual({ bandwidth: null, bandwidthGrid: 'wide' });
    expect(resolve({ bandwidth: 1 }, OWN_DATA)).toEqual({ bandwidth: 1 });
  });

  test.each([
    ['paper', Math.SQRT2, 'bandwidth 1.41 is the narrowest that was tried', 'or bandwidthGrid wide'],
    ['paper', 32, 'bandwidth 32.0 is the widest that was tried', 'set bandwidth)'],
    ['wide', 2 ** -8, 'bandwidth 0.00391 is the narrowest that was tried', 'set bandwidth)'],
    ['wide', 32, 'the widest', 'set bandwidth)'],
  ])('doubts a bandwidth at an end of the grid %s: %d', (bandwidthGrid, bandwidth, ...parts) => {
    const options = kde.resolve({ bandwidthGrid }, DEFAULTS, [2]);
    for (const part of parts) expect(kde.doubt?.(options, { bandwidth })).toContain(part);
    expect(kde.doubt?.(options, { bandwidth: 4 })).toBeUndefined();
    expect(kde.doubt?.(kde.resolve({ bandwidth }, DEFAULTS, [2]), { bandwidth })).toBeUndefined();
  });

  test('refuses to choose a bandwidth by one sample', async () => {
    const single = create(1).fit(unlabeled(Float32Array.of(1), 1), context());
    await expect(single).rejects.toThrow('give a bandwidth');
    const given = create(1, { bandwidth: 1 });
    await given.fit(unlabeled(Float32Array.of(1), 1), context());
    expect((await given.score(Float32Array.of(1)))[0]).toBeCloseTo(Math.log(2 * Math.PI) / 2, 12);
  });
});
