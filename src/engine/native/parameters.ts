import type { LayerWeights, Weights } from '../../networks/network.js';
import type { Kernels } from './kernels.js';
import { alignedFloats } from './kernels.js';

/** A network's weights in one array, so that the optimizer takes one step over all, with a view for each layer. */
export class Parameters {
  /** Every kernel, one after the other in the layers' order. */
  readonly values: Float32Array;
  /** A layer's kernel as a part of `values`, and copies of whatever else it has learned. */
  readonly layers: readonly LayerWeights[];
  private readonly starts: readonly number[];

  constructor(kernels: Kernels, weights: Weights) {
    let size = 0;
    this.starts = weights.map(({ kernel }) => {
      const start = size;
      size += kernel?.length ?? 0;
      return start;
    });
    this.values = alignedFloats(kernels, size);
    this.layers = weights.map((layer, i) => {
      const { kernel, ...statistics } = copy(layer);
      if (!kernel) return statistics;
      const view = this.part(this.values, i, kernel.length);
      view.set(kernel);
      return { ...statistics, kernel: view };
    });
  }

  /** The part of an array as long as `values` that belongs to a layer's kernel. */
  part(whole: Float32Array, layer: number, length = this.layers[layer].kernel.length): Float32Array {
    return whole.subarray(this.starts[layer], this.starts[layer] + length);
  }

  /** A copy of all weights. */
  snapshot(): Weights {
    return this.layers.map(copy);
  }
}

function copy(layer: LayerWeights): LayerWeights {
  return Object.fromEntries(Object.entries(layer).map(([name, values]) => [name, values.slice()]));
}
