import { describe, expect, test } from '@jest/globals';
import * as z from 'zod';
import type { Dataset } from '../data/dataset.js';
import { unlabeledOptions } from '../detectors/options.js';
import { DETECTORS, detectorNamed } from '../detectors/registry.js';
import { expand } from './expansion/expand.js';
import { parseConfig } from './load.js';
import { PROTOCOL_NAMES, protocolOptions } from './protocol.js';
import type { Run } from './run.js';
import { experimentSchema } from './schema.js';
import { imagesOf, tableOf } from './testing/examples.js';

const SCHEMA = experimentSchema(['mnist', 'cardio'], DETECTORS);
const DIGITS = imagesOf(['0', '1', '2'], 300);
const IMAGES: Dataset = { ...DIGITS, shape: [1, 28, 28] };
const CARDIO = tableOf(1000, 100);
const DEEP = ['deep-sad', 'deep-svdd', 'autoencoder', 'kde-hybrid'];

function expansionOf(keys: Record<string, unknown>, dataset: Dataset = CARDIO) {
  const classes = dataset === CARDIO ? {} : { normalClass: 0 };
  const config = { name: 'example', dataset: 'cardio', detectors: 'deep-sad', ...classes, ...keys };
  return expand(parseConfig(JSON.stringify(config), 'example.json', [], SCHEMA).experiment, dataset);
}

const optionsOf = (keys: Record<string, unknown>, dataset?: Dataset) =>
  expansionOf(keys, dataset).runs.map(({ detector }) => detector.options);

describe('a protocol', () => {
  test.each(PROTOCOL_NAMES)('%s sets options that each detector takes, on every network', (protocol) => {
    for (const definition of DETECTORS) {
      for (const network of ['mnist', 'fashion-mnist', 'cifar10', 'mlp'] as const) {
        const set = protocolOptions(protocol, definition, network);
        expect(definition.options.strict().safeParse(set).error).toBeUndefined();
      }
    }
  });

  test('has one encoder of images for all methods', () => {
    for (const protocol of PROTOCOL_NAMES) {
      for (const network of ['mnist', 'fashion-mnist'] as const) {
        const detectors = ['deep-sad', 'supervised', 'ss-dgm'].map((name) => ({ name, network }));
        const keys = { protocol, detectors, knownAnomalyClass: 1, labeledAnomalyRatio: 0.05 };
        const encoders = expansionOf(keys, IMAGES).runs.map(({ detector }) =>
          detectorNamed(detector.name).create(detector.options, IMAGES.shape).network?.layers.slice(0, -1),
        );
        const [studied, ...others] = encoders.map((layers) => JSON.stringify(layers));
        for (const other of others) expect(other.startsWith(studied.slice(0, -1))).toBe(true);
      }
    }
  });

  test('deepsad is what holds without one: ids are those that runs have always had', () => {
    const detectors = [...DEEP, 'oc-svm'];
    expect(expansionOf({ protocol: 'deepsad', detectors })).toEqual(expansionOf({ detectors }));
    expect(expansionOf({ detectors: { name: 'deep-sad', pretrain: true } }).runs.map(({ id }) => id)).toEqual(
      ['d2bdd2590b8c971f'],
    );
  });

  test("paper is the paper's text", () => {
    const [sad, svdd, autoencoder, hybrid] = optionsOf({ protocol: 'paper', detectors: DEEP }, DIGITS);
    for (const options of [sad, svdd, autoencoder, hybrid]) {
      expect(options).toMatchObject({ batchSize: 200, leakyReluSlope: 0.1, initialWeights: 'glorot' });
    }
    expect(sad).toMatchObject({ pretrain: true, weightDecay: 1e-6, centerOf: 'without-anomalies' });
    expect(svdd).toMatchObject({ objective: 'best-by-test' });
    // All start from one autoencoder.
    const plans = [sad, svdd, autoencoder, hybrid].map((options, i) =>
      detectorNamed(DEEP[i]).autoencoder?.(options),
    );
    expect(plans[0]).toMatchObject({
      epochs: 150,
      learningRateMilestones: [50],
      trainOn: 'without-anomalies',
    });
    expect(new Set(plans.map((plan) => JSON.stringify(plan, Object.keys(plan ?? {}).sort()))).size).toBe(1);
    const table = expansionOf({ protocol: 'paper', detectors: ['oc-svm', 'oc-svm-hybrid'] }).runs;
    for (const { detector, preparation } of table) {
      expect(detector.options.nu).toBe('best-by-test');
      expect(preparation).toEqual({ tableScaling: 'standardize' });
    }
    const fashion = { ...DIGITS, defaults: { network: 'fashion-mnist', representationSize: 64 } as const };
    const [dense] = expand(
      parseConfig(
        JSON.stringify({
          name: 'x',
          dataset: 'mnist',
          normalClass: 0,
          detectors: 'autoencoder',
          protocol: 'paper',
        }),
        'x.json',
        [],
        SCHEMA,
      ).experiment,
      { ...fashion, shape: [1, 28, 28] },
    ).runs;
    expect(dense.detector.options).toMatchObject({ hiddenSizes: [64], representationSize: 32 });
  });

  test("authors-code is what the authors' code does", () => {
    const { runs } = expansionOf({ protocol: 'authors-code', detectors: ['deep-sad', 'autoencoder'] });
    const [sad, autoencoder] = runs.map(({ detector }) => detector.options);
    expect(sad).toEqual({
      ...optionsOf({ detectors: { name: 'deep-sad', pretrain: false } })[0],
      learningRateMilestones: [49],
    });
    expect(autoencoder).toEqual(optionsOf({ detectors: 'autoencoder' })[0]);
    for (const { preparation } of runs) expect(preparation).toEqual({ testPart: 'redrawn' });
    // Images come with a test part.
    for (const run of expansionOf({ protocol: 'authors-code' }, DIGITS).runs) {
      expect(run).not.toHaveProperty('preparation');
    }
  });

  test("the authors' methods without labels are trained on labeled anomalies, and no others", () => {
    const detectors = [
      'oc-svm',
      'kde',
      'isolation-forest',
      'oc-svm-hybrid',
      'kde-hybrid',
      'isolation-forest-hybrid',
    ];
    const trainOn = (protocol: string) =>
      optionsOf({ protocol, detectors }).map((options) => options.trainOn);
    expect(trainOn('authors-code')).toEqual(detectors.map(() => 'all'));
    // The usual one is left out.
    for (const protocol of ['paper', 'deepsad'])
      expect(trainOn(protocol)).toEqual(detectors.map(() => undefined));
  });

  test('holds for a method without labels that it does not name', () => {
    const definition = { name: 'another', options: z.object(unlabeledOptions) };
    expect(protocolOptions('authors-code', definition, 'mlp')).toEqual({ trainOn: 'all' });
    expect(protocolOptions('paper', definition, 'mlp')).toEqual({ trainOn: 'without-anomalies' });
  });

  test('yields to what is given beside it, and that is said in a line', () => {
    const { runs, notices } = expansionOf({
      protocol: 'authors-code',
      testPart: 'held-out',
      detectors: [
        { name: 'deep-sad', batchSize: [64, 128], learningRateMilestones: [[50]] },
        { name: 'deep-svdd', epochs: 10, batchSize: 128 },
      ],
    });
    expect(runs).toHaveLength(3);
    expect(runs[0].detector.options).toMatchObject({
      batchSize: 64,
      learningRateMilestones: [50],
      pretrain: false,
    });
    expect(runs[0]).not.toHaveProperty('preparation');
    expect(notices).toEqual([
      'protocol authors-code, but testPart is held-out, not redrawn; batchSize of deep-sad is 64, not 128; ' +
        'learningRateMilestones of deep-sad is [50], not [49]',
    ]);
  });

  test('says what another option changes of it, of each network, and nothing where nothing does', () => {
    const saidOf = (detector: unknown, keys = {}) =>
      expansionOf({ protocol: 'paper', detectors: detector, ...keys }, IMAGES).notices;
    const warm = { name: 'deep-sad', warmStart: 'model', warmStartChecksum: 'ab'.repeat(32) };
    expect(saidOf(warm)).toEqual(['protocol paper, but pretrain of deep-sad is false, not true']);
    expect(
      saidOf({ name: 'autoencoder', network: ['mnist', 'fashion-mnist'], representationSize: [32, 64] }),
    ).toEqual(['protocol paper, but representationSize of autoencoder is 64, not 32']);
    // A table's scaling departs from nothing of images.
    expect(saidOf('deep-sad', { tableScaling: 'min-max' })).toEqual([]);
    for (const protocol of PROTOCOL_NAMES) {
      const detectors = [...DETECTORS.map(({ name }) => name), { name: 'ss-dgm', model: 'm1+m2' }];
      const noticesOf = (keys: object, dataset: Dataset) =>
        expansionOf({ protocol, detectors, labeledAnomalyRatio: 0.05, ...keys }, dataset).notices;
      expect(noticesOf({ knownAnomalyClass: 1 }, IMAGES)).toEqual([]);
      expect(noticesOf({}, CARDIO).filter((notice) => !notice.includes('[0, 1]'))).toEqual([]);
    }
  });
});

describe('the preparation of data', () => {
  const preparations = (runs: readonly Run[]) => runs.map(({ preparation }) => preparation);

  test('makes other runs, but for the usual one', () => {
    const { runs } = expansionOf({
      tableScaling: ['min-max', 'standardize', 'robust'],
      testPart: ['held-out', 'redrawn'],
    });
    expect(preparations(runs)).toEqual([
      undefined,
      { testPart: 'redrawn' },
      { tableScaling: 'standardize' },
      { tableScaling: 'standardize', testPart: 'redrawn' },
      { tableScaling: 'robust' },
      { tableScaling: 'robust', testPart: 'redrawn' },
    ]);
    expect(new Set(runs.map(({ id }) => id)).size).toBe(6);
    expect(runs[0].id).toBe(expansionOf({}).runs[0].id);
  });

  test('that leaves [0, 1] is said of detectors whose loss is a cross-entropy of their inputs', () => {
    const detectors = ['vae', 'deep-sad', 'ss-dgm'];
    const said = 'of values in [0, 1], beyond which it has no lower bound; ';
    const noticesOf = (keys: object, dataset?: Dataset) =>
      expansionOf({ detectors, labeledAnomalyRatio: 0.05, ...keys }, dataset).notices;
    expect(noticesOf({})).toEqual([]);
    expect(noticesOf({ testPart: 'redrawn' })).toEqual([]);
    expect(noticesOf({ tableScaling: ['min-max', 'standardize', 'robust'] })).toEqual([
      `cardio: the cross-entropy of vae and ss-dgm is ${said}tableScaling standardize and tableScaling robust gives such`,
    ]);
    expect(noticesOf({ imageScaling: 'contrast', labeledAnomalyRatio: 0, detectors: 'vae' }, DIGITS)).toEqual(
      [`mnist: the cross-entropy of vae is ${said}imageScaling contrast gives such`],
    );
    expect(noticesOf({ protocol: 'paper' })).toEqual([expect.stringContaining('tableScaling standardize')]);
  });

  test('that says nothing of the data changes no run, and that is said', () => {
    const { runs, notices } = expansionOf({ imageScaling: 'contrast' });
    expect(runs).toEqual(expansionOf({}).runs);
    expect(notices).toEqual(['cardio: imageScaling says nothing of data that are no images']);
    expect(
      preparations(expansionOf({ imageScaling: 'contrast', tableScaling: 'robust' }, DIGITS).runs),
    ).toEqual([{ imageScaling: 'contrast' }]);
  });
});
