import { native } from './native.js';

/**
 * Squared Euclidean distances between the samples of `a` and those of `b`, one row a sample of `a`.
 *
 * @param a n × features values, one sample after the other
 * @param b m × features values
 * @param out receives n × m distances
 */
export function squaredDistances(
  a: Float32Array,
  b: Float32Array,
  features: number,
  out: Float32Array,
): void {
  native().pairwiseDistances(a.length / features, b.length / features, features, a, b, out);
}

/**
 * Squared Euclidean distances between every two samples, one row a sample; each is computed once.
 *
 * @param samples n × features values, one sample after the other
 * @param out receives n × n distances
 */
export function symmetricDistances(samples: Float32Array, features: number, out: Float32Array): void {
  native().symmetricDistances(samples.length / features, features, samples, out);
}

/** out = exp(−γ · distances); both may be the same array. */
export function radialBasis(gamma: number, distances: Float32Array, out: Float32Array): void {
  native().radialBasis(gamma, distances, out);
}
