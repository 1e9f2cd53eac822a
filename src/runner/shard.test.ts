import { describe, expect, test } from '@jest/globals';
import { range } from 'es-toolkit/math/range';
import fc from 'fast-check';
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

const partsOf = (runs: typeof RUNS, count: number) =>
  range(1, count + 1).map((index) => shardOf(grouped(runs), { index, count }));

describe('shards', () => {
  test('hold each run once, and are equal but for one run', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 30 }), fc.subarray(RUNS), (count, runs) => {
        const parts = partsOf(runs, count);
        const ids = runsOf(parts.flat()).map(({ id }) => id);
        expect(ids.sort()).toEqual(runs.map(({ id }) => id).sort());
        const sizes = parts.map((part) => runsOf(part).length);
        expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1);
      }),
    );
  });

  test('do not depend on the order of the runs', () => {
    expect(partsOf(RUNS.toReversed(), 4)).toEqual(partsOf(RUNS, 4));
  });

  test('train few autoencoders twice', () => {
    const trained = partsOf(RUNS, 4).flatMap((part) => part.filter(({ plan }) => plan));
    expect(trained.length).toBeLessThanOrEqual(25 + 3);
  });
});
