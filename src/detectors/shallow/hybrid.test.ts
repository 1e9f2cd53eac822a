import { describe, expect, test } from '@jest/globals';
import type { TrainingSet } from '../../data/dataset.js';
import type { Engine, Model } from '../../engine/engine.js';
import type { Network, Weights } from '../../networks/network.js';
import { hybrid } from './hybrid.js';
import { isolationForest } from './isolation-forest.js';
import { kde } from './kde.js';
import { ocSvm } from './oc-svm.js';
import { ssad } from './ssad.js';
import { context, readFixture } from './testing/fixtures.js';

const DEFAULTS = { network: 'mlp', hiddenSizes: [6], representationSize: 2 } as const;
const FEATURES = 13;

/** Networks that take a sample for its first features times the first weight of the first layer. */
class CutEngine implements Engine {
  readonly name = 'native';
  readonly device = 'none';
  readonly compiled: { network: Network; weights: Weights }[] = [];

  compile(network: Network, weights: Weights): Model {
    this.compiled.push({ network, weights });
    return {
      weights: async () => weights,
      predict: async (samples) => cut(samples, weights[0].kernel[0]),
      train: () => {
        throw new Error('a hybrid trains no network');
      },
      dispose: () => {},
    };
  }
}

function cut(samples: Float32Array, factor: number): Float32Array {
  return samples.filter((_, k) => k % FEATURES < 2).map((value) => factor * value);
}

describe('hybrid', () => {
  const { training, test: samples, anomalies } = readFixture('wine');
  const weights: Weights = Array.from({ length: 9 }, (_, k) => ({ kernel: Float32Array.of(3 + k) }));
  const holdOut = { count: anomalies.length, samples, anomalies };

  test.each([ocSvm, ssad, kde, isolationForest])(
    'of $name is the same on the representation',
    async (shallow) => {
      const given = shallow.usesHoldOut ? { selection: 'test-holdout' } : {};
      const engine = new CutEngine();
      const definition = hybrid(shallow);
      const detector = definition.create(definition.resolve(given, DEFAULTS, [FEATURES]), [FEATURES]);
      await detector.fit(training, context({ engine, autoencoder: weights, holdOut }));

      const alone = shallow.create(shallow.resolve(given, DEFAULTS, [2]), [2]);
      const represented: TrainingSet = { ...training, shape: [2], samples: cut(training.samples, 3) };
      await alone.fit(represented, context({ holdOut: { ...holdOut, samples: cut(samples, 3) } }));
      expect(await detector.score(samples)).toEqual(await alone.score(cut(samples, 3)));
      expect(await detector.scoreTraining?.(training)).toEqual(
        await (alone.scoreTraining?.(represented) ?? alone.score(represented.samples)),
      );
      expect(detector.notes?.()).toEqual(alone.notes?.() ?? {});

      const [{ network, weights: used }] = engine.compiled;
      expect(network.layers.at(-1)).toEqual({ type: 'dense', units: 2 });
      expect(used).toEqual(weights.slice(0, network.layers.length));
    },
  );

  test('keeps the options of the method and asks for the autoencoder that the deep detectors use', () => {
    const definition = hybrid(ocSvm);
    expect(definition).toMatchObject({ name: 'oc-svm-hybrid', title: 'OC-SVM hybrid' });
    const options = definition.resolve({ kernel: 'linear', pretrainEpochs: 7 }, DEFAULTS, [FEATURES]);
    expect(options).toMatchObject({ kernel: 'linear', nu: 0.1, hiddenSizes: [6] });
    expect(definition.autoencoder?.(options)).toMatchObject({
      representationSize: 2,
      epochs: 7,
      batchSize: 128,
    });
    expect(definition.usesHoldOut?.(options)).toBe(false);
    expect(Object.keys(definition.options.shape)).toEqual(
      expect.arrayContaining(['nu', 'gamma', 'representationSize', 'pretrainEpochs']),
    );
  });
});
