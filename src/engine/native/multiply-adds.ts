import { type SampleShape, sampleSize } from '../../data/dataset.js';
import type { Layer, Network } from '../../networks/network.js';
import { layerShapes } from '../../networks/shapes.js';
import { kernelOffset } from '../fused-layers.js';
import { type AxisPhase, axisPhases } from './taps.js';

/**
 * The multiply-adds that the native engine executes in a training step for each sample, over the dense and convolutional layers:
 * one pass forward, one back to the weights, one back to the input except for the network's first layer. Kernel taps that fall
 * on the border's padding are not executed, and a convolution of an up-sampled image reads each pixel once, not four times.
 */
export function trainingMultiplyAdds(network: Network): number {
  return forwardMultiplyAdds(network).reduce((sum, forward, i) => sum + forward * (i === 0 ? 2 : 3), 0);
}

/** The multiply-adds of each layer's forward pass for one sample. */
export function forwardMultiplyAdds(network: Network): number[] {
  const { layers } = network;
  const shapes = layerShapes(network);
  return layers.map((layer, i) => {
    const upSampled = layers[i - 1]?.type === 'upSampling';
    return upSampled
      ? layerMultiplyAdds(layer, shapes[i - 1], shapes[i + 1], 2)
      : layerMultiplyAdds(layer, shapes[i], shapes[i + 1], 1);
  });
}

function layerMultiplyAdds(
  layer: Layer,
  input: SampleShape,
  output: SampleShape,
  upSampling: number,
): number {
  switch (layer.type) {
    case 'dense':
      return sampleSize(input) * layer.units;
    case 'convolution':
    case 'transposedConvolution': {
      const [channels, height, width] = input as readonly [number, number, number];
      const [filters, outputHeight, outputWidth] = output as readonly [number, number, number];
      const { kernel } = layer;
      const offset = kernelOffset(layer);
      const rows = tapsInside(height, axisPhases(kernel, offset, outputHeight, upSampling));
      const columns = tapsInside(width, axisPhases(kernel, offset, outputWidth, upSampling));
      return channels * filters * rows * columns;
    }
    default:
      return 0;
  }
}

/** Pairs of an output position and a kernel tap, along one axis, that read inside the input. */
function tapsInside(input: number, phases: readonly AxisPhase[]): number {
  let pairs = 0;
  for (const { outputs, offset, taps } of phases) {
    for (let position = 0; position < outputs; position++) {
      for (let tap = 0; tap < taps.length; tap++) {
        const read = position + tap + offset;
        if (read >= 0 && read < input) pairs++;
      }
    }
  }
  return pairs;
}
