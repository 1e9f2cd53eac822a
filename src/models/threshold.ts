import { wholeSamples } from '../data/split.js';
import type { Threshold } from './model-folder.js';

/**
 * The lowest threshold above which at most the given share of the training samples scores that are not labeled anomalies: labeled
 * ones were collected for being anomalous, and say nothing of how common anomalies are.
 *
 * @param scores the anomaly score of each training sample
 * @param semiTargets −1 for a labeled anomaly
 * @param contamination the share, in [0, 1)
 */
export function chooseThreshold(
  scores: Float64Array,
  semiTargets: Int8Array,
  contamination: number,
): Threshold {
  const descending = scores.filter((_, i) => semiTargets[i] !== -1).sort((a, b) => b - a);
  const above = Math.min(wholeSamples(contamination * descending.length), descending.length - 1);
  return { value: descending[above], contamination };
}
