import type { Tensor } from '@tensorflow/tfjs';
import { type SampleShape, sampleSize } from '../../data/dataset.js';
import { reconstructionObjective } from '../../detectors/autoencoder.js';
import { deepSadObjective } from '../../detectors/deep-sad.js';
import { objectives } from '../../detectors/testing/objectives.js';
import { runSchedule } from '../../detectors/training.js';
import { buildNetworks } from '../../networks/architectures.js';
import { initialWeights } from '../../networks/initialize.js';
import type { Layer, Network, Weights } from '../../networks/network.js';
import { layerShapes } from '../../networks/shapes.js';
import { randomStream } from '../../random.js';
import type { Engine } from '../engine.js';
import { createNativeEngine } from '../native/native-engine.js';
import type { Objective } from '../objective.js';
import { toChannelsFirst, toChannelsLast } from '../tfjs/layers.js';
import type { TensorFlow } from '../tfjs/tensorflow.js';
import { TfjsNetwork } from '../tfjs/tfjs-network.js';
import {
  biased,
  convolution,
  dense,
  leakyRelu,
  maxPooling,
  normalization,
  sigmoid,
  transposed,
  upSampling,
} from './layers.js';
import { type Batch, ReferenceModel } from './reference.js';

/** What an engine of TensorFlow.js is held against others by: cases, and how far apart the results of each are. */

/** One layer each, odd sizes included. */
export const LAYER_CASES: readonly [name: string, input: SampleShape, layer: Layer][] = [
  ['dense', [37], dense(19)],
  ['dense on an image', [3, 2, 5], dense(8)],
  ['dense with a bias', [5], biased(8)],
  ['convolution', [3, 6, 5], convolution(4, 5, 2)],
  ['convolution without padding', [2, 6, 5], convolution(3, 4, 0)],
  ['convolution wider than its input', [2, 2, 3], convolution(5, 5, 2)],
  ['transposed convolution', [5, 6, 4], transposed(3, 5, 2)],
  ['transposed convolution that shrinks', [4, 7, 6], transposed(8, 5, 3)],
  ['batch normalization of features', [7], normalization],
  ['batch normalization of an image', [3, 5, 3], normalization],
  ['activation', [4, 3, 3], leakyRelu],
  ['pooling with an odd last row and column', [2, 5, 7], maxPooling],
  ['up-sampling', [3, 3, 4], upSampling],
  ['reshaping of a vector to an image', [12], { type: 'reshape', shape: [3, 2, 2] }],
  ['sigmoid', [11], sigmoid],
];

/** How far a layer's results and gradients are from those of plain loops in double precision. */
export interface LayerDifference {
  readonly output: number;
  readonly inputGradient: number;
  readonly kernelGradient: number;
  readonly biasGradient: number;
}

/** What single precision allows. */
export const LAYER_TOLERANCE: LayerDifference = {
  output: 5e-6,
  inputGradient: 2e-5,
  kernelGradient: 1e-5,
  biasGradient: 1e-5,
};

/** Computes one layer, forward and back, with TensorFlow.js and with plain loops; largest differences, by the largest value. */
export async function layerDifference(
  tf: TensorFlow,
  input: SampleShape,
  layer: Layer,
): Promise<LayerDifference> {
  const network: Network = { input, layers: [layer] };
  const random = randomStream(1, JSON.stringify(layer));
  const draw = (shape: SampleShape): Batch =>
    Array.from({ length: 5 }, () =>
      Float64Array.from({ length: sampleSize(shape) }, () => Math.fround(random.uniform(-1, 1))),
    );
  const weights = initialWeights(network, random);
  const output = layerShapes(network)[1];
  const batch = draw(input);
  const weighting = draw(output);
  const [pass] = new ReferenceModel(network, weights).forward(batch, true);
  const expected = pass.backward(weighting);

  const model = new TfjsNetwork(tf, network, weights);
  const onDevice = (values: Batch, shape: SampleShape) =>
    toChannelsLast(tf, tf.tensor2d(values.map((sample) => [...sample])), shape);
  const measured: Tensor[] = [];
  const found = tf.tidy(() => {
    const trained = model.parameters.trainedTensors();
    const forward = (...[first, ...rest]: Tensor[]) =>
      model.forward(first, rest, ({ mean, variance }) => measured.push(mean, variance));
    const x = onDevice(batch, input);
    const [inputGradient, kernelGradient, biasGradient] = tf.grads(forward)(
      [x, ...trained],
      onDevice(weighting, output),
    );
    return [
      toChannelsFirst(tf, forward(x, ...trained), output),
      toChannelsFirst(tf, inputGradient, input),
      ...(kernelGradient ? [inPyTorchsOrder(tf, kernelGradient, layer, input)] : []),
      ...(biasGradient ? [biasGradient] : []),
    ];
  });
  const [outputValues, inputValues, kernelValues, biasValues] = await Promise.all(
    found.map((tensor) => tensor.data()),
  );
  tf.dispose([...found, ...measured]);
  model.dispose();
  return {
    output: difference(
      outputValues,
      pass.output.flatMap((sample) => [...sample]),
    ),
    inputGradient: difference(
      inputValues,
      expected.input.flatMap((sample) => [...sample]),
    ),
    kernelGradient: kernelValues ? difference(kernelValues, [...(expected.kernel as Float64Array)]) : 0,
    biasGradient: biasValues ? difference(biasValues, [...(expected.bias as Float64Array)]) : 0,
  };
}

/** A kernel of TensorFlow, [y][x][b][a], as [a][b][y][x]. */
function inPyTorchsOrder(tf: TensorFlow, kernel: Tensor, layer: Layer, input: SampleShape): Tensor {
  if (layer.type !== 'dense') return tf.transpose(kernel, [3, 2, 0, 1]);
  const [channels, height, width] = input.length === 3 ? input : [input[0], 1, 1];
  return tf.transpose(kernel.reshape([height, width, channels, layer.units]), [3, 2, 0, 1]);
}

function difference(found: ArrayLike<number>, expected: readonly number[]): number {
  if (found.length !== expected.length) return Number.POSITIVE_INFINITY;
  let [size, largest] = [1e-3, 0];
  for (const [i, value] of expected.entries()) {
    size = Math.max(size, Math.abs(value));
    largest = Math.max(largest, Math.abs(found[i] - value));
  }
  return largest / size;
}

/** Training steps to be taken by two engines. */
export interface TrainingCase {
  readonly network: Network;
  readonly objective: Objective;
  readonly batchSize: number;
  readonly steps: number;
}

const CENTER = Float32Array.of(0.3, -0.4, 0.1, 0.2, -0.1, 0.5, -0.6, 0.15);

const TABLE: SampleShape = [21];
const IMAGE: SampleShape = [2, 4, 4];
const MNIST: SampleShape = [1, 28, 28];
const { encoder: tableEncoder, decoder: tableDecoder } = buildNetworks(
  { network: 'mlp', hiddenSizes: [32, 16], representationSize: 8 },
  TABLE,
);
const mnist = buildNetworks({ network: 'mnist', hiddenSizes: [], representationSize: 32 }, MNIST);
const imageEncoder: readonly Layer[] = [
  convolution(3, 5, 2),
  normalization,
  leakyRelu,
  maxPooling,
  dense(16),
  normalization,
  leakyRelu,
  dense(8),
];
const imageDecoder: readonly Layer[] = [
  { type: 'reshape', shape: [2, 2, 2] },
  leakyRelu,
  transposed(3, 5, 2),
  normalization,
  leakyRelu,
  upSampling,
  transposed(2, 5, 2),
  sigmoid,
];

const small = { batchSize: 16, steps: 20 };

/** The network whose outputs an objective compares. */
function tableNetwork({ target }: Objective): Network {
  const after = target === 'input' ? tableDecoder.layers : target === 'none' ? [biased(1)] : [];
  return { input: TABLE, layers: [...tableEncoder.layers, ...after] };
}

/** Every objective, and small networks of every kind of layer for 20 steps; MNIST's for fewer, as plain JavaScript is slow. */
export const TRAINING_CASES: Readonly<Record<string, TrainingCase>> = {
  ...Object.fromEntries(
    Object.entries(objectives(CENTER, TABLE)).map(([name, objective]) => [
      `${name} on a table`,
      { network: tableNetwork(objective), objective, ...small },
    ]),
  ),
  'Deep SAD on images': {
    network: { input: IMAGE, layers: imageEncoder },
    objective: deepSadObjective(CENTER, 1),
    ...small,
  },
  'autoencoder of images': {
    network: { input: IMAGE, layers: [...imageEncoder, ...imageDecoder] },
    objective: reconstructionObjective(IMAGE),
    ...small,
  },
  'autoencoder of MNIST': {
    network: { input: MNIST, layers: [...mnist.encoder.layers, ...mnist.decoder.layers] },
    objective: reconstructionObjective(MNIST),
    batchSize: 3,
    steps: 1,
  },
};

/** How far an engine's training is from the native engine's. */
export interface TrainingDifference {
  /** Largest of the steps, by the native engine's loss. */
  readonly loss: number;
  /** Largest of all kernels and running statistics: the norm of the difference, by that of the native engine's. */
  readonly weights: number;
  /** Largest of outputs in evaluation mode, by the largest output. */
  readonly outputs: number;
}

/** For each of them. */
export const TRAINING_TOLERANCE = 1e-4;

/** Takes the same steps from the same weights on an engine and on the native one. */
export async function trainingDifference(
  engine: Engine,
  trainingCase: TrainingCase,
): Promise<TrainingDifference> {
  const [found, expected] = [
    await train(engine, trainingCase),
    await train(createNativeEngine(), trainingCase),
  ];
  return {
    loss: Math.max(...found.losses.map((loss, i) => Math.abs(loss / expected.losses[i] - 1))),
    weights: weightsDifference(found.weights, expected.weights),
    outputs: difference(found.outputs, [...expected.outputs]),
  };
}

const SAMPLES = 40;

function begin(engine: Engine, { network, objective, batchSize }: TrainingCase) {
  const random = randomStream(5, 'agreement');
  const model = engine.compile(network, initialWeights(network, random));
  const size = sampleSize(network.input);
  const samples = Float32Array.from({ length: SAMPLES * size }, () => random.uniform(0, 1));
  const training = model.train({
    samples,
    semiTargets: Int8Array.from({ length: SAMPLES }, (_, i) => (i % 5) - 1).map((y) => (y > 1 ? 0 : y)),
    objective,
    batchSize,
    weightDecay: 0.5e-3,
  });
  return { model, training, samples, size };
}

/** What becomes of two epochs at a learning rate after whose first step nothing is finite. */
export async function endOfDiverging(engine: Engine, trainingCase: TrainingCase): Promise<string> {
  const { model, training } = begin(engine, trainingCase);
  const schedule = { epochs: 2, learningRate: 1e25, learningRateMilestones: [], weightDecay: 0.5e-3 };
  const random = randomStream(5, 'divergence');
  try {
    const { batchSize } = trainingCase;
    await runSchedule([model], training, SAMPLES, batchSize, schedule, random, 'training', () => {});
    return 'trained';
  } catch (error) {
    return (error as Error).message;
  } finally {
    model.dispose();
  }
}

async function train(engine: Engine, trainingCase: TrainingCase) {
  const { batchSize, steps } = trainingCase;
  const { model, training, samples, size } = begin(engine, trainingCase);
  const losses: number[] = [];
  for (let step = 0; step < steps; step++) {
    const order = Uint32Array.from({ length: batchSize }, (_, i) => (7 * step + i) % SAMPLES);
    losses.push(await training.epoch(order, 1e-3));
  }
  const outputs = await model.predict(samples.subarray(0, 3 * size));
  const weights = await model.weights();
  model.dispose();
  return { losses, outputs, weights };
}

function weightsDifference(found: Weights, expected: Weights): number {
  const norm = (values: Float32Array) => Math.sqrt(values.reduce((sum, value) => sum + value ** 2, 0));
  const differences = expected.flatMap((layer, i) =>
    Object.entries(layer).map(
      ([name, values]) => norm(values.map((value, j) => value - found[i][name][j])) / norm(values),
    ),
  );
  return Math.max(...differences);
}
