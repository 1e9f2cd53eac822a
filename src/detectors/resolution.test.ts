import { describe, expect, test } from '@jest/globals';
import type { DatasetDefaults, TrainingSet } from '../data/dataset.js';
import { createNativeEngine } from '../engine/native/native-engine.js';
import { collapse } from '../metrics/collapse.js';
import { randomStream } from '../random.js';
import { fitDetector } from './fit.js';
import { DETECTORS, detectorNamed } from './registry.js';
import type { DetectorState } from './state.js';

const FEATURES = 2;
const DEFAULTS: DatasetDefaults = { network: 'mlp', hiddenSizes: [5], representationSize: 2 };
const QUICK = { epochs: 2, pretrainEpochs: 2, batchSize: 16 };

async function fitted(name: string, samples: Float32Array, given: Record<string, unknown> = {}) {
  return (await fitAndSave(name, samples, given)).detector;
}

/** A fitted detector, one that is restored from its state, and what restores others. */
async function fitAndSave(name: string, samples: Float32Array, given: Record<string, unknown> = {}) {
  const count = samples.length / FEATURES;
  const definition = detectorNamed(name);
  const semiTargets = new Int8Array(count).fill(definition.needsLabeledAnomalies ? -1 : 0, 0, 4);
  const training: TrainingSet = { shape: [FEATURES], count, samples, semiTargets };
  const known = Object.entries(QUICK).filter(([option]) => Object.hasOwn(definition.options.shape, option));
  const options = definition.resolve({ ...Object.fromEntries(known), ...given }, DEFAULTS, training.shape);
  const context = { seed: 1, engine: createNativeEngine(), report: () => {} };
  const detector = await fitDetector({ name, options }, training, context);
  const restore = (state: DetectorState) => {
    const restored = definition.create(options, training.shape);
    restored.restore(state, context.engine);
    return restored;
  };
  return { detector, restored: restore(await detector.state()), restore };
}

const random = randomStream(1, 'resolution');
const usual = Float32Array.from({ length: 80 * FEATURES }, () => random.uniform(0, 1));

test.each(DETECTORS.map(({ name }) => name))(
  'what %s cannot tell apart is far less than what it does',
  async (name) => {
    const detector = await fitted(name, usual);
    const scores = await detector.score(usual);
    const range = Math.max(...scores) - Math.min(...scores);
    expect(detector.resolution(scores)).toBeGreaterThan(0);
    expect(detector.resolution(scores)).toBeLessThan(range / 1000);
  },
);

test.each(DETECTORS.map(({ name }) => name))(
  'what a saved %s cannot tell apart is the same',
  async (name) => {
    // With this one the solver leaves more open than rounding does.
    const given = Object.hasOwn(detectorNamed(name).options.shape, 'gamma') ? { gamma: 1 } : {};
    const { detector, restored } = await fitAndSave(name, usual, given);
    // Of scores near 0 all that counts is what the detector itself knows.
    for (const scores of [await detector.score(usual), new Float64Array(2)]) {
      expect(restored.resolution(scores)).toBe(detector.resolution(scores));
    }
  },
);

/** Two points, half of the samples each: all are as far from the others. */
const halves = Float32Array.from({ length: 100 * FEATURES }, (_, i) => Number(i < 100));

describe('scores of samples that are all alike have collapsed', () => {
  test.each([
    ['oc-svm', {}],
    ['oc-svm', { gamma: 7 }],
    ['ssad', {}],
    ['kde', { bandwidth: 0.3 }],
  ])('%s %j', async (name, given) => {
    const detector = await fitted(name, halves, given);
    const scores = await detector.score(halves);
    expect(collapse(scores, detector.resolution(scores))).toMatch(/^collapsed: /);
  });

  test('though rounding tells them apart', async () => {
    const detector = await fitted('oc-svm', halves);
    const noise = Float64Array.of(-5.551115123125783e-16, 3.3306690738754696e-16);
    expect(collapse(noise, detector.resolution(noise))).toContain('all anomaly scores lie within 8.9e-16');
  });
});

describe('a deep detector that maps all samples to one point has collapsed', () => {
  test.each(['deep-svdd', 'autoencoder'])('%s', async (name) => {
    const { detector: usually, restore } = await fitAndSave(name, usual);
    const { weights, ...state } = await usually.state();
    const constant = weights?.map((layer) =>
      Object.fromEntries(
        Object.entries(layer).map(([key, values]) => [
          key,
          key === 'kernel' ? values.map((value) => value * 1e-9) : values,
        ]),
      ),
    );
    const detector = restore({ ...state, weights: constant });
    // An autoencoder that makes the same of all is no use where all are the same.
    const samples = name === 'autoencoder' ? usual.map((_, i) => 0.25 + (i % 4) * 1e-8) : usual;
    const scores = await detector.score(samples);
    expect(collapse(scores, detector.resolution(scores))).toMatch(/^collapsed: /);
  });
});
