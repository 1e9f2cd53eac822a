import { beforeAll, describe, expect, test } from '@jest/globals';
import * as tf from '@tensorflow/tfjs';
import { type SampleShape, sampleSize } from '../data/dataset.js';
import { oneClassObjective } from '../detectors/deep-svdd.js';
import { createNativeEngine } from '../engine/native/native-engine.js';
import { type Architecture, buildNetworks } from '../networks/architectures.js';
import { initialWeights } from '../networks/initialize.js';
import type { Network, Weights } from '../networks/network.js';
import { layerShapes } from '../networks/shapes.js';
import { permutation, type Random, randomStream } from '../random.js';
import { fromLayersModel, type LayersModel, toLayersModel } from './layers-model.js';
import { inverse, transpose } from './transpose.js';

const COUNT = 3;

const engine = createNativeEngine();

function uniformSamples(network: Network, count: number, random: Random): Float32Array {
  return Float32Array.from({ length: count * sampleSize(network.input) }, () => random.uniform(0, 1));
}

/** Weights after some steps of training, when running statistics have become those of the layers' values. */
async function trainedWeights(network: Network, random: Random): Promise<Weights> {
  const model = engine.compile(network, initialWeights(network, random));
  const [count, batchSize] = [40, 4];
  const output = layerShapes(network).at(-1) ?? network.input;
  const training = model.train({
    samples: uniformSamples(network, count, random),
    semiTargets: new Int8Array(count),
    objective: oneClassObjective(new Float32Array(sampleSize(output))),
    batchSize,
    weightDecay: 0,
  });
  for (let epoch = 0; epoch < 4; epoch++) await training.epoch(permutation(count, random), 1e-4);
  return model.weights();
}

const CHANNELS_LAST = [0, 2, 3, 1];
const withCount = (shape: SampleShape) => [COUNT, ...shape];

/** What TensorFlow.js alone makes of samples, with images turned channels last and back. */
async function predictByTensorFlow(network: Network, model: LayersModel, samples: Float32Array) {
  const { modelTopology, weightsManifest } = JSON.parse(model.json);
  const weightData = model.weights.buffer as ArrayBuffer;
  const weightSpecs = weightsManifest[0].weights;
  const loaded = await tf.loadLayersModel(tf.io.fromMemory({ modelTopology, weightSpecs, weightData }));
  return tf.tidy(() => {
    const input = tf.tensor(samples, withCount(network.input));
    const output = loaded.predict(
      network.input.length === 3 ? tf.transpose(input, CHANNELS_LAST) : input,
    ) as tf.Tensor;
    const ours = output.rank === 4 ? tf.transpose(output, inverse(CHANNELS_LAST)) : output;
    return ours.dataSync() as Float32Array;
  });
}

/** Far quicker than comparing the elements one by one. */
const same = (a: Float32Array, b: Float32Array) =>
  Buffer.from(a.buffer, a.byteOffset, a.byteLength).equals(Buffer.from(b.buffer, b.byteOffset, b.byteLength));

const IMAGE: SampleShape = [1, 28, 28];
const CIFAR: SampleShape = [3, 32, 32];
const architecture = (network: Architecture['network'], representationSize: number): Architecture => ({
  network,
  hiddenSizes: network === 'mlp' ? [7, 5] : [],
  representationSize,
});

function families(): [name: string, network: Network][] {
  const built: [Architecture, SampleShape][] = [
    [architecture('mnist', 32), IMAGE],
    [architecture('fashion-mnist', 64), IMAGE],
    [architecture('cifar10', 128), CIFAR],
    [architecture('mlp', 3), [9]],
  ];
  return built.flatMap(([chosen, input]): [string, Network][] => {
    const { encoder, decoder } = buildNetworks(chosen, input);
    const autoencoder = { input, layers: [...encoder.layers, ...decoder.layers] };
    return [
      [`the ${chosen.network} encoder`, encoder],
      [`the ${chosen.network} autoencoder`, autoencoder],
    ];
  });
}

const OTHER: [name: string, network: Network][] = [
  [
    'dense layers with biases',
    {
      input: [2, 3, 4],
      layers: [
        { type: 'dense', units: 5, bias: true },
        { type: 'leakyRelu', slope: 0 },
        { type: 'dense', units: 3, bias: true },
      ],
    },
  ],
  [
    'convolutions of other paddings',
    {
      input: [2, 7, 9],
      layers: [
        { type: 'convolution', filters: 3, kernel: 5, padding: 1 },
        { type: 'transposedConvolution', filters: 2, kernel: 3, padding: 0 },
        { type: 'maxPooling' },
      ],
    },
  ],
  [
    'an image reshaped to another and to a vector',
    {
      input: [2, 4, 6],
      layers: [
        { type: 'reshape', shape: [4, 6, 2] },
        { type: 'convolution', filters: 3, kernel: 3, padding: 1 },
        { type: 'reshape', shape: [36] },
      ],
    },
  ],
];

describe.each([...families(), ...OTHER])('%s', (_, network) => {
  const random = randomStream(1, 'layers model');
  let weights: Weights;
  let model: LayersModel;
  beforeAll(async () => {
    weights = await trainedWeights(network, random);
    model = toLayersModel(network, weights);
  });

  test('computes in TensorFlow.js what it computes here', async () => {
    const samples = uniformSamples(network, COUNT, random);
    const expected = await engine.compile(network, weights).predict(samples);
    const found = await predictByTensorFlow(network, model, samples);
    expect(found).toHaveLength(expected.length);
    const range = Math.max(...expected) - Math.min(...expected);
    expect(range).toBeGreaterThan(1e-3);
    expect(Math.max(...expected.map((value, i) => Math.abs(value - found[i]))) / range).toBeLessThan(1e-5);
  });

  test('comes back with the same weights', () => {
    const restored = fromLayersModel(network, model.weights) ?? [];
    for (const [i, layer] of weights.entries()) {
      expect(Object.keys(restored[i])).toEqual(Object.keys(layer));
      for (const [key, values] of Object.entries(layer)) expect(same(restored[i][key], values)).toBe(true);
    }
  });

  test('does not come back from a file of another length', () => {
    expect(fromLayersModel(network, model.weights.subarray(4))).toBeUndefined();
  });
});

test('a transposition is undone by its inverse', () => {
  const values = Float32Array.from({ length: 24 }, (_, i) => i);
  expect([...transpose(values, [2, 3, 4], [2, 0, 1])].slice(0, 4)).toEqual([0, 4, 8, 12]);
  expect(transpose(transpose(values, [2, 3, 4], [2, 0, 1]), [4, 2, 3], inverse([2, 0, 1]))).toEqual(values);
});
