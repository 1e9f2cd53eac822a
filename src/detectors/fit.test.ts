import { describe, expect, test } from '@jest/globals';
import { pickBy } from 'es-toolkit/object/pickBy';
import type { TestSet, TrainingSet } from '../data/dataset.js';
import { createEngine } from '../engine/device.js';
import { UserError } from '../errors.js';
import { randomStream } from '../random.js';
import { fitDetector } from './fit.js';
import type { DetectorChoice } from './options.js';
import { DETECTORS, detectorNamed } from './registry.js';

const [COUNT, FEATURES] = [40, 3];
const random = randomStream(3, 'samples');
const TRAINING: TrainingSet = {
  shape: [FEATURES],
  count: COUNT,
  samples: Float32Array.from({ length: COUNT * FEATURES }, () => random.uniform(0, 1)),
  semiTargets: Int8Array.from({ length: COUNT }, (_, i) => (i % 8 === 0 ? -1 : 0)),
};
const DEFAULTS = { network: 'mlp', hiddenSizes: [4], representationSize: 2 } as const;

const PRETRAINED = DETECTORS.flatMap((definition) => {
  const options = definition.resolve({}, DEFAULTS, TRAINING.shape);
  return definition.autoencoder?.(options) ? [{ ...definition, resolved: options }] : [];
});

test.each(PRETRAINED)(
  '$name is not fitted without the autoencoder that its options state',
  async (definition) => {
    const detector = definition.create(definition.resolved, TRAINING.shape);
    const context = { seed: 1, engine: await createEngine('cpu'), report: () => {} };
    await expect(detector.fit(TRAINING, context)).rejects.toThrow(
      new UserError(
        'the options start from a trained autoencoder, and the fit was given none; fit by fitDetector, which trains it first',
      ),
    );
  },
);

test.each(['deep-sad', 'deep-svdd'])(
  '%s is not fitted without the model that it starts from',
  async (name) => {
    const given = { warmStart: 'a-folder', warmStartChecksum: '0'.repeat(64) };
    const options = detectorNamed(name).resolve(given, DEFAULTS, TRAINING.shape);
    const context = { seed: 1, engine: await createEngine('cpu'), report: () => {} };
    await expect(fitDetector({ name, options }, TRAINING, context)).rejects.toThrow(
      new UserError(
        'the options start from a saved model (warmStart), and the fit was not given its weights; fit by fitModel or executeRun, which read them',
      ),
    );
  },
);

describe.each(DETECTORS)('$name takes whole samples of its shape alone', (definition) => {
  const quick = { epochs: 1, pretrainEpochs: 1, batchSize: 16 };
  const given = pickBy(quick, (_, option) => Object.hasOwn(definition.options.shape, option));
  const options = definition.resolve(given, DEFAULTS, TRAINING.shape);
  const choice = { name: definition.name, options };

  test.each<[string, Partial<TrainingSet>, string]>([
    [
      'values',
      { samples: TRAINING.samples.subarray(1) },
      'the training samples are of shape 3, of which 40 have 120 values; found 119 values',
    ],
    [
      'semi-targets',
      { semiTargets: TRAINING.semiTargets.subarray(0, 10) },
      'the training samples are 40, and have 10 labels; give one for each',
    ],
    [
      'numbers',
      { samples: TRAINING.samples.with(7, Number.NaN) },
      'the training samples: value 1 of sample 2 (both counted from 0) is NaN; expected numbers alone: fill in what is missing',
    ],
    [
      'labels that are known',
      { semiTargets: TRAINING.semiTargets.with(9, -2) },
      'the training samples: sample 9 (counted from 0) has the label -2; expected one of -1, 0, 1',
    ],
    ...[undefined, [0, 0, 1], new Float32Array(COUNT)].map(
      (labels): [string, Partial<TrainingSet>, string] => [
        `semi-targets of their type, no ${labels}`,
        { semiTargets: labels as unknown as Int8Array },
        'the training samples: expected semiTargets, an Int8Array of 1 (normal), -1 (anomaly) and 0 (unlabeled, as all are where nothing is labeled), one for each',
      ],
    ),
    [
      'counts',
      { count: undefined as unknown as number },
      'count: expected a whole number of at least 0, found undefined',
    ],
    [
      'shapes',
      { shape: undefined as unknown as TrainingSet['shape'] },
      'the training samples have no shape: give that of one of them, such as [features]',
    ],
  ])('in fits: as many %s as samples', async (_, wrong, message) => {
    const context = { seed: 1, engine: await createEngine('cpu'), report: () => {} };
    await expect(fitDetector(choice, { ...TRAINING, ...wrong }, context)).rejects.toThrow(
      new UserError(message),
    );
    const detector = definition.create(options, TRAINING.shape);
    await expect(detector.fit({ ...TRAINING, ...wrong }, context)).rejects.toThrow(new UserError(message));
  });

  test('in fits: of the shape that it was made for, and that test samples have', async () => {
    const context = { seed: 1, engine: await createEngine('cpu'), report: () => {} };
    const detector = definition.create(options, TRAINING.shape);
    await expect(detector.fit({ ...TRAINING, shape: [6], count: 20 }, context)).rejects.toThrow(
      new UserError('the training samples are of shape 6, and the detector was made for 3'),
    );
    const holdOut = { count: 2, samples: new Float32Array(5), anomalies: Uint8Array.of(0, 1) };
    await expect(detector.fit(TRAINING, { ...context, holdOut })).rejects.toThrow(
      new UserError('the test samples are of shape 3, of which 2 have 6 values; found 5 values'),
    );
    const unlabeled = { count: 2, samples: new Float32Array(6) } as TestSet;
    for (const given of [{ holdOut: unlabeled }, { test: unlabeled }]) {
      await expect(detector.fit(TRAINING, { ...context, ...given })).rejects.toThrow(
        new UserError(
          'the test samples: expected anomalies, a Uint8Array of 1 (anomaly) and 0 (normal), one for each',
        ),
      );
    }
  });

  test('in scores', async () => {
    const context = { seed: 1, engine: await createEngine('cpu'), report: () => {} };
    const detector = await fitDetector(choice, TRAINING, context);
    await expect(detector.score(new Float32Array(7))).rejects.toThrow(
      new UserError('the samples to score are of shape 3, of which one has 3 values; found 7 values'),
    );
    await expect(detector.score(Float32Array.of(0, 0, 0, 0, 0, Number.POSITIVE_INFINITY))).rejects.toThrow(
      new UserError(
        'the samples to score: value 2 of sample 1 (both counted from 0) is Infinity; expected numbers alone: fill in what is missing',
      ),
    );
    await expect(detector.score(new Float64Array(6) as unknown as Float32Array)).rejects.toThrow(
      new UserError('the samples to score: expected a Float32Array'),
    );
    expect(await detector.score(new Float32Array(6))).toHaveLength(2);
  });
});

describe.each(DETECTORS)('$name', (definition) => {
  const quick = {
    ...{ epochs: 1, pretrainEpochs: 1, batchSize: 16, trees: 5 },
    ...{ trainOn: 'without-anomalies', centerOf: 'without-anomalies' },
  };
  const given = pickBy(quick, (_, option) => Object.hasOwn(definition.options.shape, option));
  const options = definition.resolve(given, DEFAULTS, TRAINING.shape);
  const choice = { name: definition.name, options };
  const fitted = async () => {
    const context = { seed: 1, engine: await createEngine('cpu'), report: () => {} };
    return { detector: await fitDetector(choice, TRAINING, context), context };
  };
  const again = new UserError(
    'the detector was fitted or restored before; make another one for each fit, as fitDetector does',
  );

  test('learns once, whether it was fitted or restored', async () => {
    const { detector, context } = await fitted();
    const restored = definition.create(options, TRAINING.shape);
    restored.restore(await detector.state(), context.engine);
    for (const learned of [detector, restored]) {
      const scores = await learned.score(TRAINING.samples);
      await expect(learned.fit(TRAINING, context)).rejects.toThrow(again);
      const state = await learned.state();
      expect(() => learned.restore(state, context.engine)).toThrow(again);
      expect(await learned.score(TRAINING.samples)).toEqual(scores);
    }
  });

  test('does nothing once it is disposed of, where it holds anything', async () => {
    const { detector, context } = await fitted();
    if (!detector.dispose) return;
    const state = await detector.state();
    detector.dispose();
    const gone = new UserError('the detector was disposed of; fit or read another');
    await expect(detector.score(TRAINING.samples)).rejects.toThrow(gone);
    await expect(detector.fit(TRAINING, context)).rejects.toThrow(gone);
    expect(() => detector.restore(state, context.engine)).toThrow(gone);
  });

  test.each([COUNT, 0])('is not fitted where all of %d samples are labeled anomalies', async (count) => {
    const context = { seed: 1, engine: await createEngine('cpu'), report: () => {} };
    const anomalies: TrainingSet = {
      ...{ shape: [FEATURES], count, samples: TRAINING.samples.subarray(0, count * FEATURES) },
      semiTargets: new Int8Array(count).fill(-1),
    };
    const none = new UserError('no training sample is unlabeled or labeled normal; give some');
    await expect(fitDetector(choice, anomalies, context)).rejects.toThrow(none);
    const detector = definition.create(options, TRAINING.shape);
    await expect(detector.fit(anomalies, context)).rejects.toThrow(none);
  });
});

describe('a fit takes options as they resolve alone', () => {
  const options = detectorNamed('deep-sad').resolve({ epochs: 1 }, DEFAULTS, TRAINING.shape);

  test.each<[string, Record<string, unknown>, string]>([
    ['beyond its range', { eta: -1 }, 'options of deep-sad.eta: '],
    ['of no such name', { etta: 5 }, 'options of deep-sad: '],
    ['of another kind', { epochs: '1' }, 'options of deep-sad.epochs: '],
    ['left out', { representationSize: undefined }, 'options of deep-sad'],
  ])('none %s', async (_, wrong, message) => {
    const context = { seed: 1, engine: await createEngine('cpu'), report: () => {} };
    const choice = {
      name: 'deep-sad',
      options: pickBy({ ...options, ...wrong }, (value) => value !== undefined),
    };
    await expect(fitDetector(choice as DetectorChoice, TRAINING, context)).rejects.toThrow(UserError);
    await expect(fitDetector(choice as DetectorChoice, TRAINING, context)).rejects.toThrow(message);
  });

  test.each(DETECTORS)('$name', async ({ name }) => {
    const context = { seed: 1, engine: await createEngine('cpu'), report: () => {} };
    await expect(fitDetector({ name, options: {} }, TRAINING, context)).rejects.toThrow(UserError);
  });
});

test.each(['deep-sad', 'oc-svm'])('%s is fitted by a seed that a config may have alone', async (name) => {
  const options = detectorNamed(name).resolve({}, DEFAULTS, TRAINING.shape);
  const engine = await createEngine('cpu');
  for (const seed of [Number.NaN, -1, 1.5, null, undefined, '1', 2 ** 53]) {
    const context = { seed: seed as number, engine, report: () => {} };
    await expect(fitDetector({ name, options }, TRAINING, context)).rejects.toThrow(
      new UserError(`seed: expected a whole number of at least 0, found ${seed}`),
    );
  }
});
