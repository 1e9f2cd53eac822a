import { expect, test } from '@jest/globals';
import type { TrainingSet } from '../data/dataset.js';
import { createEngine } from '../engine/device.js';
import { UserError } from '../errors.js';
import { randomStream } from '../random.js';
import { fitDetector } from './fit.js';
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
