import { type SampleShape, sampleSize } from '../data/dataset.js';
import type { Random } from '../random.js';
import type { Layer, LayerWeights, Network, Weights } from './network.js';
import { layerShapes } from './shapes.js';

/** How initial weights are drawn. */
export const INITIALIZERS = ['pytorch', 'glorot'] as const;
export type Initializer = (typeof INITIALIZERS)[number];

/**
 * Initial weights: with `pytorch` as that draws them, uniform in ±1/√fan_in, biases too, or Xavier uniform with the gain of the leaky ReLU where
 * the layer says so; with `glorot` uniform in ±√(6/(fan_in + fan_out)) in every layer (Glorot & Bengio 2010, eq. 16), biases 0.
 * Running statistics start at mean 0 and variance 1.
 */
export function initialWeights(
  network: Network,
  random: Random,
  initializer: Initializer = 'pytorch',
): Weights {
  const shapes = layerShapes(network);
  return network.layers.map((layer, i) => initialLayerWeights(layer, shapes[i], random, initializer));
}

function initialLayerWeights(
  layer: Layer,
  input: SampleShape,
  random: Random,
  initializer: Initializer,
): LayerWeights {
  const kernel = (length: number, fanIn: number, fanOut: number, gain?: number) => ({
    kernel: uniform(
      length,
      initializer === 'glorot'
        ? glorotBound(fanIn, fanOut)
        : gain !== undefined
          ? gain * glorotBound(fanIn, fanOut)
          : 1 / Math.sqrt(fanIn),
      random,
    ),
  });
  switch (layer.type) {
    case 'dense': {
      const inputs = sampleSize(input);
      const drawn = kernel(layer.units * inputs, inputs, layer.units);
      if (!layer.bias) return drawn;
      const bound = initializer === 'glorot' ? 0 : 1 / Math.sqrt(inputs);
      return { ...drawn, bias: uniform(layer.units, bound, random) };
    }
    case 'convolution': {
      const fanIn = input[0] * layer.kernel ** 2;
      return kernel(layer.filters * fanIn, fanIn, layer.filters * layer.kernel ** 2);
    }
    case 'transposedConvolution': {
      // PyTorch takes the fan-in from the second axis of the weight, which here counts output channels.
      const fanIn = layer.filters * layer.kernel ** 2;
      const fanOut = input[0] * layer.kernel ** 2;
      return kernel(
        input[0] * fanIn,
        fanIn,
        fanOut,
        layer.initializer === 'xavier' ? LEAKY_RELU_GAIN : undefined,
      );
    }
    case 'batchNormalization':
      return { mean: new Float32Array(input[0]), variance: new Float32Array(input[0]).fill(1) };
    default:
      return {};
  }
}

/** PyTorch's for the leaky ReLU, which it takes for one of slope 0.01. */
const LEAKY_RELU_GAIN = Math.sqrt(2 / (1 + 0.01 ** 2));

function glorotBound(fanIn: number, fanOut: number): number {
  return Math.sqrt(6 / (fanIn + fanOut));
}

function uniform(length: number, bound: number, random: Random): Float32Array {
  return Float32Array.from({ length }, () => random.uniform(-bound, bound));
}
