import { describe, expect, test } from '@jest/globals';
import { range } from 'es-toolkit/math/range';
import { sumBy } from 'es-toolkit/math/sumBy';
import fc from 'fast-check';
import type { DatasetOutline } from '../data/dataset.js';
import { bundlesOf } from './bundles.js';
import { estimateFrom, secondsOf } from './estimate.js';
import { runsOf } from './groups.js';
import { shardOf } from './shard.js';
import { grouped, runOf } from './testing/fakes.js';

/** Four runs on each of 25 splits: three share an autoencoder, one needs none. */
const RUNS = range(25).flatMap((seed) => [
  runOf('deep-sad', {}, { seed }),
  runOf('deep-svdd', {}, { seed }),
  runOf('autoencoder', {}, { seed }),
  runOf('deep-sad', { pretrain: false }, { seed }),
]);

/** Of as many samples as tables have. */
const TABLE: DatasetOutline = {
  name: 'cardio',
  shape: [3],
  classNames: ['normal', 'anomaly'],
  training: { count: 1000 },
  checksum: RUNS[0].dataChecksum,
  defaults: { network: 'mlp', representationSize: 2, hiddenSizes: [4] },
};
const DATASETS = new Map([[TABLE.checksum, TABLE]]);
const estimate = estimateFrom([], DATASETS);

const partsOf = (runs: typeof RUNS, count: number) =>
  range(1, count + 1).map((index) => shardOf(grouped(runs), { index, count }, DATASETS));

describe('shards', () => {
  test('hold each run once, and take about as long as each other', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 30 }), fc.subarray(RUNS), (count, runs) => {
        const parts = partsOf(runs, count);
        const ids = runsOf(parts.flat()).map(({ id }) => id);
        expect(ids.sort()).toEqual(runs.map(({ id }) => id).sort());
        const seconds = parts.map((part) => sumBy(part, (group) => secondsOf(group, estimate)));
        const longest = Math.max(0, ...grouped(runs).map((group) => secondsOf(group, estimate)));
        expect(Math.max(...seconds) - Math.min(...seconds)).toBeLessThanOrEqual(longest * (1 + 1e-6));
      }),
      { numRuns: 30 },
    );
  });

  test('do not depend on the order of the runs', () => {
    // Groups of equal weights, whose sums rounding makes differ by the order in which they are added up.
    const runs = range(12).flatMap((seed) => [
      ...[11, 23, 37, 59, 83].map((epochs) => runOf('deep-sad', { epochs }, { seed })),
      ...[1, 7, 113, 171].map((epochs) => runOf('deep-svdd', { epochs }, { seed })),
    ]);
    const parts = partsOf(runs, 5);
    fc.assert(
      fc.property(fc.shuffledSubarray(runs, { minLength: runs.length }), (shuffled) => {
        expect(partsOf(shuffled, 5)).toEqual(parts);
      }),
      { numRuns: 30 },
    );
  });

  test('train no autoencoder twice', () => {
    const trained = partsOf(RUNS, 4).flatMap((part) => part.filter(({ plan }) => plan));
    expect(trained).toHaveLength(25);
  });
});

describe('bundles', () => {
  const groups = grouped(RUNS);
  const total = sumBy(groups, (group) => secondsOf(group, estimate));

  test.each([
    [total / 10, 1, 10],
    [total / 40, 4, 10],
    [total, 1, 1],
    [1e9, 8, 1],
  ])('of %p seconds on %i cores are %i', (seconds, cores, count) => {
    const bundles = bundlesOf(groups, estimate, { seconds, cores });
    expect(bundles.map(({ index }) => index)).toEqual(range(count));
    expect(sumBy(bundles, (bundle) => bundle.seconds)).toBeCloseTo(total, 6);
    expect(runsOf(bundles.flatMap((bundle) => bundle.groups))).toHaveLength(RUNS.length);
  });

  test('are no more than there are groups, the longest first, and plain data', () => {
    const bundles = bundlesOf(groups, estimate, { seconds: 1e-9, cores: 1 });
    expect(bundles).toHaveLength(groups.length);
    const seconds = bundles.map((bundle) => bundle.seconds);
    expect(seconds).toEqual(seconds.toSorted((a, b) => b - a));
    expect(JSON.parse(JSON.stringify(bundles))).toEqual(bundles);
    expect(bundlesOf([], estimate, { seconds: 1, cores: 1 })).toEqual([]);
  });
});
