import { describe, expect, test } from '@jest/globals';
import { reconstructionObjective } from '../detectors/autoencoder.js';
import { initialWeights } from '../networks/initialize.js';
import type { Network } from '../networks/network.js';
import { randomStream } from '../random.js';
import { checkOrder, checkTask, sampleCount } from './checks.js';
import type { TrainingTask } from './engine.js';
import { createNativeEngine } from './native/native-engine.js';
import { dense } from './testing/layers.js';

const network: Network = { input: [4], layers: [dense(4)] };
const task: TrainingTask = {
  samples: new Float32Array(40).fill(0.5),
  semiTargets: new Int8Array(10),
  objective: reconstructionObjective([4]),
  batchSize: 4,
  weightDecay: 0,
};

test('samples are whole', () => {
  expect(sampleCount(network, new Float32Array(8))).toBe(2);
  for (const length of [3, 7, 41]) {
    expect(() => sampleCount(network, new Float32Array(length))).toThrow(
      new RangeError(`${length} floats are no whole number of samples of 4`),
    );
  }
});

test('there is one semi-target a sample', () => {
  expect(() => checkTask(network, task)).not.toThrow();
  expect(() => checkTask(network, { ...task, samples: new Float32Array(36) })).toThrow(
    new RangeError('10 semi-targets for 9 samples'),
  );
});

test('an epoch is of samples that exist, at least one and no more than there are', () => {
  expect(() => checkOrder(task, Uint32Array.of(9, 0))).not.toThrow();
  expect(() => checkOrder(task, new Uint32Array())).toThrow(new RangeError('an epoch of no samples'));
  expect(() => checkOrder(task, new Uint32Array(11))).toThrow(new RangeError('an epoch of 11 of 10 samples'));
  expect(() => checkOrder(task, Uint32Array.of(3, 10))).toThrow(
    new RangeError('sample 10 does not exist, of 10'),
  );
});

describe('the native engine refuses', () => {
  const model = () =>
    createNativeEngine().compile(network, initialWeights(network, randomStream(1, 'checks')));

  test('samples that are cut off', async () => {
    await expect(model().predict(new Float32Array(7))).rejects.toThrow('no whole number of samples');
  });

  test('a task of other sizes, and an epoch of what is not there', async () => {
    expect(() => model().train({ ...task, samples: new Float32Array(36) })).toThrow('10 semi-targets');
    for (const order of [new Uint32Array(), Uint32Array.of(99)]) {
      await expect(model().train(task).epoch(order, 1e-3)).rejects.toThrow(RangeError);
    }
  });
});
