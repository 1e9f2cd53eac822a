import type { Tensor, Tensor1D } from '@tensorflow/tfjs';
import { BATCH_NORMALIZATION_EPSILON } from '../../networks/network.js';
import type { Operation } from './operation.js';
import type { TensorFlow } from './tensorflow.js';

/** The mean and biased variance of each channel. */
export interface Statistics {
  readonly mean: Tensor1D;
  readonly variance: Tensor1D;
}

/** Normalizes each channel, the last axis, by the given statistics. */
export function normalize(tf: TensorFlow, input: Tensor, { mean, variance }: Statistics): Tensor {
  return tf.batchNorm(input, mean, variance, undefined, undefined, BATCH_NORMALIZATION_EPSILON);
}

/**
 * Normalizes each channel by its mean and biased variance over the batch. The gradient of `tf.batchNorm` would not do: it needs a
 * learned scale and offset, and takes the statistics for constants.
 *
 * @param measured is given the statistics, to be disposed of
 */
export function batchNormalization(tf: TensorFlow, measured?: (statistics: Statistics) => void): Operation {
  /** The mean of each channel. */
  const mean = (x: Tensor) => tf.mean(x, channelAxes(x));
  return {
    forward: (input) => {
      const statistics = tf.moments(input, channelAxes(input)) as Statistics;
      const value = normalize(tf, input, statistics);
      measured?.({ mean: tf.keep(statistics.mean), variance: tf.keep(statistics.variance) });
      return { value, saved: [value, statistics.variance] };
    },
    // dx = (dy − mean(dy) − y · mean(dy · y)) / √(variance + ε): Ioffe and Szegedy 2015, section 3.
    gradient: (dy, [y, variance]) => {
      const scale = tf.rsqrt(tf.add(variance, BATCH_NORMALIZATION_EPSILON));
      const shift = tf.add(mean(dy), tf.mul(y, mean(tf.mul(dy, y))));
      return tf.mul(scale, tf.sub(dy, shift));
    },
  };
}

/** The axes that a channel's statistics go over: all but the last. */
function channelAxes({ rank }: Tensor): number[] {
  return Array.from({ length: rank - 1 }, (_, axis) => axis);
}
