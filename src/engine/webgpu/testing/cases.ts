import type { SampleShape } from '../../../data/dataset.js';
import type { Layer, Network } from '../../../networks/network.js';
import {
  biased,
  convolution,
  dense,
  leakyRelu,
  maxPooling,
  normalization,
  sigmoid,
  transposed,
  upSampling,
} from '../../testing/layers.js';

/** A layer behind one of weights, whose gradient tells that by its input, and before another. */
const between = (input: SampleShape, ...layers: Layer[]): Network => ({
  input: [3],
  layers: [dense(input.reduce((a, b) => a * b, 1)), { type: 'reshape', shape: input }, ...layers, dense(5)],
});

const block: Network = {
  input: [2, 6, 8],
  layers: [convolution(3, 5, 2), normalization, leakyRelu, maxPooling, dense(4)],
};

/** Samples of a batch, where they are not as many as of the other cases. */
export const BATCHES: Readonly<Record<string, number>> = {
  'a block of one sample': 1,
  'a block of more samples than a workgroup has': 130,
};

/** Networks whose gradients are held against plain loops: every kind of layer with odd sizes, and what the program fuses. */
export const GRADIENT_CASES: Readonly<Record<string, Network>> = {
  dense: { input: [37], layers: [dense(19)] },
  'dense on an image': { input: [3, 2, 5], layers: [dense(8)] },
  'dense of more weights than a dimension of workgroups has': { input: [65_600], layers: [dense(64)] },
  'dense with biases': { input: [37], layers: [biased(70), leakyRelu, biased(5)] },
  convolution: between([3, 6, 5], convolution(4, 5, 2)),
  'convolution without padding': between([2, 6, 5], convolution(3, 4, 0)),
  'convolution wider than its input': between([2, 2, 3], convolution(5, 5, 2)),
  'convolution of an image': { input: [2, 7, 6], layers: [convolution(6, 5, 2)] },
  'transposed convolution': between([5, 6, 4], transposed(3, 5, 2)),
  'transposed convolution that shrinks': between([4, 7, 6], transposed(8, 5, 3)),
  'up-sampling before a convolution': between([3, 3, 4], upSampling, convolution(2, 5, 2)),
  'up-sampling before a transposed convolution': between([3, 3, 4], upSampling, transposed(2, 5, 2)),
  'up-sampling before one that shrinks': between([2, 4, 3], upSampling, transposed(3, 5, 3), normalization),
  'batch normalization of features': between([7], normalization),
  'batch normalization of an image': between([3, 5, 3], normalization),
  activation: between([4, 3, 3], leakyRelu),
  'pooling with an odd last row and column': between([2, 5, 7], maxPooling),
  'a block with an odd last row and column': between(
    [2, 5, 7],
    convolution(5, 5, 2),
    normalization,
    leakyRelu,
    maxPooling,
  ),
  'a block': block,
  'a block of one sample': block,
  'a block of more samples than a workgroup has': block,
  sigmoid: { input: [11], layers: [dense(6), sigmoid] },
  'sigmoid behind an activation': { input: [11], layers: [dense(6), leakyRelu, sigmoid] },
  'sigmoid behind a block': {
    input: [2, 6, 8],
    layers: [convolution(3, 5, 2), normalization, leakyRelu, maxPooling, sigmoid],
  },
};
