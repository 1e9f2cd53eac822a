import { type ImageShape, type SampleShape, sampleSize } from '../data/dataset.js';
import type { Layer, Network } from './network.js';

/**
 * The shape that a layer makes of its input's.
 *
 * @throws Error where the layer cannot take such an input
 */
export function outputShape(layer: Layer, input: SampleShape): SampleShape {
  switch (layer.type) {
    case 'dense':
      return [layer.units];
    case 'reshape':
      if (sampleSize(layer.shape) !== sampleSize(input)) {
        throw new Error(`cannot reshape [${input}] to [${layer.shape}]`);
      }
      return layer.shape;
    case 'batchNormalization':
    case 'leakyRelu':
    case 'sigmoid':
      return input;
  }
  const [channels, height, width] = imageShape(input);
  switch (layer.type) {
    case 'convolution': {
      const growth = 2 * layer.padding + 1 - layer.kernel;
      return [layer.filters, height + growth, width + growth];
    }
    case 'transposedConvolution': {
      const growth = layer.kernel - 1 - 2 * layer.padding;
      return [layer.filters, height + growth, width + growth];
    }
    case 'maxPooling':
      return [channels, Math.floor(height / 2), Math.floor(width / 2)];
    case 'upSampling':
      return [channels, 2 * height, 2 * width];
  }
}

/** The shape after each layer: entry 0 is the network's input, entry i + 1 the output of layer i. */
export function layerShapes(network: Network): SampleShape[] {
  const shapes = [network.input];
  for (const layer of network.layers) shapes.push(outputShape(layer, shapes[shapes.length - 1]));
  return shapes;
}

/**
 * The shape as that of an image.
 *
 * @throws Error where it is that of a vector
 */
export function imageShape(shape: SampleShape): ImageShape {
  if (shape.length !== 3) throw new Error(`a layer on images cannot take samples of [${shape}]`);
  return shape;
}
