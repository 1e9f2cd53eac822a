import { describe, expect, test } from '@jest/globals';
import { omit } from 'es-toolkit/object/omit';
import { pickBy } from 'es-toolkit/object/pickBy';
import * as z from 'zod';
import {
  type DatasetDefaults,
  IMAGE_NETWORK_NAMES,
  IMAGE_NETWORKS,
  type SampleShape,
} from '../data/dataset.js';
import { readDescriptor } from '../data/descriptor.js';
import { UserError } from '../errors.js';
import { idleOptions } from './idle-options.js';
import { withUsual } from './options.js';
import { DETECTORS, detectorNamed } from './registry.js';

const MNIST: DatasetDefaults = {
  network: 'mnist',
  representationSize: 32,
  pretrain: false,
  bandwidthSelection: 'test-holdout',
};
const CIFAR: DatasetDefaults = {
  network: 'cifar10',
  representationSize: 128,
  pretrain: false,
  pretrainEpochs: 350,
  pretrainLearningRateMilestones: [250],
};
const IMAGE: SampleShape = [1, 28, 28];

const resolve = (name: string, given: Readonly<Record<string, unknown>>, defaults = MNIST) =>
  detectorNamed(name).resolve(given, defaults, IMAGE);

const NETWORK = { network: 'mnist', hiddenSizes: [], representationSize: 32, batchSize: 128 };
const SCHEDULE = { epochs: 150, learningRate: 1e-4, learningRateMilestones: [50], weightDecay: 0.5e-6 };
const PRETRAINING = {
  pretrainEpochs: 150,
  pretrainLearningRate: 1e-4,
  pretrainLearningRateMilestones: [],
  pretrainWeightDecay: 0.5e-3,
};

describe('without options', () => {
  test.each<[string, object]>([
    ['deep-sad', { eta: 1, pretrain: false, ...NETWORK, ...SCHEDULE }],
    ['deep-svdd', { objective: 'one-class', pretrain: false, ...NETWORK, ...SCHEDULE }],
    ['oc-svm', { nu: 0.1, kernel: 'rbf', selection: 'test-holdout', memoryLimit: 1000 }],
    ['kde', { bandwidth: null }],
    ['kde-hybrid', { bandwidth: null, ...NETWORK, ...PRETRAINING }],
    ['isolation-forest', { trees: 100, treeSamples: 256 }],
  ])('%s is that of the paper', (name, expected) => {
    expect(resolve(name, {})).toEqual(expected);
  });

  test('the autoencoder of CIFAR-10 is trained for longer', () => {
    const longer = { pretrainEpochs: 350, pretrainLearningRateMilestones: [250] };
    expect(resolve('deep-sad', { pretrain: true }, CIFAR)).toMatchObject(longer);
    expect(resolve('autoencoder', {}, CIFAR)).toMatchObject({ epochs: 350, learningRateMilestones: [250] });
  });

  test('the autoencoder is the one that others start from', () => {
    const planOf = (name: string, given = {}) => detectorNamed(name).autoencoder?.(resolve(name, given));
    expect(planOf('autoencoder')).toBeDefined();
    expect(planOf('ssad-hybrid')).toEqual(planOf('autoencoder'));
    for (const name of ['deep-sad', 'deep-svdd']) {
      expect(planOf(name)).toBeUndefined();
      expect(planOf(name, { pretrain: true })).toEqual(planOf('autoencoder'));
    }
  });
});

test('Deep SAD and Deep SVDD are pretrained unless the data set or the options say otherwise', () => {
  const own: DatasetDefaults = { network: 'mnist', representationSize: 32 };
  for (const name of ['deep-sad', 'deep-svdd']) {
    expect(resolve(name, {}, own)).toMatchObject({ pretrain: true, ...PRETRAINING });
    expect(resolve(name, { pretrain: false }, own)).toMatchObject({ pretrain: false });
  }
});

test('what has no meaning is left out', () => {
  expect(resolve('deep-sad', { pretrain: false, pretrainEpochs: 7 })).toEqual({
    eta: 1,
    pretrain: false,
    ...NETWORK,
    ...SCHEDULE,
  });
  expect(resolve('deep-svdd', { nu: 0.2 })).not.toHaveProperty('nu');
  expect(resolve('deep-svdd', { objective: 'soft-boundary' })).toMatchObject({ nu: 0.1 });
});

describe('an option that is given and has no effect', () => {
  const WARM = { warmStart: 'model', warmStartChecksum: 'ab'.repeat(32) };

  const idle = (name: string, ...choices: Record<string, unknown>[]) => {
    const resolved = choices.map((given) => ({ given, options: resolve(name, given) }));
    return idleOptions(name, resolved, detectorNamed(name));
  };

  test.each<[string, string, object]>([
    ['deep-sad', 'deep-sad is not pretrained, so that pretrainEpochs has no effect', { pretrainEpochs: 7 }],
    [
      'deep-svdd',
      'deep-svdd is not pretrained, so that pretrainOn and pretrainBatchSize have no effect',
      { pretrainOn: 'all', pretrainBatchSize: 8, pretrain: false },
    ],
    ['deep-svdd', 'deep-svdd: nu has no effect with its other options', { nu: 0.2 }],
    [
      'deep-sad',
      'deep-sad starts from a saved model (warmStart), so that pretrain and pretrainEpochs have no effect',
      { ...WARM, pretrain: true, pretrainEpochs: 7 },
    ],
    [
      'deep-svdd',
      'deep-svdd: objective and nu have no effect but on weightDecay, which counts nu times, before the soft boundary begins, after 10 epochs',
      { objective: 'soft-boundary', nu: 0.2, epochs: 10 },
    ],
    [
      'deep-svdd',
      'deep-svdd: objective has no effect but on weightDecay, which counts nu times, before the soft boundary begins, after 10 epochs',
      { objective: 'best-by-test', epochs: 3 },
    ],
    [
      'autoencoder',
      'autoencoder: learningRateMilestones has no effect after the last epoch',
      { epochs: 10, learningRateMilestones: [10, 20] },
    ],
    [
      'kde-hybrid',
      'kde-hybrid: pretrainLearningRateMilestones has no effect after the last epoch',
      { pretrainLearningRateMilestones: [150] },
    ],
    [
      'deep-sad',
      'deep-sad is not pretrained, so that pretrainLearningRateMilestones has no effect',
      { pretrainLearningRateMilestones: [150] },
    ],
    [
      'ss-dgm',
      'ss-dgm: leakyReluSlope has no effect with its other options',
      { model: 'm1+m2', leakyReluSlope: 0.1 },
    ],
    [
      'ss-dgm',
      'ss-dgm: hiddenSizes has no effect with its other options',
      { model: 'm1+m2', hiddenSizes: [64] },
    ],
  ])('of %s is said', (name, said, given) => {
    expect(idle(name, { ...given })).toEqual([expect.stringContaining(said)]);
  });

  test('is none where one combination heeds it, even at its usual value', () => {
    expect(idle('deep-sad', { pretrain: true, pretrainEpochs: 7, pretrainOn: 'all' })).toEqual([]);
    const both = [false, true].map((pretrain) => ({ pretrain, pretrainEpochs: 7 }));
    expect(idle('deep-sad', ...both)).toEqual([]);
    expect(idle('ss-dgm', { leakyReluSlope: 0.1 })).toEqual([]);
    expect(idle('deep-svdd', { objective: 'soft-boundary', nu: 0.1 })).toEqual([]);
    expect(
      idle('deep-svdd', { objective: 'soft-boundary', epochs: 11, learningRateMilestones: [10] }),
    ).toEqual([]);
    expect(idle('deep-svdd', { objective: 'one-class', epochs: 10 })).toEqual([]);
    expect(idle('deep-svdd', { epochs: 10, learningRateMilestones: [9, 10] })).toEqual([]);
    expect(idle('kde-hybrid', { pretrainLearningRateMilestones: [149] })).toEqual([]);
    const lengths = [10, 11].map((epochs) => ({
      objective: 'soft-boundary',
      epochs,
      learningRateMilestones: [10],
    }));
    expect(idle('deep-svdd', ...lengths)).toEqual([]);
    const widths = [[128], []].map((hiddenSizes) => ({ network: 'fashion-mnist', hiddenSizes }));
    expect(idle('deep-sad', ...widths)).toEqual([]);
  });

  test('may be one of its values alone', () => {
    const both = [false, true].map((pretrain) => ({ ...WARM, pretrain }));
    expect(idle('deep-sad', ...both)).toEqual([
      expect.stringContaining('so that pretrain: true has no effect'),
    ]);
    const objectives = ['one-class', 'soft-boundary'].map((objective) => ({ objective, epochs: 5 }));
    expect(idle('deep-svdd', ...objectives)).toEqual([
      'deep-svdd: objective: soft-boundary has no effect but on weightDecay, which counts nu times, before the soft boundary begins, after 10 epochs',
    ]);
    const milestones = [[10, 20], [5]].map((all) => ({ epochs: 10, learningRateMilestones: all }));
    expect(idle('autoencoder', ...milestones)).toEqual([
      'autoencoder: learningRateMilestones: [10,20] has no effect after the last epoch',
    ]);
  });

  test('is none of those that a detector always has', () => {
    for (const { name, options } of DETECTORS) {
      const given = pickBy(options.parse({}), (value) => value !== undefined);
      const own = omit(given, [
        'nu',
        ...Object.keys(given).filter((option) => option.startsWith('pretrain')),
      ]);
      expect([name, idle(name, own)]).toEqual([name, []]);
    }
  });
});

test.each<[string, DatasetDefaults, SampleShape]>([
  ...IMAGE_NETWORK_NAMES.map((network): [string, DatasetDefaults, SampleShape] => [
    network,
    readDescriptor(network).defaults,
    IMAGE_NETWORKS[network].shape,
  ]),
  ['tables', readDescriptor('cardio').defaults, [21]],
])('the default of each option is as if it were left out, on %s', (_on, defaults, shape) => {
  for (const { name, options, resolve: resolved } of DETECTORS) {
    const known: Readonly<Record<string, z.ZodType>> = options.shape;
    const without = resolved({}, defaults, shape);
    const usual = withUsual(without, known);
    for (const [option, value] of Object.entries(usual)) {
      // What says that nothing is given, as a bandwidth of null, cannot be given.
      if (!known[option]?.safeParse(value).success) continue;
      const given = { [option]: value };
      expect([name, option, resolved(given, defaults, shape)]).toEqual([name, option, without]);
      expect(idleOptions(name, [{ given, options: without }], { options })).toEqual([]);
    }
  }
});

test('the widths of hidden layers are said where a network has usual ones', () => {
  const on = (name: string, given: object) => {
    const { options, resolve: resolved } = detectorNamed(name);
    return withUsual(resolved({ network: 'fashion-mnist', ...given }, MNIST, IMAGE), options.shape);
  };
  for (const given of [{}, { hiddenSizes: [] }, { hiddenSizes: [128] }]) {
    expect(on('deep-sad', given)).toMatchObject({ hiddenSizes: [128] });
    expect(on('ss-dgm', given)).toMatchObject({ hiddenSizes: [128] });
  }
  for (const name of ['deep-sad', 'ss-dgm']) {
    expect(on(name, { hiddenSizes: [64] })).toMatchObject({ hiddenSizes: [64] });
  }
  expect(on('ss-dgm', { model: 'm1+m2' })).not.toHaveProperty('hiddenSizes');
  expect(withUsual(resolve('deep-sad', {}), detectorNamed('deep-sad').options.shape)).toMatchObject({
    hiddenSizes: [],
  });
});

test.each(DETECTORS)('$name takes no option that it does not have', ({ name }) => {
  expect(() => resolve(name, { etta: 3 })).toThrow(`${name}.etta: unknown key; `);
});

test('options that are misspelt, of another kind or out of range are refused all at once, as those of a config are', () => {
  expect(() => resolve('deep-sad', { etta: 3, epochs: 'many', leakyReluSlope: 2 })).toThrow(
    /^deep-sad\.leakyReluSlope: found 2; expected at most 1\ndeep-sad\.epochs: found "many"; expected a number\ndeep-sad\.etta: unknown key; did you mean eta\? valid: /,
  );
});

test('a detector that there is none of is refused with the one that was probably meant', () => {
  expect(() => detectorNamed('deep-sed')).toThrow(UserError);
  expect(() => detectorNamed('deep-sed')).toThrow(
    /^no detector is named deep-sed; did you mean deep-sad\? valid: deep-sad, /,
  );
});

test('every option may be left out, and a description says the default that its schema fills in', () => {
  for (const { options } of DETECTORS) {
    const filledIn = options.parse({});
    for (const [name, schema] of Object.entries(options.shape)) {
      const { description = '' } = schema as z.ZodType;
      expect(description).not.toBe('');
      if (!(schema instanceof z.ZodDefault)) continue;
      const value = filledIn[name];
      expect(description).toMatch(/ \(default .*\)$/);
      expect(description).toContain(`(default ${typeof value === 'string' ? value : JSON.stringify(value)})`);
    }
  }
});

describe('an option of the protocol', () => {
  test.each<[string, object]>([
    ['leakyReluSlope', { leakyReluSlope: 0.01 }],
    ['initialWeights', { initialWeights: 'pytorch' }],
    ['pretrainBatchSize', { pretrainBatchSize: 128 }],
    ['pretrainOn', { pretrainOn: 'all' }],
    ['centerOf', { centerOf: 'all' }],
    ['network', { network: 'mnist' }],
  ])('%s changes no id where it has the value that all runs once had', (_name, given) => {
    expect(resolve('deep-sad', { pretrain: true, ...given })).toEqual(
      resolve('deep-sad', { pretrain: true }),
    );
  });

  test.each<[string, object]>([
    ['deep-sad', { pretrain: true, pretrainOn: 'without-anomalies' }],
    ['deep-svdd', { pretrain: true, pretrainOn: 'without-anomalies' }],
    ['kde-hybrid', { pretrainOn: 'without-anomalies' }],
    ['autoencoder', { trainOn: 'without-anomalies' }],
  ])('of %s is one of the autoencoder that it starts from', (name, given) => {
    const options = resolve(name, { leakyReluSlope: 0.1, initialWeights: 'glorot', ...given });
    const plan = detectorNamed(name).autoencoder?.(options);
    expect(plan).toMatchObject({
      leakyReluSlope: 0.1,
      initialWeights: 'glorot',
      trainOn: 'without-anomalies',
    });
  });

  test('gives the autoencoder batches of its own', () => {
    const options = resolve('deep-sad', { pretrain: true, batchSize: 200, pretrainBatchSize: 64 });
    expect(options).toMatchObject({ batchSize: 200, pretrainBatchSize: 64 });
    const plan = detectorNamed('deep-sad').autoencoder?.(options);
    expect(plan).toEqual(
      detectorNamed('autoencoder').autoencoder?.(resolve('autoencoder', { batchSize: 64 })),
    );
    expect(detectorNamed('deep-sad').trains?.(options)).toMatchObject({
      batchSize: 200,
      pretrainBatchSize: 64,
    });
  });

  test('takes another network with the sizes that it has', () => {
    expect(resolve('deep-sad', { network: 'fashion-mnist' })).toMatchObject({
      network: 'fashion-mnist',
      hiddenSizes: [],
      representationSize: 64,
    });
    expect(() => resolve('deep-sad', { network: 'cifar10' })).toThrow(
      'network: cifar10 takes samples of [3,32,32], not [1,28,28]',
    );
    expect(() => resolve('deep-sad', { hiddenSizes: [64] })).toThrow('does not fit the mnist network');
  });

  test.each(['deep-sad', 'kde-hybrid', 'autoencoder', 'ss-dgm', 'supervised'])(
    'of %s is refused where its network cannot have it',
    (name) => {
      expect(() => resolve(name, { representationSize: 20 })).toThrow('give a multiple of 16');
    },
  );

  test('of M1+M2 names a network for the samples too', () => {
    expect(() => resolve('ss-dgm', { model: 'm1+m2', network: 'cifar10' })).toThrow('choose another network');
  });
});

test.each(['batchSize', 'pretrainBatchSize'])(
  '%s of one sample is refused where it teaches nothing',
  (option) => {
    const table = { network: 'mlp', hiddenSizes: [4], representationSize: 2 } as const;
    const resolveOn = (defaults: DatasetDefaults, shape: SampleShape) =>
      detectorNamed('deep-sad').resolve({ [option]: 1, pretrain: true }, defaults, shape);
    expect(() => resolveOn(table, [6])).toThrow(`${option}: 1 teaches the mlp network nothing`);
    expect(resolveOn({ ...table, hiddenSizes: [] }, [6])).toMatchObject({ [option]: 1 });
    expect(resolveOn({ network: 'mnist', representationSize: 32 }, [1, 28, 28])).toMatchObject({
      [option]: 1,
    });
  },
);

test('options that are not of the schema are refused', () => {
  expect(() => resolve('deep-sad', { eta: -1 })).toThrow(/eta/);
});
