import { isEqual } from 'es-toolkit/predicate/isEqual';
import type { SampleShape } from '../data/dataset.js';
import type { Layer, Network } from '../networks/network.js';
import { layerShapes } from '../networks/shapes.js';

/** A layer that multiplies by weights. */
export type ProductLayer = Extract<Layer, { type: 'dense' | 'convolution' | 'transposedConvolution' }>;

/** Layers that correlate planes with their weights. */
export type CorrelationLayer = Exclude<ProductLayer, { type: 'dense' }>;

/** Which position of the input the first tap along an axis is for, counted from the output's. A transposed convolution has its taps flipped. */
export function kernelOffset({ type, kernel, padding }: CorrelationLayer): number {
  return type === 'convolution' ? -padding : padding - (kernel - 1);
}

/** Layers that follow each other and are computed as one, between samples of two shapes. */
export type FusedLayers =
  /** A layer of weights, and the up-sampling before it where it has one: a convolution then. */
  | {
      readonly kind: 'product';
      readonly layer: ProductLayer;
      /** Which of the network's layers has the weights. */
      readonly index: number;
      readonly upSampled: boolean;
      readonly input: SampleShape;
      readonly output: SampleShape;
    }
  /** Batch normalisation, leaky ReLU and max-pooling, or some of them: non-decreasing all three, so that pooling may come first. */
  | {
      readonly kind: 'activation';
      /** Which of the network's layers has the running statistics, where it normalises. */
      readonly normalization: number | undefined;
      /** That of the leaky ReLU; 1 where there is none. */
      readonly slope: number;
      readonly maxPooling: boolean;
      readonly input: SampleShape;
    }
  | { readonly kind: 'sigmoid'; readonly input: SampleShape };

/**
 * The layers of a network as what is computed as one. Reshaping is free, since values lie channels first in every shape.
 *
 * @throws Error where up-sampling is not followed by a convolution, or a sigmoid, which engines compute in place, is not the last layer
 */
export function fuseLayers(network: Network): FusedLayers[] {
  const { layers } = network;
  const shapes = layerShapes(network);
  const fused: FusedLayers[] = [];
  let i = 0;
  while (i < layers.length) {
    const input = shapes[i];
    const upSampled = layers[i].type === 'upSampling';
    if (upSampled) i++;
    const layer: Layer | undefined = layers[i];
    if (upSampled && layer?.type !== 'convolution' && layer?.type !== 'transposedConvolution') {
      throw new Error('up-sampling must be followed by a convolution');
    }
    const index = i++;
    switch (layer.type) {
      case 'dense':
      case 'convolution':
      case 'transposedConvolution':
        fused.push({ kind: 'product', layer, index, upSampled, input, output: shapes[i] });
        break;
      case 'batchNormalization':
      case 'leakyRelu':
      case 'maxPooling': {
        const normalization = layer.type === 'batchNormalization' ? index : undefined;
        let slope = layer.type === 'leakyRelu' ? layer.slope : 1;
        let maxPooling = layer.type === 'maxPooling';
        if (normalization !== undefined) {
          const next = layers[i]?.type === 'reshape' ? i + 1 : i;
          const activation = layers[next];
          if (activation?.type === 'leakyRelu') {
            slope = activation.slope;
            i = next + 1;
          }
        }
        // Behind a reshaping it has other windows than this input.
        if (!maxPooling && layers[i]?.type === 'maxPooling' && isEqual(shapes[i], input)) {
          maxPooling = true;
          i++;
        }
        fused.push({ kind: 'activation', normalization, slope, maxPooling, input });
        break;
      }
      case 'sigmoid':
        if (i < layers.length) throw new Error('a sigmoid must be the last layer');
        fused.push({ kind: 'sigmoid', input });
    }
  }
  return fused;
}
