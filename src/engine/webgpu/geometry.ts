import type { ImageShape, SampleShape } from '../../data/dataset.js';
import { sampleSize } from '../../data/dataset.js';
import { kernelOffset, type ProductLayer } from '../fused-layers.js';

/**
 * A layer of weights as sums of products: output y of channel o is Σ w[o][c][k] · input[c][y + k + offset] over channels c and taps k. Behind
 * nearest up-sampling by `factor` it is `factor`² small kernels of `taps` taps on the image as it was before, one for each parity of
 * y + shift: outputs y = factor · q + parity − shift at the positions q of a grid of `rows` × `columns`, each from `input[q + first + t]`.
 */
export interface Product {
  readonly dense: boolean;
  readonly inputs: number;
  readonly inputHeight: number;
  readonly inputWidth: number;
  readonly outputs: number;
  readonly outputHeight: number;
  readonly outputWidth: number;
  /** Taps of the layer's own kernel along an axis. */
  readonly kernel: number;
  /** Whether weights lie [in][out], and their taps backwards, as PyTorch has those of a transposed convolution. */
  readonly transposed: boolean;
  readonly factor: 1 | 2;
  readonly shift: 0 | 1;
  readonly taps: number;
  readonly first: number;
  readonly rows: number;
  readonly columns: number;
}

/**
 * The geometry of a layer of weights.
 *
 * @param input the shape before the layer, and before the up-sampling that it follows
 */
export function productOf(
  layer: ProductLayer,
  input: SampleShape,
  output: SampleShape,
  factor: 1 | 2,
): Product {
  if (layer.type === 'dense') {
    const positions = { inputHeight: 1, inputWidth: 1, outputHeight: 1, outputWidth: 1, rows: 1, columns: 1 };
    const kernel = { kernel: 1, transposed: false, factor: 1, shift: 0, taps: 1, first: 0 } as const;
    return { dense: true, inputs: sampleSize(input), outputs: layer.units, ...positions, ...kernel };
  }
  const [inputs, inputHeight, inputWidth] = input as ImageShape;
  const [outputs, outputHeight, outputWidth] = output as ImageShape;
  const { kernel } = layer;
  const transposed = layer.type === 'transposedConvolution';
  const offset = kernelOffset(layer);
  const shift = factor === 2 && offset % 2 !== 0 ? 1 : 0;
  const extent = (outputs: number) => Math.floor((outputs - 1 + shift) / factor) + 1;
  return {
    dense: false,
    ...{ inputs, inputHeight, inputWidth, outputs, outputHeight, outputWidth },
    ...{ kernel, transposed, factor, shift },
    taps: Math.floor((kernel - 1 + factor - 1) / factor) + 1,
    first: (offset - shift) / factor,
    rows: extent(outputHeight),
    columns: extent(outputWidth),
  };
}
