import { expect, test } from '@jest/globals';
import type { Run } from '../config/run.js';
import { shareAutoencoders } from './sharing.js';
import { runOf } from './testing/fakes.js';

const groupCount = (...runs: Run[]) => shareAutoencoders(runs).length;
const first = runOf('deep-sad');

test('detectors with the same network, schedule and split share, the autoencoder itself among them', () => {
  const groups = shareAutoencoders([
    first,
    runOf('deep-svdd'),
    runOf('autoencoder'),
    runOf('deep-sad', { eta: 2 }),
  ]);
  expect(groups.map((group) => group.runs.length)).toEqual([4]);
  expect(groups[0].plan).toMatchObject({ network: 'mlp', hiddenSizes: [4], representationSize: 2 });
});

test.each<[string, Run]>([
  ['seed', runOf('deep-sad', {}, { seed: 2 })],
  ['data', runOf('deep-sad', {}, { dataChecksum: 'cd'.repeat(32) })],
  ['normal class', runOf('deep-sad', {}, { normalClass: '7' })],
  ['known anomaly classes', runOf('deep-sad', {}, { knownAnomalyClasses: ['3'] })],
  ['labeled anomaly ratio', runOf('deep-sad', {}, { labeledAnomalyRatio: 0.05 })],
  ['labeled normal ratio', runOf('deep-sad', {}, { labeledNormalRatio: 0.05 })],
  ['pollution ratio', runOf('deep-sad', {}, { pollutionRatio: 0.05 })],
  ['epochs', runOf('deep-sad', { pretrainEpochs: 3 })],
  ['learning rate', runOf('deep-sad', { pretrainLearningRate: 0.1 })],
  ['weight decay', runOf('deep-sad', { pretrainWeightDecay: 0.1 })],
  ['network', runOf('deep-sad', { hiddenSizes: [5] })],
  ['batch size', runOf('deep-sad', { batchSize: 7 })],
])('another %s is another autoencoder', (_what, other) => {
  expect(groupCount(first, other)).toBe(2);
});

test('runs without an autoencoder are groups of one', () => {
  const runs = [runOf('deep-sad', { pretrain: false }), runOf('deep-svdd', { pretrain: false })];
  expect(shareAutoencoders(runs)).toEqual(runs.map((run) => ({ key: run.id, plan: undefined, runs: [run] })));
});
