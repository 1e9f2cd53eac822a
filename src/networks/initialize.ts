import { type SampleShape, sampleSize } from '../data/dataset.js';
import type { Random } from '../random.js';
import { type Layer, type LayerWeights, LEAKY_RELU_SLOPE, type Network, type Weights } from './network.js';
import { layerShapes } from './shapes.js';

/**
 * Initial weights as PyTorch draws them: uniform in ±1/√fan_in, or Xavier uniform with the gain of the leaky ReLU where the
 * layer says so. Running statistics start at mean 0 and variance 1.
 */
export function initialWeights(network: Network, random: Random): Weights {
  const shapes = layerShapes(network);
  return network.layers.map((layer, i) => initialLayerWeights(layer, shapes[i], random));
}

function initialLayerWeights(layer: Layer, input: SampleShape, random: Random): LayerWeights {
  switch (layer.type) {
    case 'dense': {
      const inputs = sampleSize(input);
      return { kernel: uniform(layer.units * inputs, 1 / Math.sqrt(inputs), random) };
    }
    case 'convolution': {
      const fanIn = input[0] * layer.kernel ** 2;
      return { kernel: uniform(layer.filters * fanIn, 1 / Math.sqrt(fanIn), random) };
    }
    case 'transposedConvolution': {
      // PyTorch takes the fan-in from the second axis of the weight, which here counts output channels.
      const fanIn = layer.filters * layer.kernel ** 2;
      const fanOut = input[0] * layer.kernel ** 2;
      const bound = layer.initializer === 'xavier' ? xavierBound(fanIn, fanOut) : 1 / Math.sqrt(fanIn);
      return { kernel: uniform(input[0] * fanIn, bound, random) };
    }
    case 'batchNormalization':
      return { mean: new Float32Array(input[0]), variance: new Float32Array(input[0]).fill(1) };
    default:
      return {};
  }
}

function xavierBound(fanIn: number, fanOut: number): number {
  const gain = Math.sqrt(2 / (1 + LEAKY_RELU_SLOPE ** 2));
  return gain * Math.sqrt(6 / (fanIn + fanOut));
}

function uniform(length: number, bound: number, random: Random): Float32Array {
  return Float32Array.from({ length }, () => random.uniform(-bound, bound));
}
