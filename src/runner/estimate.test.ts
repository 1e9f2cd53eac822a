import { describe, expect, test } from '@jest/globals';
import type { Run } from '../config/run.js';
import type { RunRecord } from '../results/record.js';
import { type Estimate, estimateFrom, expectedSeconds, longestFirst } from './estimate.js';
import { runsOf } from './groups.js';
import { guessSeconds } from './guess.js';
import { capacities, DONE, grouped, runOf, TABLE } from './testing/fakes.js';

const TEN = { epochs: 10, pretrainEpochs: 10 };

function recordOf(run: Run, seconds: RunRecord['seconds']): RunRecord {
  return { ...run, ...DONE, seconds, engine: 'native', device: 'avx2', version: '0.1.0' };
}

describe('an estimate', () => {
  const records = [
    recordOf(runOf('deep-sad', TEN), { data: 1, pretraining: 40, training: 8, scoring: 1 }),
    // It started from the autoencoder of the first.
    recordOf(runOf('deep-sad', { ...TEN, eta: 2 }), { data: 1, pretraining: 0, training: 8, scoring: 1 }),
  ];
  const estimate = estimateFrom(records, new Map());

  test('goes by the epochs, from records of the same data set and detector', () => {
    const run = runOf('deep-sad', { epochs: 20, pretrainEpochs: 5 }, { seed: 7 });
    expect([estimate.own(run, 'native'), estimate.pretraining(run, 'native')]).toEqual([20, 20]);
  });

  test('takes the pretraining from any detector', () => {
    expect(estimate.pretraining(runOf('deep-svdd', TEN), 'native')).toBe(40);
  });

  test('of one engine says nothing of another', () => {
    const run = runOf('deep-sad', TEN);
    expect([estimate.own(run, 'webgpu'), estimate.pretraining(run, 'webgpu')]).toEqual([0, 0]);
    const faster = recordOf(run, { data: 1, pretraining: 4, training: 2, scoring: 1 });
    const both = estimateFrom([...records, { ...faster, engine: 'webgpu' }], new Map());
    expect([both.own(run, 'webgpu'), both.pretraining(run, 'webgpu')]).toEqual([4, 4]);
    expect([both.own(run, 'native'), both.pretraining(run, 'native')]).toEqual([10, 40]);
  });

  test('without records is a guess, and none where the data are not known', () => {
    const run = runOf('deep-sad', TEN);
    const dataset = { ...TABLE, checksum: run.dataChecksum };
    const { own, pretraining } = estimateFrom([], new Map([[run.dataChecksum, dataset]]));
    expect({ own: own(run, 'native'), pretraining: pretraining(run, 'native') }).toEqual(
      guessSeconds(run, dataset),
    );
    expect(estimateFrom([], new Map()).own(run, 'native')).toBe(0);
  });

  test('ignores failures, and detectors that are gone', () => {
    const failed: RunRecord = { ...records[0], status: 'failed', reason: 'collapsed' };
    const gone = { ...records[0], detector: { name: 'gone', options: {} } };
    expect(estimateFrom([failed], new Map()).own(records[0], 'native')).toBe(0);
    expect(estimateFrom([gone], new Map()).pretraining(records[0], 'native')).toBe(0);
  });
});

describe('an order', () => {
  /** Seconds by the number of epochs, and ten times as much for an autoencoder's. */
  const estimate: Estimate = {
    own: ({ detector }) => Number(detector.options.epochs),
    pretraining: ({ detector }) => 10 * Number(detector.options.pretrainEpochs),
  };
  const alone = runOf('deep-sad', { epochs: 30, pretrain: false });
  const short = runOf('deep-sad', { epochs: 2, pretrain: false });
  const sharing = [1, 6].map((epochs) => runOf('deep-sad', { epochs, pretrainEpochs: 5 }));

  test('begins with the longest, counting the autoencoder that must come before it', () => {
    expect(runsOf(longestFirst(grouped([short, alone, ...sharing]), estimate))).toEqual([
      ...sharing.toReversed(),
      alone,
      short,
    ]);
  });

  test('takes all the work by the workers, but no less than what must be done one after the other', () => {
    const runs = grouped([short, alone, ...sharing]);
    expect(expectedSeconds(runs, estimate, capacities(1))).toBe(2 + 30 + 50 + 1 + 6);
    expect(expectedSeconds(runs, estimate, capacities(100))).toBe(50 + 6);
    expect(expectedSeconds([], estimate, capacities(2))).toBe(0);
  });

  test('takes the device that has most to do, as all are at work at once', () => {
    const hybrid = runOf('kde-hybrid', { pretrainEpochs: 5 });
    const seconds: Estimate = {
      own: ({ detector }) => (detector.name === 'kde' ? 3 : 20),
      pretraining: () => 50,
    };
    const groups = [...grouped([hybrid, ...sharing], 'webgpu'), ...grouped([runOf('kde'), alone])];
    // In lanes the autoencoder and two of the three runs that start from it; on a core the solvers and the native run.
    expect(expectedSeconds(groups, seconds, capacities(1, 1))).toBe(50 + 20 + 20);
    expect(expectedSeconds(groups, seconds, capacities(1, 2))).toBe(50 + 20);
    const twice = [...groups, ...grouped([2, 3, 4].map((seed) => runOf('kde', {}, { seed })))];
    expect(expectedSeconds(twice, { ...seconds, own: () => 20 }, capacities(1, 2))).toBe(6 * 20);
  });
});
