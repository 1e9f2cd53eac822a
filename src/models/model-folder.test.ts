import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { digest } from '../data/checksum.js';
import type { DatasetDefaults, TrainingSet } from '../data/dataset.js';
import { fingerprints, keptOf } from '../data/fingerprints.js';
import { READINGS } from '../data/input/input.js';
import { fitDetector } from '../detectors/fit.js';
import { DETECTORS, detectorNamed } from '../detectors/registry.js';
import type { Engine } from '../engine/engine.js';
import { createNativeEngine } from '../engine/native/native-engine.js';
import { openBackend } from '../engine/tfjs/backends.js';
import { createTfjsEngine } from '../engine/tfjs/tfjs-engine.js';
import { UserError } from '../errors.js';
import { VERSION } from '../package.js';
import { randomStream } from '../random.js';
import { saveRun } from '../runner/save-run.js';
import { readModel, type SavedModel, writeModel } from './model-folder.js';
import { placeFolder } from './place.js';

const FEATURES = 4;
const DEFAULTS: DatasetDefaults = { network: 'mlp', hiddenSizes: [5], representationSize: 2 };
const QUICK = { epochs: 3, pretrainEpochs: 3, batchSize: 16, learningRate: 0.01 };

const random = randomStream(1, 'model folder');
const uniform = (count: number) =>
  Float32Array.from({ length: count * FEATURES }, () => random.uniform(0, 1));
const training: TrainingSet = {
  shape: [FEATURES],
  count: 80,
  samples: uniform(80),
  semiTargets: Int8Array.from({ length: 80 }, (_, i) => [0, 0, 0, 1, -1][i % 5]),
};
const samples = uniform(30);
/** Far more features than samples, or than any detector has parts. */
const wide: TrainingSet = {
  shape: [6000],
  count: 12,
  samples: Float32Array.from({ length: 12 * 6000 }, () => random.uniform(0, 1)),
  semiTargets: Int8Array.from({ length: 12 }, (_, i) => [0, 0, 0, 1, -1][i % 5]),
};
const engine = createNativeEngine();

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'deepsad-model-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

async function saved(
  name: string,
  given: Readonly<Record<string, unknown>> = {},
  on: Engine = engine,
  samples = training,
): Promise<SavedModel> {
  const definition = detectorNamed(name);
  const known = Object.entries(QUICK).filter(([option]) => Object.hasOwn(definition.options.shape, option));
  const options = definition.resolve({ ...Object.fromEntries(known), ...given }, DEFAULTS, samples.shape);
  const detector = await fitDetector({ name, options }, samples, {
    seed: 1,
    engine: on,
    report: () => {},
  });
  return { choice: { name, options }, shape: samples.shape, detector, details: {} };
}

const CASES: [name: string, given: Readonly<Record<string, unknown>>][] = [
  ...DETECTORS.map(({ name }): [string, Record<string, unknown>] => [name, {}]),
  ['oc-svm', { kernel: 'linear' }],
  ['ssad', { gamma: 2 }],
  ['deep-sad', { pretrain: false }],
  ['deep-svdd', { objective: 'soft-boundary' }],
  // Few ReLUs may all be 0.
  ['ss-dgm', { model: 'm1+m2', logVariance: 'linear', perceptronSizes: [16, 8] }],
  ['supervised', { bias: true, initialWeights: 'pytorch', classWeight: 'balanced' }],
];

test.each(CASES)('%s %j scores as before when it is restored', async (name, given) => {
  const model = await saved(name, given);
  const directory = join(folder, `${name} ${Object.keys(given)}`);
  await writeModel(directory, model);
  const restored = await readModel(directory, engine);
  expect(restored.choice).toEqual(model.choice);
  expect(restored.shape).toEqual(model.shape);
  const scores = await model.detector.score(samples);
  expect(new Set(scores).size).toBeGreaterThan(1);
  expect(await restored.detector.score(samples)).toEqual(scores);
});

test('a model is not written over another, of which a kill would leave neither', async () => {
  const model = await saved('kde', {});
  const directory = join(folder, 'taken');
  await writeModel(directory, model);
  await expect(writeModel(directory, model)).rejects.toThrow(
    new UserError(`${directory}: a model is there; give another folder, or replace it by placeFolder`),
  );
  await placeFolder(directory, (made) => writeModel(made, model));
  await saveRun(
    directory,
    model,
    { range: { low: Float64Array.of(0), high: Float64Array.of(1) }, dataset: {} },
    { scores: Float64Array.of(1), anomalies: Uint8Array.of(0), origin: Uint32Array.of(0) },
  );
  const scores = await (await readModel(directory, engine)).detector.score(samples);
  expect(scores).toEqual(await model.detector.score(samples));
});

test.each(DETECTORS)(
  '$name of many more features than samples scores as before when it is restored',
  async ({ name }) => {
    const model = await saved(name, {}, engine, wide);
    const directory = join(folder, `${name} wide`);
    await writeModel(directory, model);
    const scores = await model.detector.score(wide.samples);
    expect(await (await readModel(directory, engine)).detector.score(wide.samples)).toEqual(scores);
  },
);

test.each(['deep-sad', 'kde-hybrid'])('%s that TensorFlow.js trained scores the same here', async (name) => {
  const model = await saved(name, {}, createTfjsEngine(await openBackend('tfjs-cpu')));
  const directory = join(folder, `${name} by TensorFlow.js`);
  await writeModel(directory, model);
  const expected = await model.detector.score(samples);
  const scores = await (await readModel(directory, engine)).detector.score(samples);
  for (const [i, score] of scores.entries()) expect(score / expected[i]).toBeCloseTo(1, 4);
});

test('a hybrid whose autoencoder another engine trained, or that is read for one, scores to the same bits', async () => {
  const tfjs = createTfjsEngine(await openBackend('tfjs-cpu'));
  const model = await saved('kde-hybrid', {}, tfjs);
  const directory = join(folder, 'a hybrid of two engines');
  await writeModel(directory, model);
  const expected = await model.detector.score(samples);
  for (const reader of [engine, tfjs]) {
    expect(await (await readModel(directory, reader)).detector.score(samples)).toEqual(expected);
  }
});

test('what is said of the samples and of the threshold is kept', async () => {
  const details = {
    scaling: {
      low: [0, 1.5, -1, 0.1],
      high: [255, 1.5, 1, 0.3],
      mean: [1, 1.5, 0, 0.2],
      columns: [{ name: 'a' }, { name: 'b', categories: ['', 'x', 'y'] }],
    },
    machines: Object.fromEntries([['__proto__', { low: [0, 1], high: [2, 1] }]]),
    input: {
      kind: 'table' as const,
      reading: READINGS.table,
      columns: ['a', 'b', 'c', 'd'].map((name) => ({ name, low: 0, high: 1, mean: 0.5 })),
      drop: ['id'],
      missing: 'refuse',
    },
    threshold: { value: 1 / 3, contamination: 0.05 },
    fittedOn: Float64Array.of(0, 7, 7, 2 ** 48 - 1),
  };
  const directory = join(folder, 'details');
  await writeModel(directory, { ...(await saved('kde')), details });
  expect((await readModel(directory, engine)).details).toEqual(details);
});

describe('a folder that is not as it was saved', () => {
  const whole = () => join(folder, 'whole');
  beforeAll(async () =>
    writeModel(whole(), {
      ...(await saved('oc-svm-hybrid')),
      details: { fittedOn: keptOf(fingerprints(training.samples, FEATURES)) },
    }),
  );

  test('has these files', () => {
    expect(readdirSync(whole()).sort()).toEqual([
      'arrays.npz',
      'detector.json',
      'fitted-on.bin',
      'model.json',
      'weights.bin',
    ]);
  });

  const edit = (change: (content: Record<string, unknown>) => unknown) => (directory: string) => {
    const file = join(directory, 'detector.json');
    writeFileSync(file, JSON.stringify(change(JSON.parse(readFileSync(file, 'utf8')))));
  };
  test.each<[string, (directory: string) => void, file: string, message: string]>([
    ['is missing', (d) => rmSync(d, { recursive: true }), 'detector.json', 'is no model'],
    ['has no weights', (d) => rmSync(join(d, 'weights.bin')), 'weights.bin', 'no such file'],
    ['has truncated weights', (d) => truncateSync(join(d, 'weights.bin'), 9), 'weights.bin', 'not the file'],
    ['has other arrays', (d) => writeFileSync(join(d, 'arrays.npz'), 'x'), 'arrays.npz', 'not the file'],
    [
      'has half a detector.json',
      (d) => truncateSync(join(d, 'detector.json'), 40),
      'detector.json',
      'not JSON',
    ],
    [
      'is of a later format',
      edit((content) => ({ ...content, format: 2, deepsad: '9.0.0', more: true })),
      'detector.json',
      `(written by deepsad 9.0.0, this is ${VERSION}): a model of format 2`,
    ],
    [
      'was written by another version, with a key more',
      edit((content) => ({ ...content, deepsad: '0.0.9', more: true })),
      'detector.json',
      `(written by deepsad 0.0.9, this is ${VERSION}): not a saved detector: Unrecognized key: "more"; fit the model again`,
    ],
    [
      'was written by another version, with an option more',
      edit(({ detector, ...content }) => {
        const { name, options } = detector as SavedModel['choice'];
        return { ...content, deepsad: '0.0.9', detector: { name, options: { ...options, more: 1 } } };
      }),
      'detector.json',
      `(written by deepsad 0.0.9, this is ${VERSION}): detector.options: Unrecognized key: "more"; fit the model again`,
    ],
    [
      'was written by another version, of data that it read otherwise',
      edit((content) => ({ ...content, deepsad: '0.0.9', input: { kind: 'images' } })),
      'detector.json',
      `(written by deepsad 0.0.9, this is ${VERSION}): images may have become other samples`,
    ],
    [
      'has other fingerprints',
      (d) => {
        const bytes = Buffer.alloc(12).fill(1, 0, 6);
        writeFileSync(join(d, 'fitted-on.bin'), bytes);
        edit(({ files, ...content }) => ({
          ...content,
          files: { ...(files as object), 'fitted-on.bin': digest('sha256', [bytes]) },
        }))(d);
      },
      'fitted-on.bin',
      'not the fingerprints of the samples of a fit',
    ],
    [
      'names a detector that there is not',
      edit((content) => ({ ...content, detector: { name: 'magic', options: {} } })),
      'detector.json',
      'detector.name',
    ],
    [
      'has options of another detector',
      edit(({ detector, ...content }) => ({
        ...content,
        detector: { ...(detector as object), options: { trees: 3, treeSamples: 16 } },
      })),
      'detector.json',
      'detector.options: Unrecognized keys: "trees", "treeSamples"',
    ],
    [
      'has a scaling of other features',
      edit((content) => ({ ...content, scaling: { low: [0, 0], high: [1, 1] } })),
      'detector.json',
      'scaling is of 2 features, and samples have 4',
    ],
    [
      'has a range that is turned round',
      edit((content) => ({ ...content, scaling: { low: [1], high: [0] } })),
      'detector.json',
      'scaling: no low should be above its high',
    ],
    [
      'has columns of other features',
      edit((content) => ({
        ...content,
        scaling: { low: [0, 0, 0, 0], high: [1, 1, 1, 1], columns: [{ name: 'a' }, { name: 'b' }] },
      })),
      'detector.json',
      'scaling: columns should make as many features as low has',
    ],
    [
      'has machines of other windows',
      edit((content) => ({ ...content, machines: { pump: { low: [0, 0, 0], high: [1, 1, 1] } } })),
      'detector.json',
      'machines are of 3 variables, and samples have 4 values',
    ],
    [
      'has a bandwidth that is negative',
      edit((content) => ({ ...content, facts: { ...(content.facts as object), gamma: [-1] } })),
      'detector.json',
      "the saved detector's gamma should be above 0 and is -1",
    ],
    ['lacks a fact', edit((content) => ({ ...content, facts: {} })), 'detector.json', 'lacks gamma'],
    [
      'is of samples of another size',
      edit((content) => ({ ...content, shape: [5] })),
      'weights.bin',
      'not the weights of the network',
    ],
    [
      'names no file for its arrays',
      edit((content) => ({ ...content, files: {} })),
      'arrays.npz',
      'should name this file',
    ],
  ])('%s', async (name, damage, file, message) => {
    const directory = join(folder, name);
    cpSync(whole(), directory, { recursive: true });
    damage(directory);
    const reading = readModel(directory, engine);
    await expect(reading).rejects.toThrow(UserError);
    await expect(reading).rejects.toThrow(message);
    await expect(reading).rejects.toThrow(join(directory, file));
  });
});
