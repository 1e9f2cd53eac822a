import { describe, expect, test } from '@jest/globals';
import type { Run } from '../config/run.js';
import { engineOfRun, filterRuns, groupRuns, placeOf, runsOf } from './groups.js';
import { grouped, runOf } from './testing/fakes.js';

const groupCount = (...runs: Run[]) => grouped(runs).length;
const first = runOf('deep-sad');

test('detectors with the same network, schedule and split share, the autoencoder itself among them', () => {
  const groups = grouped([first, runOf('deep-svdd'), runOf('autoencoder'), runOf('deep-sad', { eta: 2 })]);
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
  ['preparation', runOf('deep-sad', {}, { preparation: { tableScaling: 'robust' } })],
  ['epochs', runOf('deep-sad', { pretrainEpochs: 3 })],
  ['milestone', runOf('deep-sad', { pretrainLearningRateMilestones: [1] })],
  ['learning rate', runOf('deep-sad', { pretrainLearningRate: 0.1 })],
  ['weight decay', runOf('deep-sad', { pretrainWeightDecay: 0.1 })],
  ['network', runOf('deep-sad', { hiddenSizes: [5] })],
  ['representation size', runOf('deep-sad', { representationSize: 3 })],
  ['slope', runOf('deep-sad', { leakyReluSlope: 0.2 })],
  ['start', runOf('deep-sad', { initialWeights: 'glorot' })],
  ['choice of training samples', runOf('deep-sad', { pretrainOn: 'without-anomalies' })],
  ['batch size', runOf('deep-sad', { batchSize: 7 })],
])('another %s is another autoencoder', (_what, other) => {
  expect(groupCount(first, other)).toBe(2);
});

test('runs without an autoencoder are groups of one', () => {
  const runs = [runOf('deep-sad', { pretrain: false }), runOf('deep-svdd', { pretrain: false })];
  expect(grouped(runs)).toMatchObject(runs.map((run) => ({ key: run.id, plan: undefined, runs: [run] })));
});

describe('groups can be trained together', () => {
  const batchKeyOf = (run: Run, shape: readonly [number] = [3]) =>
    groupRuns([run], new Map([[run.dataChecksum, { shape }]]), 'cpu')[0].batchKey;

  test.each<[string, Run]>([
    ['seed', runOf('deep-sad', {}, { seed: 2 })],
    ['data of the same shape', runOf('deep-sad', {}, { dataChecksum: 'cd'.repeat(32) })],
    ['objective and schedule', runOf('deep-svdd', { epochs: 3, pretrainEpochs: 2, learningRate: 0.1 })],
    ['method on the same encoder', runOf('kde-hybrid')],
    ['start', runOf('deep-sad', { pretrain: false })],
  ])('with another %s', (_what, other) => {
    expect(batchKeyOf(first)).toBeDefined();
    expect(batchKeyOf(other)).toBe(batchKeyOf(first));
  });

  test.each<[string, Run]>([
    ['network', runOf('deep-sad', { hiddenSizes: [5] })],
    ['batch size', runOf('deep-sad', { batchSize: 7 })],
  ])('but not with another %s', (_what, other) => {
    expect(batchKeyOf(other)).not.toBe(batchKeyOf(first));
  });

  test('but not on samples of another shape, or where no network is trained', () => {
    expect(batchKeyOf(first, [4])).not.toBe(batchKeyOf(first));
    expect(batchKeyOf(runOf('kde'))).toBeUndefined();
  });
});

test('what is left of groups are the runs that are kept', () => {
  const runs = [first, runOf('deep-svdd'), runOf('kde')];
  const [shared] = grouped(runs);
  expect(filterRuns(grouped(runs), (run) => run === runs[1])).toEqual([{ ...shared, runs: [runs[1]] }]);
  expect(runsOf(grouped(runs))).toEqual(runs);
});

test('groups of one engine are none of another', () => {
  const [natively, onGpu] = [grouped([first]), grouped([first], 'webgpu')];
  expect(onGpu[0].key).not.toBe(natively[0].key);
  expect(onGpu[0].device).toBe('webgpu');
});

test.each([
  ['deep-sad', 'webgpu', 'webgpu', 'webgpu'],
  ['autoencoder', 'webgpu', 'webgpu', 'webgpu'],
  ['oc-svm-hybrid', 'webgpu', 'cpu', 'webgpu'],
  ['isolation-forest', 'webgpu', 'cpu', 'native'],
  ['deep-sad', 'cpu', 'cpu', 'native'],
  ['ssad-hybrid', 'cpu', 'cpu', 'native'],
  // A process for each run, which holds up no other.
  ['kde-hybrid', 'tfjs-cpu', 'tfjs-cpu', 'tfjs'],
  ['kde', 'tfjs-cpu', 'tfjs-cpu', 'native'],
] as const)('%s with --device %s is computed on %s and its engine is %s', (name, device, place, engine) => {
  const run = runOf(name);
  expect([placeOf(run, device), engineOfRun(run, device)]).toEqual([place, engine]);
});
