import { copyOf, type LayerWeights, TRAINED_WEIGHTS, type Weights } from '../../networks/network.js';
import type { Kernels } from './kernels.js';
import { alignedFloats } from './kernels.js';

/** A network's weights in one array, so that the optimizer takes one step over all, with views for each layer. */
export class Parameters {
  /** What is trained, one after the other in the layers' order. */
  readonly values: Float32Array;
  /** A layer's trained weights as parts of `values`, and copies of whatever else it has learned. */
  readonly layers: readonly LayerWeights[];

  constructor(kernels: Kernels, weights: Weights) {
    const size = weights.reduce((sum, layer) => sum + trainedSize(layer), 0);
    this.values = alignedFloats(kernels, size);
    const views = partsOf(this.values, weights);
    this.layers = copyOf(weights).map((layer, i) => {
      for (const [name, view] of Object.entries(views[i])) view.set(layer[name]);
      return { ...layer, ...views[i] };
    });
  }

  /** The parts of an array as long as `values` that belong to each layer's trained weights. */
  parts(whole: Float32Array): LayerWeights[] {
    return partsOf(whole, this.layers);
  }

  /** A copy of all weights. */
  snapshot(): Weights {
    return copyOf(this.layers);
  }
}

function trainedSize(layer: LayerWeights): number {
  return TRAINED_WEIGHTS.reduce((sum, name) => sum + (layer[name]?.length ?? 0), 0);
}

function partsOf(whole: Float32Array, weights: Weights): LayerWeights[] {
  let start = 0;
  return weights.map((layer) => {
    const names = TRAINED_WEIGHTS.filter((name) => Object.hasOwn(layer, name));
    return Object.fromEntries(
      names.map((name) => {
        const end = start + layer[name].length;
        const part = whole.subarray(start, end);
        start = end;
        return [name, part];
      }),
    );
  });
}
