import { describe, expect, test } from '@jest/globals';
import type { SampleShape } from '../../data/dataset.js';
import { sampleSize } from '../../data/dataset.js';
import { initialWeights } from '../../networks/initialize.js';
import type { Layer } from '../../networks/network.js';
import { layerShapes } from '../../networks/shapes.js';
import { randomStream } from '../../random.js';
import { fromGroups, intoGroups } from '../testing/groups.js';
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
} from '../testing/layers.js';
import { type Batch, ReferenceModel } from '../testing/reference.js';
import { compileStages } from './compile.js';
import { instructionSets, loadKernels } from './kernels.js';
import { Parameters } from './parameters.js';

/** Layers that compile into one stage each, odd sizes and remainders of every block width included. */
const CASES: [name: string, input: SampleShape, layers: Layer[]][] = [
  ['dense', [37], [dense(19)]],
  ['dense to one unit', [5], [dense(1)]],
  ['dense on an image', [3, 2, 5], [dense(8)]],
  ['dense with a bias', [5], [biased(19)]],
  ['dense with a bias to one unit', [3, 2, 5], [biased(1)]],
  ['convolution 5 × 5 of one channel', [1, 9, 7], [convolution(8, 5, 2)]],
  ['convolution to 15 channels', [3, 6, 5], [convolution(15, 5, 2)]],
  ['convolution 4 × 4 without padding', [2, 6, 5], [convolution(3, 4, 0)]],
  ['convolution wider than its input', [2, 2, 3], [convolution(5, 5, 2)]],
  ['convolution 7 × 7', [2, 8, 9], [convolution(4, 7, 3)]],
  ['convolution 1 × 1', [9, 3, 3], [convolution(2, 1, 0)]],
  ['convolution 1 × 1 with padding', [2, 3, 2], [convolution(3, 1, 1)]],
  ['convolution of many channels', [17, 9, 6], [convolution(13, 5, 2)]],
  ['convolution with fewer rows than a tile', [5, 2, 7], [convolution(6, 5, 2)]],
  ['convolution 3 × 3 of many channels', [6, 7, 5], [convolution(9, 3, 1)]],
  ['convolution over wide rows', [9, 5, 14], [convolution(15, 5, 2)]],
  ['convolution over wide rows to one channel', [2, 3, 17], [convolution(1, 5, 2)]],
  ['transposed convolution of many channels', [10, 8, 8], [transposed(12, 5, 2)]],
  ['transposed convolution', [5, 6, 4], [transposed(3, 5, 2)]],
  ['transposed convolution that shrinks', [4, 7, 6], [transposed(8, 5, 3)]],
  ['up-sampling and transposed convolution', [2, 4, 4], [upSampling, transposed(4, 5, 2)]],
  ['up-sampling and a shrinking transposed convolution', [4, 4, 5], [upSampling, transposed(9, 5, 3)]],
  ['up-sampling and transposed convolution of many channels', [12, 5, 3], [upSampling, transposed(10, 5, 2)]],
  ['up-sampling and transposed convolution to one channel', [8, 3, 5], [upSampling, transposed(1, 5, 2)]],
  ['up-sampling and transposed convolution to three channels', [9, 4, 7], [upSampling, transposed(3, 5, 2)]],
  [
    'up-sampling and a shrinking transposed convolution to two channels',
    [3, 5, 4],
    [upSampling, transposed(2, 5, 3)],
  ],
  ['up-sampling and convolution', [3, 3, 4], [upSampling, convolution(6, 3, 1)]],
  ['up-sampling and convolution to an odd extent', [5, 3, 4], [upSampling, convolution(6, 4, 1)]],
  ['batch normalization of features', [7], [normalization]],
  ['batch normalization of an image', [3, 5, 3], [normalization]],
  ['normalization, activation', [3, 5, 3], [normalization, leakyRelu]],
  ['normalization, activation of features', [10], [normalization, leakyRelu]],
  ['normalization, activation of few positions', [6, 1, 3], [normalization, leakyRelu]],
  ['normalization, activation, pooling', [3, 6, 4], [normalization, leakyRelu, maxPooling]],
  ['pooling with an odd last row and column', [2, 5, 7], [normalization, leakyRelu, maxPooling]],
  ['activation', [4, 3, 3], [leakyRelu]],
  ['pooling alone', [2, 5, 4], [maxPooling]],
  ['sigmoid', [11], [sigmoid]],
];

/** Those wide enough for minimal filtering along both axes. */
const WIDE_CASES: typeof CASES = [
  ['convolution 5 × 5 between more than 32 channels', [33, 9, 8], [convolution(35, 5, 2)]],
  ['convolution 5 × 5 of 17 channels to more than 32', [17, 9, 8], [convolution(33, 5, 2)]],
  ['convolution 5 × 5 of more than 32 channels to 17', [34, 8, 9], [convolution(17, 5, 2)]],
  ['convolution 5 × 5 that shrinks', [32, 8, 11], [convolution(33, 5, 1)]],
  ['convolution 3 × 3 between more than 32 channels', [35, 6, 5], [convolution(33, 3, 1)]],
  [
    'up-sampling and transposed convolution between 32 channels',
    [33, 4, 5],
    [upSampling, transposed(33, 5, 2)],
  ],
  [
    'up-sampling and transposed convolution of 32 channels to three',
    [32, 5, 4],
    [upSampling, transposed(3, 5, 2)],
  ],
];

/** Those that choose between values, of which several may be the largest. */
const POOLING_CASES = CASES.filter(([, , layers]) => layers.includes(maxPooling));

/** Largest difference, relative to the largest value. */
function difference(found: Batch | Float32Array, expected: Batch | Float64Array): number {
  const a = flat(found);
  const b = flat(expected);
  expect(a.length).toBe(b.length);
  const largest = (values: readonly number[]) =>
    values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  return largest(a.map((value, i) => value - b[i])) / Math.max(1e-3, largest(b));
}

function flat(values: Batch | Float32Array | Float64Array): number[] {
  return Array.isArray(values) ? values.flatMap((sample) => [...sample]) : [...values];
}

describe.each(instructionSets())(
  '%s kernels agree with plain loops in double precision',
  (instructionSet) => {
    describe.each([1, 3, 16, 21, 64])('batch of %d', (batchSize) => {
      test.each(CASES)('%s', (_, input, layers) => compareStage(instructionSet, batchSize, input, layers));

      test.each(POOLING_CASES)('%s, of inputs of which many are equal', (_, input, layers) =>
        compareStage(instructionSet, batchSize, input, layers, (value) => Math.round(2 * value) / 2),
      );
    });

    describe.each([1, 21])('batch of %d', (batchSize) => {
      test.each(WIDE_CASES)('%s', (_, input, layers) =>
        compareStage(instructionSet, batchSize, input, layers),
      );
    });
  },
);

type PassedStage = [
  instructionSet: string,
  batchSize: number,
  input: SampleShape,
  layers: Layer[],
  rounded?: (value: number) => number,
];

/** What a stage computes of random samples, rounded, and of random gradients, and what plain loops in double precision do. */
function passStage(...[instructionSet, batchSize, input, layers, rounded = Math.fround]: PassedStage) {
  const { kernels } = loadKernels(instructionSet);
  const network = { input, layers };
  const random = randomStream(batchSize, JSON.stringify(layers));
  const draw = (size: number) =>
    Float64Array.from({ length: size }, () => Math.fround(random.uniform(-1, 1)));
  const weights = initialWeights(network, random);
  const outputShape = layerShapes(network)[layers.length];
  const batch: Batch = Array.from({ length: batchSize }, () => draw(sampleSize(input)).map(rounded));
  const outputGradient: Batch = batch.map(() => draw(sampleSize(outputShape)));

  const reference = new ReferenceModel(network, weights);
  const passes = reference.forward(batch, true);
  let inputGradient = outputGradient;
  let weightGradient = new Float64Array();
  for (let i = passes.length - 1; i >= 0; i--) {
    const gradients = passes[i].backward(inputGradient);
    inputGradient = gradients.input;
    const { kernel, bias = [] } = gradients;
    if (kernel) weightGradient = Float64Array.of(...kernel, ...bias);
  }

  const parameters = new Parameters(kernels, weights);
  const gradient = new Float32Array(parameters.values.length);
  const pipeline = compileStages(kernels, network, parameters, gradient, batchSize);
  const [stage] = pipeline.stages;
  expect(pipeline.stages).toHaveLength(1);
  intoGroups(batch, pipeline.input);
  stage.loadWeights?.();
  stage.forward(batchSize, true);
  const output = fromGroups(stage.output, batchSize, sampleSize(outputShape));

  const groups = new Float32Array(stage.output.length);
  // A loss gives padding lanes no gradient.
  intoGroups(outputGradient, groups, 0);
  const wayBack = stage.differentiate(groups, true);
  wayBack.backward(batchSize);
  return {
    batch,
    outputGradient,
    weights,
    reference,
    parameters,
    found: {
      output,
      inputGradient: fromGroups(wayBack.inputGradient as Float32Array, batchSize, sampleSize(input)),
      weightGradient: gradient,
    },
    expected: { output: passes[passes.length - 1].output, inputGradient, weightGradient },
  };
}

function compareStage(...stage: PassedStage): void {
  const { found, expected, reference, parameters } = passStage(...stage);
  expect(difference(found.output, expected.output)).toBeLessThan(5e-6);
  expect(difference(found.inputGradient, expected.inputGradient)).toBeLessThan(2e-5);
  const { weightGradient } = expected;
  if (weightGradient.length > 0) expect(difference(found.weightGradient, weightGradient)).toBeLessThan(1e-5);

  reference.states.forEach(({ mean, variance }, i) => {
    if (mean) expect(difference(parameters.layers[i].mean, mean)).toBeLessThan(5e-6);
    if (variance) expect(difference(parameters.layers[i].variance, variance)).toBeLessThan(5e-6);
  });
}

// Along one axis with fewer than 16 channels on a side, or fewer than 32 with 3 taps; along both with more, with 16 those of the gradient by
// the weights alone.
test.each([
  [1, 8, 5, 28],
  [3, 32, 5, 32],
  [8, 4, 5, 14],
  [4, 4, 3, 8],
  [32, 32, 3, 8],
  [32, 32, 5, 8],
  [16, 32, 5, 8],
  [32, 16, 5, 8],
])(
  'filtering loses at most four times what direct sums do: %d channels to %d, %d taps, planes of %d',
  (channels, filters, taps, extent) => {
    const input: SampleShape = [channels, extent, extent];
    const layers = [convolution(filters, taps, (taps - 1) / 2)];
    const { batch, outputGradient, weights, found, expected } = passStage(
      instructionSets()[0],
      32,
      input,
      layers,
    );

    const kernel = weights[0].kernel as Float32Array;
    const output = outputGradient.map(({ length }) => new Float32Array(length));
    const inputGradient = batch.map(({ length }) => new Float32Array(length));
    const weightGradient = new Float32Array(kernel.length);
    // Term by term, each sum rounded to single precision.
    for (let weight = 0; weight < kernel.length; weight++) {
      const [o, i] = [Math.floor(weight / taps ** 2 / channels), Math.floor(weight / taps ** 2) % channels];
      const shiftY = (Math.floor(weight / taps) % taps) - (taps - 1) / 2;
      const shiftX = (weight % taps) - (taps - 1) / 2;
      for (let y = Math.max(0, -shiftY); y < Math.min(extent, extent - shiftY); y++) {
        for (let x = Math.max(0, -shiftX); x < Math.min(extent, extent - shiftX); x++) {
          const to = (o * extent + y) * extent + x;
          const from = (i * extent + y + shiftY) * extent + x + shiftX;
          for (let s = 0; s < batch.length; s++) {
            output[s][to] += kernel[weight] * batch[s][from];
            inputGradient[s][from] += kernel[weight] * outputGradient[s][to];
            weightGradient[weight] += outputGradient[s][to] * batch[s][from];
          }
        }
      }
    }
    const direct = {
      output: output.map((values) => Float64Array.from(values)),
      inputGradient: inputGradient.map((values) => Float64Array.from(values)),
      weightGradient,
    };
    for (const name of ['output', 'inputGradient', 'weightGradient'] as const) {
      const [lost, lostDirectly] = [found, direct].map((values) => difference(values[name], expected[name]));
      expect(lost).toBeLessThan(4 * lostDirectly);
    }
  },
);
