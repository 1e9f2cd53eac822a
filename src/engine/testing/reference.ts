import type { SampleShape } from '../../data/dataset.js';
import { sampleSize } from '../../data/dataset.js';
import { type Layer, type Network, TRAINED_WEIGHTS, type Weights } from '../../networks/network.js';
import { layerShapes } from '../../networks/shapes.js';
import type { TrainingTask } from '../engine.js';
import type { Arithmetic, Follows, Objective } from '../objective.js';

/**
 * The networks once more, as plain loops in double precision over one sample after the other: what engines are tested
 * against. Nothing here is shared with them but what describes a network, with the shapes of its layers, and an objective.
 */

/** Of batch normalization. */
const EPSILON = 1e-4;
const MOMENTUM = 0.1;

/** Of plain numbers. */
const ARITHMETIC: Arithmetic<number> = {
  constant: (value) => value,
  add: (a, b) => a + b,
  multiply: (a, b) => a * b,
  divide: (a, b) => a / b,
  softplus: (a) => Math.max(a, 0) + Math.log1p(Math.exp(-Math.abs(a))),
  sigmoid,
  bySign: (value, negative, zero, positive) => [negative, zero, positive][1 + Math.sign(value)],
};

function sigmoid(x: number): number {
  return 1 / (1 + Math.exp(-x));
}

/** A batch of samples, each a flat array in channel, row, column order. */
export type Batch = Float64Array[];

export interface LayerState {
  readonly kernel?: Float64Array;
  readonly bias?: Float64Array;
  readonly mean?: Float64Array;
  readonly variance?: Float64Array;
}

type TrainedWeight = (typeof TRAINED_WEIGHTS)[number];

interface LayerPass {
  readonly output: Batch;
  /** Gradients by the input and by the trained weights, given that by the output. */
  backward(gradient: Batch): { input: Batch } & Partial<Record<TrainedWeight, Float64Array>>;
}

/** One layer on a batch. In training, batch statistics are used and the running ones updated. */
export function passLayer(
  layer: Layer,
  state: LayerState,
  input: Batch,
  from: SampleShape,
  to: SampleShape,
  training: boolean,
): LayerPass {
  switch (layer.type) {
    case 'dense':
      return passDense(state.kernel as Float64Array, state.bias, input, layer.units);
    case 'convolution':
    case 'transposedConvolution':
      return passConvolution(layer, state.kernel as Float64Array, input, from, to);
    case 'batchNormalization':
      return passBatchNormalization(state, input, from, training);
    case 'leakyRelu':
      return passEach(
        input,
        (x) => (x > 0 ? x : x * layer.slope),
        (x) => (x > 0 ? 1 : layer.slope),
      );
    case 'sigmoid':
      return passEach(input, sigmoid, (x) => sigmoid(x) * (1 - sigmoid(x)));
    case 'maxPooling':
      return passMaxPooling(input, from, to);
    case 'upSampling':
      return passUpSampling(input, from, to);
    case 'reshape':
      return { output: input, backward: (gradient) => ({ input: gradient }) };
  }
}

const zeros = (batch: number, size: number): Batch =>
  Array.from({ length: batch }, () => new Float64Array(size));

function passEach(input: Batch, value: (x: number) => number, derivative: (x: number) => number): LayerPass {
  return {
    output: input.map((sample) => sample.map(value)),
    backward: (gradient) => ({ input: gradient.map((g, s) => g.map((d, i) => d * derivative(input[s][i]))) }),
  };
}

function passDense(
  kernel: Float64Array,
  bias: Float64Array | undefined,
  input: Batch,
  units: number,
): LayerPass {
  const size = input[0].length;
  const output = zeros(input.length, units);
  input.forEach((sample, s) => {
    for (let o = 0; o < units; o++) {
      output[s][o] = bias?.[o] ?? 0;
      for (let i = 0; i < size; i++) output[s][o] += kernel[o * size + i] * sample[i];
    }
  });
  return {
    output,
    backward: (gradient) => {
      const kernelGradient = new Float64Array(kernel.length);
      const inputGradient = zeros(input.length, size);
      input.forEach((sample, s) => {
        for (let o = 0; o < units; o++) {
          for (let i = 0; i < size; i++) {
            kernelGradient[o * size + i] += gradient[s][o] * sample[i];
            inputGradient[s][i] += gradient[s][o] * kernel[o * size + i];
          }
        }
      });
      const biasGradient = bias?.map((_, o) => gradient.reduce((sum, g) => sum + g[o], 0));
      return {
        input: inputGradient,
        kernel: kernelGradient,
        ...(biasGradient && { bias: biasGradient }),
      };
    },
  };
}

function passConvolution(
  layer: Extract<Layer, { type: 'convolution' | 'transposedConvolution' }>,
  kernel: Float64Array,
  input: Batch,
  from: SampleShape,
  to: SampleShape,
): LayerPass {
  const [inputs, height, width] = from as readonly [number, number, number];
  const [outputs, outHeight, outWidth] = to as readonly [number, number, number];
  const { kernel: size, padding } = layer;
  const transposed = layer.type === 'transposedConvolution';
  /** Calls `each` with every triple of positions that a product joins: in the output, the input and the kernel. */
  const products = (each: (out: number, at: number, weight: number) => void) => {
    for (let o = 0; o < outputs; o++) {
      for (let i = 0; i < inputs; i++) {
        for (let ky = 0; ky < size; ky++) {
          for (let kx = 0; kx < size; kx++) {
            for (let y = 0; y < outHeight; y++) {
              for (let x = 0; x < outWidth; x++) {
                const iy = transposed ? y + padding - ky : y - padding + ky;
                const ix = transposed ? x + padding - kx : x - padding + kx;
                if (iy < 0 || iy >= height || ix < 0 || ix >= width) continue;
                const weight = transposed ? i * outputs + o : o * inputs + i;
                each(
                  (o * outHeight + y) * outWidth + x,
                  (i * height + iy) * width + ix,
                  (weight * size + ky) * size + kx,
                );
              }
            }
          }
        }
      }
    }
  };
  const output = zeros(input.length, outputs * outHeight * outWidth);
  products((out, at, weight) => {
    for (let s = 0; s < input.length; s++) output[s][out] += kernel[weight] * input[s][at];
  });
  return {
    output,
    backward: (gradient) => {
      const kernelGradient = new Float64Array(kernel.length);
      const inputGradient = zeros(input.length, input[0].length);
      products((out, at, weight) => {
        for (let s = 0; s < input.length; s++) {
          kernelGradient[weight] += gradient[s][out] * input[s][at];
          inputGradient[s][at] += gradient[s][out] * kernel[weight];
        }
      });
      return { input: inputGradient, kernel: kernelGradient };
    },
  };
}

function passBatchNormalization(
  state: LayerState,
  input: Batch,
  shape: SampleShape,
  training: boolean,
): LayerPass {
  const channels = shape[0];
  const plane = sampleSize(shape) / channels;
  const count = input.length * plane;
  const output = zeros(input.length, input[0].length);
  const scales = new Float64Array(channels);
  const overChannel = (channel: number, each: (s: number, i: number) => void) => {
    for (let s = 0; s < input.length; s++) {
      for (let i = channel * plane; i < (channel + 1) * plane; i++) each(s, i);
    }
  };
  const runningMean = state.mean as Float64Array;
  const runningVariance = state.variance as Float64Array;
  for (let c = 0; c < channels; c++) {
    let mean = runningMean[c];
    let variance = runningVariance[c];
    if (training) {
      let sum = 0;
      overChannel(c, (s, i) => {
        sum += input[s][i];
      });
      mean = sum / count;
      let squares = 0;
      overChannel(c, (s, i) => {
        squares += (input[s][i] - mean) ** 2;
      });
      variance = squares / count;
      const unbiased = squares / Math.max(1, count - 1);
      runningMean[c] += MOMENTUM * (mean - runningMean[c]);
      runningVariance[c] += MOMENTUM * (unbiased - runningVariance[c]);
    }
    scales[c] = 1 / Math.sqrt(variance + EPSILON);
    overChannel(c, (s, i) => {
      output[s][i] = (input[s][i] - mean) * scales[c];
    });
  }
  return {
    output,
    backward: (gradient) => {
      const inputGradient = zeros(input.length, input[0].length);
      for (let c = 0; c < channels; c++) {
        let sum = 0;
        let product = 0;
        overChannel(c, (s, i) => {
          sum += gradient[s][i];
          product += gradient[s][i] * output[s][i];
        });
        overChannel(c, (s, i) => {
          inputGradient[s][i] = scales[c] * (gradient[s][i] - sum / count - (output[s][i] * product) / count);
        });
      }
      return { input: inputGradient };
    },
  };
}

function passMaxPooling(input: Batch, from: SampleShape, to: SampleShape): LayerPass {
  const [channels, height, width] = from as readonly [number, number, number];
  const [, outHeight, outWidth] = to as readonly [number, number, number];
  const winners = input.map(() => new Int32Array(channels * outHeight * outWidth));
  const output = zeros(input.length, channels * outHeight * outWidth);
  input.forEach((sample, s) => {
    for (let c = 0; c < channels; c++) {
      for (let y = 0; y < outHeight; y++) {
        for (let x = 0; x < outWidth; x++) {
          const corner = (c * height + 2 * y) * width + 2 * x;
          const window = [corner, corner + 1, corner + width, corner + width + 1];
          const at = (c * outHeight + y) * outWidth + x;
          winners[s][at] = window.reduce((best, i) => (sample[i] > sample[best] ? i : best));
          output[s][at] = sample[winners[s][at]];
        }
      }
    }
  });
  return {
    output,
    backward: (gradient) => {
      const inputGradient = zeros(input.length, input[0].length);
      gradient.forEach((g, s) => {
        g.forEach((d, i) => {
          inputGradient[s][winners[s][i]] += d;
        });
      });
      return { input: inputGradient };
    },
  };
}

function passUpSampling(input: Batch, from: SampleShape, to: SampleShape): LayerPass {
  const [, height, width] = from as readonly [number, number, number];
  const [channels, outHeight, outWidth] = to as readonly [number, number, number];
  const source = (i: number) => {
    const c = Math.floor(i / (outHeight * outWidth));
    const y = Math.floor(i / outWidth) % outHeight;
    return (c * height + (y >> 1)) * width + ((i % outWidth) >> 1);
  };
  const output = zeros(input.length, channels * outHeight * outWidth);
  output.forEach((sample, s) => {
    for (let i = 0; i < sample.length; i++) sample[i] = input[s][source(i)];
  });
  return {
    output,
    backward: (gradient) => {
      const inputGradient = zeros(input.length, input[0].length);
      gradient.forEach((g, s) => {
        g.forEach((d, i) => {
          inputGradient[s][source(i)] += d;
        });
      });
      return { input: inputGradient };
    },
  };
}

/** The number that a loss is a function of, for one sample, and its gradient by the outputs. */
export function measureOf(
  { target }: Objective,
  output: Float64Array,
  input: Float64Array,
): { value: number; gradient: Float64Array } {
  if (target === 'none') return { value: output[0], gradient: Float64Array.of(1) };
  const point = target === 'input' ? input : target.center;
  return {
    value: output.reduce((sum, x, i) => sum + (x - point[i]) ** 2, 0),
    gradient: output.map((x, i) => 2 * (x - point[i])),
  };
}

/** What a number that follows becomes after a batch with these squared distances: −r², r a quantile of the distances as numpy has it. */
function followed({ quantile }: Follows, squares: readonly number[]): number {
  const distances = squares.map(Math.sqrt).sort((a, b) => a - b);
  const place = quantile * (distances.length - 1);
  const [below, above] = [distances[Math.floor(place)], distances[Math.ceil(place)]];
  return -((below + (place % 1) * (above - below)) ** 2);
}

/** A network with its state, trained step by step. */
export class ReferenceModel {
  readonly states: LayerState[];
  private readonly shapes: SampleShape[];
  private readonly moments: Partial<Record<TrainedWeight, { first: Float64Array; second: Float64Array }>>[];
  private steps = 0;
  /** Those of the objective, at the present step. */
  private numbers: number[] | undefined;

  constructor(
    private readonly network: Network,
    weights: Weights,
  ) {
    this.shapes = layerShapes(network);
    this.states = weights.map((layer) =>
      Object.fromEntries(Object.entries(layer).map(([name, values]) => [name, Float64Array.from(values)])),
    );
    this.moments = this.states.map(() => ({}));
  }

  /** The passes of all layers. */
  forward(batch: Batch, training: boolean): LayerPass[] {
    const passes: LayerPass[] = [];
    this.network.layers.forEach((layer, i) => {
      const input = i === 0 ? batch : passes[i - 1].output;
      passes.push(passLayer(layer, this.states[i], input, this.shapes[i], this.shapes[i + 1], training));
    });
    return passes;
  }

  /** One step of Adam on a batch, by the same objective each time; returns its loss. */
  step(
    batch: Batch,
    semiTargets: number[],
    task: Pick<TrainingTask, 'objective' | 'weightDecay'>,
    rate: number,
  ): number {
    const passes = this.forward(batch, true);
    const output = passes[passes.length - 1].output;
    const { objective } = task;
    this.numbers ??= [...objective.numbers];
    const { numbers } = this;
    const distances: number[] = [];
    let loss = 0;
    let gradient: Batch = output.map((sample, s) => {
      const { value, gradient } = measureOf(objective, sample, batch[s]);
      distances.push(value);
      loss += objective.lossIn(ARITHMETIC, value, semiTargets[s], numbers) / batch.length;
      const slope = objective.slopeIn(ARITHMETIC, value, semiTargets[s], numbers) / batch.length;
      return gradient.map((each) => slope * each);
    });
    this.steps++;
    const { follows } = objective;
    if (follows && this.steps >= follows.from) numbers[follows.number] = followed(follows, distances);
    for (let i = passes.length - 1; i >= 0; i--) {
      const gradients = passes[i].backward(gradient);
      gradient = gradients.input;
      for (const name of TRAINED_WEIGHTS) {
        const ofWeights = gradients[name];
        if (ofWeights) this.adam(i, name, ofWeights, task.weightDecay, rate);
      }
    }
    return loss;
  }

  private adam(
    layer: number,
    name: TrainedWeight,
    gradient: Float64Array,
    weightDecay: number,
    rate: number,
  ): void {
    const kernel = this.states[layer][name] as Float64Array;
    const zeros = () => new Float64Array(kernel.length);
    this.moments[layer][name] ??= { first: zeros(), second: zeros() };
    const { first, second } = this.moments[layer][name];
    for (let i = 0; i < kernel.length; i++) {
      const g = gradient[i] + weightDecay * kernel[i];
      first[i] = 0.9 * first[i] + 0.1 * g;
      second[i] = 0.999 * second[i] + 0.001 * g * g;
      const m = first[i] / (1 - 0.9 ** this.steps);
      const v = second[i] / (1 - 0.999 ** this.steps);
      kernel[i] -= (rate * m) / (Math.sqrt(v) + 1e-8);
    }
  }
}
