import { describe, expect, test } from '@jest/globals';
import type { TrainingSet } from '../data/dataset.js';
import { instructionSets } from '../engine/native/kernels.js';
import { createNativeEngine } from '../engine/native/native-engine.js';
import { auroc } from '../metrics/auroc.js';
import { randomStream } from '../random.js';
import { fitDetector } from './fit.js';
import { detectorNamed } from './registry.js';
import { classLoss } from './ss-dgm.js';

describe('the loss of a batch', () => {
  const random = randomStream(1, 'class loss');
  const batch = { classes: [1, 0], unlabeled: [7, 8, 9] };
  const logits = Float32Array.from({ length: 10 }, () => random.uniform(-2, 2));
  const values = Float64Array.from({ length: 8 }, () => random.uniform(0, 5));
  const alpha = 1.9;
  const log2 = Math.log(2);

  test('is that of Kingma et al. (2014)', () => {
    const q = (s: number, y: number) =>
      Math.exp(logits[2 * s + y]) / (Math.exp(logits[2 * s]) + Math.exp(logits[2 * s + 1]));
    const labeled = [0, 1].map((s) => values[s] + log2 - alpha * Math.log(q(s, batch.classes[s])));
    const unlabeled = [2, 3, 4].map((s) =>
      [0, 1].reduce((sum, y) => sum + q(s, y) * (values[s + 3 * y] + log2 + Math.log(q(s, y))), 0),
    );
    const mean = (numbers: number[]) => numbers.reduce((a, b) => a + b) / numbers.length;
    expect(classLoss(logits, values, batch, alpha).loss).toBeCloseTo(mean(labeled) + mean(unlabeled), 6);
  });

  test('has the derivatives that differences give', () => {
    const { byLogits, byBounds } = classLoss(logits, values, batch, alpha);
    for (const [given, found] of [
      [logits, byLogits],
      [values, byBounds],
    ]) {
      for (const [i, kept] of given.entries()) {
        const step = 2 ** -10;
        const at = (value: number) => {
          given[i] = value;
          const { loss } = classLoss(logits, values, batch, alpha);
          given[i] = kept;
          return loss;
        };
        expect((at(kept + step) - at(kept - step)) / (2 * step)).toBeCloseTo(found[i], 4);
      }
    }
  });

  test('is that of what is there', () => {
    const none = classLoss(logits.slice(0, 4), values.slice(0, 2), { ...batch, unlabeled: [] }, alpha);
    expect(none.loss).toBeGreaterThan(0);
    expect(
      classLoss(logits.slice(0, 6), values.slice(0, 6), { ...batch, classes: [] }, alpha).loss,
    ).not.toBeNaN();
  });
});

/** Two clusters, of which the smaller are anomalies, half of them labeled. */
function clusters(shape: TrainingSet['shape']): TrainingSet & { readonly anomalies: Uint8Array } {
  const random = randomStream(1, 'clusters');
  const count = 200;
  const size = shape.reduce((a, b) => a * b, 1);
  const anomalies = Uint8Array.from({ length: count }, (_, i) => Number(i % 10 === 0));
  const semiTargets = Int8Array.from(anomalies, (anomaly, i) => (anomaly && i % 20 ? -1 : 0));
  const samples = Float32Array.from({ length: count * size }, (_, i) => {
    const upper = (i % size) * 2 < size;
    return random.uniform(0, 0.4) + (upper === (anomalies[Math.floor(i / size)] === 1) ? 0.6 : 0);
  });
  return { shape, count, samples, semiTargets, anomalies };
}

const QUICK = { epochs: 20, batchSize: 32, learningRate: 3e-3 };

describe.each([
  ['vae', {}],
  ['ss-dgm', {}],
  // A variance that is never below that of the prior keeps little of a sample, and M1 + M2 sees nothing else.
  ['ss-dgm', { model: 'm1+m2', logVariance: 'linear', epochs: 40 }],
  ['ss-dgm', { logVariance: 'linear' }],
])('%s %j', (name, given) => {
  async function scores(set?: string, shape: TrainingSet['shape'] = [6]) {
    const training = clusters(shape);
    const defaults =
      shape.length === 1
        ? ({ network: 'mlp', hiddenSizes: [8], representationSize: 2 } as const)
        : ({ network: 'mnist', representationSize: 16 } as const);
    const epochs = shape.length === 1 ? {} : { epochs: 2 };
    const options = detectorNamed(name).resolve({ ...QUICK, ...given, ...epochs }, defaults, shape);
    const context = { seed: 1, engine: createNativeEngine(set), report: () => {} };
    const detector = await fitDetector({ name, options }, training, context);
    return { found: await detector.score(training.samples), anomalies: training.anomalies };
  }

  test('tells clusters apart', async () => {
    const { found, anomalies } = await scores();
    expect(auroc(found, anomalies)).toBeGreaterThan(0.95);
  });

  test('has the same bits on every instruction set, on images too', async () => {
    for (const shape of [[6], [1, 28, 28]] as const) {
      const [expected, ...others] = await Promise.all(
        instructionSets().map((set) => scores(set, shape).then(({ found }) => found)),
      );
      expect(new Set(expected).size).toBeGreaterThan(100);
      for (const found of others) expect(found).toEqual(expected);
    }
  });
});

test.each([
  ['labeled anomalies', new Int8Array(200), 'learns what labeled anomalies look like, and there are none'],
  // The weight of the classifier's cross-entropy is then 0.
  [
    'unlabeled samples',
    new Int8Array(200).fill(1).fill(-1, 150),
    'learns from unlabeled samples too, and there are none',
  ],
])('without %s SS-DGM is refused', async (_what, semiTargets, reason) => {
  const training = { ...clusters([6]), semiTargets };
  const options = detectorNamed('ss-dgm').resolve({}, { network: 'mlp', representationSize: 2 }, [6]);
  const context = { seed: 1, engine: createNativeEngine(), report: () => {} };
  await expect(fitDetector({ name: 'ss-dgm', options }, training, context)).rejects.toThrow(
    `ss-dgm ${reason}`,
  );
});

test.each(['vae', 'ss-dgm', 'deep-sad'])(
  '%s takes batches of more samples than a call takes arguments',
  async (name) => {
    const count = 70_000;
    const training: TrainingSet = {
      shape: [1],
      count,
      samples: Float32Array.from({ length: count }, (_, i) => i / count),
      semiTargets: new Int8Array(count).fill(-1, count - 10),
    };
    const defaults = { network: 'mlp', hiddenSizes: [2], representationSize: 1 } as const;
    const options = detectorNamed(name).resolve({ batchSize: count, epochs: 1 }, defaults, [1]);
    const context = { seed: 1, engine: createNativeEngine(), report: () => {} };
    const detector = await fitDetector({ name, options }, training, context);
    expect(await detector.score(training.samples)).toHaveLength(count);
  },
);

test('a VAE calls no sample the more normal for lying far outside of [0, 1]', async () => {
  const training = { ...clusters([6]), semiTargets: new Int8Array(200) };
  const options = detectorNamed('vae').resolve(
    QUICK,
    { network: 'mlp', hiddenSizes: [8], representationSize: 2 },
    [6],
  );
  const context = { seed: 1, engine: createNativeEngine(), report: () => {} };
  const detector = await fitDetector({ name: 'vae', options }, training, context);
  const samples = training.samples.map((value, i) =>
    i % 6 === 0 ? (Math.floor(i / 6) % 2 ? 20 : -20) : value,
  );
  const scores = await detector.score(samples);
  // A cross-entropy is not below 0, and the square of how far the value lies beyond is added.
  expect(Math.min(...scores)).toBeGreaterThan(19 ** 2);
});
