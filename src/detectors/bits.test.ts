import { createHash } from 'node:crypto';
import { expect, test } from '@jest/globals';
import type { TrainingSet } from '../data/dataset.js';
import { createEngine } from '../engine/device.js';
import { randomStream } from '../random.js';
import { fitDetector } from './fit.js';
import { DETECTORS, detectorNamed } from './registry.js';

const [COUNT, FEATURES] = [80, 6];
const random = randomStream(5, 'samples');
const TRAINING: TrainingSet = {
  shape: [FEATURES],
  count: COUNT,
  samples: Float32Array.from({ length: COUNT * FEATURES }, () => random.uniform(0, 1)),
  semiTargets: Int8Array.from({ length: COUNT }, (_, i) => (i % 8 === 0 ? -1 : 0)),
};
/** With labeled normal samples too. */
const BOTH_LABELS: TrainingSet = {
  ...TRAINING,
  semiTargets: TRAINING.semiTargets.map((semiTarget, i) => (i % 8 === 1 ? 1 : semiTarget)),
};
const DEFAULTS = { network: 'mlp', hiddenSizes: [5, 4], representationSize: 3 } as const;
/** Few epochs, and every choice by the training alone. */
const GIVEN = { epochs: 3, pretrainEpochs: 3, selection: 'median', bandwidthGrid: 'paper', batchSize: 16 };

/** The beginning of the sha256 of the scores of each detector, as Node 20, 24 and 26 compute them on any instruction set. */
const BITS = new Map([
  ['oc-svm', '42753d1e065630e3'],
  ['oc-svm-hybrid', '184de82086c45d32'],
  ['isolation-forest', '49175e894be10b03'],
  ['isolation-forest-hybrid', '2703549ab73f0c0a'],
  ['kde', 'd176cd1aa86c57ae'],
  ['kde-hybrid', '431ad06d28102885'],
  ['autoencoder', '869f9afe982e573e'],
  ['vae', '046ba057c35a9f64'],
  ['deep-svdd', '66563360390b79fb'],
  ['ssad', 'ee6e391ccbf740ee'],
  ['ssad-hybrid', 'afd4976190cf8298'],
  ['ss-dgm', 'a695db0154f09ce8'],
  ['deep-sad', '762a33e48bd9f45a'],
  ['supervised', '6c245105f175c2d7'],
]);

/** Those of the two kernel methods with a linear kernel. */
const LINEAR_BITS = new Map([
  ['oc-svm', '2b47072d6134eed1'],
  ['ssad', 'e120cc4083db8cfd'],
]);

/** Those of the detectors that learn from labeled normal samples what they do not from unlabeled ones. */
const BOTH_LABELS_BITS = new Map([
  ['ssad', '38e1519debc4c27e'],
  ['ssad-hybrid', 'bdf18bcc278ec761'],
  ['ss-dgm', 'aa5a73feefdf16ea'],
]);

/** The digest of the scores of a detector with such options as it has. */
async function digestOf(
  name: string,
  wanted: Readonly<Record<string, unknown>>,
  training = TRAINING,
): Promise<string> {
  const { shape, samples } = training;
  const definition = detectorNamed(name);
  const known = Object.keys((definition.options as unknown as { shape: object }).shape);
  const given = Object.fromEntries(Object.entries(wanted).filter(([option]) => known.includes(option)));
  const options = definition.resolve(given, DEFAULTS, shape);
  const context = { seed: 1, engine: await createEngine('cpu'), report: () => {} };
  const detector = await fitDetector({ name, options }, training, context);
  const scores = await detector.score(samples);
  const digest = createHash('sha256').update(new Uint8Array(scores.buffer)).digest('hex');
  return digest.slice(0, 16);
}

test.each(DETECTORS)('scores of $name have the same bits wherever they are computed', async ({ name }) => {
  expect(await digestOf(name, GIVEN)).toBe(BITS.get(name));
});

test.each([...LINEAR_BITS])('and so have those of %s with a linear kernel', async (name, bits) => {
  expect(await digestOf(name, { kernel: 'linear' })).toBe(bits);
});

test.each(DETECTORS)('and so have those of $name that knows normal samples', async ({ name }) => {
  expect(await digestOf(name, GIVEN, BOTH_LABELS)).toBe(BOTH_LABELS_BITS.get(name) ?? BITS.get(name));
});
