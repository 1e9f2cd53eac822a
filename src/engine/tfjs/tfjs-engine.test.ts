import { beforeAll, describe, expect, test } from '@jest/globals';
import { reconstructionObjective } from '../../detectors/autoencoder.js';
import { softBoundaryObjective } from '../../detectors/deep-svdd.js';
import { initialWeights } from '../../networks/initialize.js';
import { randomStream } from '../../random.js';
import type { Engine } from '../engine.js';
import {
  LAYER_CASES,
  LAYER_TOLERANCE,
  layerDifference,
  TRAINING_CASES,
  TRAINING_TOLERANCE,
  trainingDifference,
} from '../testing/agreement.js';
import { openBackend } from './backends.js';
import type { TensorFlow } from './tensorflow.js';
import { createTfjsEngine } from './tfjs-engine.js';

let tf: TensorFlow;
let engine: Engine;
beforeAll(async () => {
  const backend = await openBackend('tfjs-cpu');
  tf = backend.tf;
  engine = createTfjsEngine(backend);
});

describe('each layer agrees with plain loops in double precision, forward and back', () => {
  test.each(LAYER_CASES)('%s', async (_name, input, layer) => {
    const { output, inputGradient, kernelGradient, biasGradient } = await layerDifference(tf, input, layer);
    expect(output).toBeLessThan(LAYER_TOLERANCE.output);
    expect(inputGradient).toBeLessThan(LAYER_TOLERANCE.inputGradient);
    expect(kernelGradient).toBeLessThan(LAYER_TOLERANCE.kernelGradient);
    expect(biasGradient).toBeLessThan(LAYER_TOLERANCE.biasGradient);
  });
});

describe('training agrees with the native engine', () => {
  test.each(Object.keys(TRAINING_CASES))('%s', async (name) => {
    const { loss, weights, outputs } = await trainingDifference(engine, TRAINING_CASES[name]);
    expect(loss).toBeLessThan(TRAINING_TOLERANCE);
    expect(weights).toBeLessThan(TRAINING_TOLERANCE);
    expect(outputs).toBeLessThan(TRAINING_TOLERANCE);
  });
});

test('training leaves no tensors behind, and a model none at all', async () => {
  const before = tf.memory().numTensors;
  const [network, samples] = [
    TRAINING_CASES['reconstruction on a table'].network,
    new Float32Array(21 * 40).fill(0.5),
  ];
  const model = engine.compile(network, initialWeights(network, randomStream(1, 'weights')));
  for (const objective of [
    reconstructionObjective([21]),
    softBoundaryObjective(new Float32Array(21), 0.1, 0),
  ]) {
    const training = model.train({
      samples,
      semiTargets: new Int8Array(40),
      objective,
      batchSize: 16,
      weightDecay: 0.1,
    });
    const order = Uint32Array.from({ length: 40 }, (_, i) => i);
    const counts: number[] = [];
    for (let epoch = 0; epoch < 3; epoch++) {
      await training.epoch(order, 1e-3);
      await model.predict(samples);
      await model.weights();
      counts.push(tf.memory().numTensors);
    }
    expect(new Set(counts).size).toBe(1);
  }
  model.dispose();
  expect(tf.memory().numTensors).toBe(before);
});
