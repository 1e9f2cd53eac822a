import { describe, expect, test } from '@jest/globals';
import type { TrainingSet } from '../data/dataset.js';
import { createEngine } from '../engine/device.js';
import { randomStream } from '../random.js';
import type { Progress } from './detector.js';
import { detectorNamed } from './registry.js';
import { samplesOf } from './unsupervised.js';

const random = randomStream(3, 'samples');
const [COUNT, FEATURES] = [60, 3];
/** Every sixth sample is a labeled anomaly, far off. */
const LABELED: TrainingSet = {
  shape: [FEATURES],
  count: COUNT,
  samples: Float32Array.from(
    { length: COUNT * FEATURES },
    (_, i) => random.uniform(0, 1) + (Math.floor(i / FEATURES) % 6 === 0 ? 2 : 0),
  ),
  semiTargets: Int8Array.from({ length: COUNT }, (_, i) => (i % 6 === 0 ? -1 : i % 6 === 1 ? 1 : 0)),
};
/** The same samples, of which nothing is known. */
const UNLABELED: TrainingSet = { ...LABELED, semiTargets: new Int8Array(COUNT) };

describe.each(['oc-svm', 'kde', 'isolation-forest'])('%s', (name) => {
  async function scoresOf(
    training: TrainingSet,
    given: Readonly<Record<string, string>>,
  ): Promise<Float64Array> {
    const definition = detectorNamed(name);
    const defaults = { network: 'mlp', representationSize: 8 } as const;
    const detector = definition.create(definition.resolve(given, defaults, LABELED.shape), LABELED.shape);
    await detector.fit(training, { seed: 1, engine: await createEngine('cpu'), report: () => {} });
    return detector.score(LABELED.samples);
  }

  test('is trained on labeled anomalies like any samples where it is asked to be', async () => {
    expect(await scoresOf(LABELED, { trainOn: 'all' })).toEqual(await scoresOf(UNLABELED, {}));
  });

  test('leaves them out by default', async () => {
    const scores = await scoresOf(LABELED, {});
    expect(scores).toEqual(await scoresOf(samplesOf(LABELED, 'without-anomalies'), {}));
    expect(scores).not.toEqual(await scoresOf(UNLABELED, {}));
  });
});

test('balanced classes count for half of the loss each, however few are labeled anomalies', async () => {
  const { create, resolve } = detectorNamed('supervised');
  const own = { classWeight: 'balanced', epochs: 1, batchSize: COUNT };
  const options = resolve(own, { network: 'mlp', hiddenSizes: [4], representationSize: 2 }, LABELED.shape);
  const reports: Progress[] = [];
  const report = (progress: Progress) => reports.push(progress);
  await create(options, LABELED.shape).fit(LABELED, { seed: 1, engine: await createEngine('cpu'), report });
  // About log 2 of either, before any step: with the weights of the other class it would be more than twice as much.
  expect(reports[0].firstLoss).toBeLessThan(1);
});

test('the soft boundary of Deep SVDD is the one-class objective with nu times the weight decay as long as that is said, and no longer', async () => {
  const differenceAt = async (epochs: number) => {
    const definition = detectorNamed('deep-svdd');
    const scoresOf = async (given: Readonly<Record<string, unknown>>) => {
      // Not all samples make whole batches, and only steps count.
      const own = { ...given, epochs, batchSize: 12, learningRate: 0.01, pretrain: false };
      const defaults = { network: 'mlp', hiddenSizes: [4], representationSize: 2 } as const;
      const detector = definition.create(definition.resolve(own, defaults, LABELED.shape), LABELED.shape);
      await detector.fit(LABELED, { seed: 1, engine: await createEngine('cpu'), report: () => {} });
      return detector.score(LABELED.samples);
    };
    const expected = await scoresOf({ objective: 'one-class', weightDecay: 0.001 });
    const found = await scoresOf({ objective: 'soft-boundary', nu: 0.01, weightDecay: 0.1 });
    return Math.max(...found.map((score, i) => Math.abs(score / expected[i] - 1)));
  };
  const isIdle = (epochs: number) =>
    'nu' in (detectorNamed('deep-svdd').idle?.({ objective: 'soft-boundary', epochs }) ?? {});
  for (const epochs of [10, 11]) {
    const difference = await differenceAt(epochs);
    expect([epochs, difference, isIdle(epochs)]).toEqual([epochs, expect.any(Number), difference < 1e-3]);
  }
  expect([isIdle(10), isIdle(11)]).toEqual([true, false]);
});
