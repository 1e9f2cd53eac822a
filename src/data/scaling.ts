import { UserError } from '../errors.js';
import type { Dataset, Samples } from './dataset.js';
import { sampleSize } from './dataset.js';

/** Scales the samples of the given indices, one after the other. */
export type Scaler = (samples: Samples, indices: Uint32Array) => Float32Array;

/**
 * The scaler of a data set: image bytes to [0, 1]; table features by {@link minMaxScaler}.
 *
 * @param training the samples of `dataset.training` that features are fitted on
 * @throws UserError as minMaxScaler does
 */
export function scalerFor({ shape, training: samples }: Dataset, training: Uint32Array): Scaler {
  if (shape.length === 1) return minMaxScaler(samples, training, shape[0]);
  const size = sampleSize(shape);
  return ({ values }, indices) => {
    const scaled = new Float32Array(indices.length * size);
    for (let i = 0; i < indices.length; i++) {
      for (let j = 0; j < size; j++) scaled[i * size + j] = values[indices[i] * size + j] / 255;
    }
    return scaled;
  };
}

/**
 * Maps each feature linearly so that its values on the training part span [0, 1]; test values may lie outside. The paper
 * standardises first; but min-max scaling undoes any scale and shift before it, so the result is the same.
 * A feature that is constant over the training part is only shifted, to 0 there, as scikit-learn's scalers do: a test value
 * that departs from it stays visible.
 *
 * @throws UserError where every feature is constant, or (when scaling) a value is so far out that it overflows
 */
function minMaxScaler({ values }: Samples, training: Uint32Array, features: number): Scaler {
  const low = new Float64Array(features).fill(Number.POSITIVE_INFINITY);
  const high = new Float64Array(features).fill(Number.NEGATIVE_INFINITY);
  for (const index of training) {
    for (let j = 0; j < features; j++) {
      const value = values[index * features + j];
      low[j] = Math.min(low[j], value);
      high[j] = Math.max(high[j], value);
    }
  }
  if (low.every((value, j) => value === high[j])) {
    throw new UserError(
      `every one of the ${features} features is constant over the ${training.length} training samples; there is nothing to learn from`,
    );
  }
  return (samples, indices) => {
    const scaled = new Float32Array(indices.length * features);
    for (let i = 0; i < indices.length; i++) {
      for (let j = 0; j < features; j++) {
        const value = samples.values[indices[i] * features + j];
        const result = Math.fround((value - low[j]) / (high[j] - low[j] || 1));
        if (!Number.isFinite(result)) {
          throw new UserError(
            `row ${indices[i] + 1}, feature ${j + 1} (counted from 1): ${value} cannot be scaled by the training range ` +
              `${low[j]} to ${high[j]} in single precision; drop or transform this feature`,
          );
        }
        scaled[i * features + j] = result;
      }
    }
    return scaled;
  };
}
