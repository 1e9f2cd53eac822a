import { type SampleShape, sampleSize } from '../src/data/dataset.js';
import type { Layer, Network } from '../src/networks/network.js';
import { layerShapes } from '../src/networks/shapes.js';

/**
 * The multiply-adds of a training step for each sample, over the dense and convolutional layers: one pass forward, one back to
 * the weights, one back to the input except for the network's first layer. A kernel's taps that fall on the border's padding
 * are not counted.
 */
export function trainingMultiplyAdds(network: Network): number {
  const shapes = layerShapes(network);
  return network.layers.reduce((sum, layer, i) => {
    const passes = i === 0 ? 2 : 3;
    return sum + passes * forwardMultiplyAdds(layer, shapes[i], shapes[i + 1]);
  }, 0);
}

function forwardMultiplyAdds(layer: Layer, input: SampleShape, output: SampleShape): number {
  switch (layer.type) {
    case 'dense':
      return sampleSize(input) * layer.units;
    case 'convolution':
    case 'transposedConvolution': {
      const [channels, height, width] = input as readonly [number, number, number];
      const [filters, outputHeight, outputWidth] = output as readonly [number, number, number];
      // A transposed convolution is the convolution that leads from its output back to its input.
      const padding = layer.type === 'convolution' ? layer.padding : layer.kernel - 1 - layer.padding;
      const rows = tapsInside(height, outputHeight, layer.kernel, padding);
      const columns = tapsInside(width, outputWidth, layer.kernel, padding);
      return channels * filters * rows * columns;
    }
    default:
      return 0;
  }
}

/** Pairs of an output position and a kernel tap, along one axis, that read inside the input. */
function tapsInside(input: number, output: number, kernel: number, padding: number): number {
  let pairs = 0;
  for (let position = 0; position < output; position++) {
    for (let tap = 0; tap < kernel; tap++) {
      const read = position + tap - padding;
      if (read >= 0 && read < input) pairs++;
    }
  }
  return pairs;
}
