import { native } from '../native.js';
import type { Points } from './points.js';

/**
 * Squared Euclidean distances of samples to others, one row a sample, to within some 1e-5 of each. Those of a sample do not depend on
 * which samples come along.
 *
 * @param samples n × features values, one sample after the other
 * @param out receives n × m distances
 */
export function squaredDistances(samples: Float32Array, others: Points, out: Float32Array): void {
  const { values, features, count, center } = others;
  native().pairwiseDistances(samples.length / features, count, features, samples, values, center, out);
}

/**
 * Squared Euclidean distances between every two of n points, each computed once and the same that squaredDistances gives.
 *
 * @param out receives n × n distances
 */
export function symmetricDistances({ values, features, count, center }: Points, out: Float32Array): void {
  native().symmetricDistances(count, features, values, center, out);
}

/** out = exp(−γ · distances); both may be the same array. */
export function radialBasis(gamma: number, distances: Float32Array, out: Float32Array): void {
  native().radialBasis(gamma, distances, out);
}
