import type { SampleShape } from '../data/dataset.js';

/**
 * One layer of a network, as data. No layer of the encoders has a bias and batch normalisation has no affine parameters: either would
 * let Deep SVDD collapse to a constant. Convolutions have stride 1 and square kernels.
 */
export type Layer =
  | {
      readonly type: 'convolution';
      readonly filters: number;
      readonly kernel: number;
      readonly padding: number;
    }
  /** Output extent: input + kernel − 1 − 2 · padding, as PyTorch counts padding. */
  | {
      readonly type: 'transposedConvolution';
      readonly filters: number;
      readonly kernel: number;
      readonly padding: number;
      readonly initializer?: 'xavier';
    }
  /** On an image, its input is the image flattened channels first. */
  | { readonly type: 'dense'; readonly units: number; readonly bias?: true }
  | { readonly type: 'batchNormalization' }
  /** Multiplies what is below 0 by its slope. */
  | { readonly type: 'leakyRelu'; readonly slope: number }
  /** Non-overlapping 2 × 2 windows; an odd last row or column is dropped. */
  | { readonly type: 'maxPooling' }
  /** Nearest-neighbour, to twice the height and width. */
  | { readonly type: 'upSampling' }
  | { readonly type: 'reshape'; readonly shape: SampleShape }
  | { readonly type: 'sigmoid' };

/** An ordered list of layers and the shape of the samples that enter the first. */
export interface Network {
  readonly input: SampleShape;
  readonly layers: readonly Layer[];
}

export const BATCH_NORMALIZATION_EPSILON = 1e-4;
/** The share of a batch's statistics in the running statistics, as in PyTorch. */
export const BATCH_NORMALIZATION_MOMENTUM = 0.1;

/**
 * What one layer has learned, by name: `kernel` of a convolution, transposed convolution or dense layer, in PyTorch's order
 * ([out][in][ky][kx], [in][out][ky][kx], [out][in]), and `bias` of a dense layer that has one; the running `mean` and `variance` of
 * batch normalisation; nothing for the other layers.
 */
export type LayerWeights = Readonly<Record<string, Float32Array>>;

/** Those that the gradient moves, in the order in which engines hold them; the others follow the batches. */
export const TRAINED_WEIGHTS = ['kernel', 'bias'] as const;

/** The weights of a network, one entry a layer, in the layers' order. */
export type Weights = readonly LayerWeights[];

/** The weights in arrays of their own. */
export function copyOf(weights: Weights): Weights {
  return weights.map((layer) =>
    Object.fromEntries(Object.entries(layer).map(([name, values]) => [name, values.slice()])),
  );
}
