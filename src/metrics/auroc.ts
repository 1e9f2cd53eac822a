import { rankedTies } from './ranking.js';

/**
 * The area under the receiver operating characteristic: the share of pairs of an anomaly and a normal sample in which the
 * anomaly scores higher, ties counted half (the Mann–Whitney statistic). Exact up to one rounding, as the sums are of halves.
 *
 * @param scores the anomaly score of each sample; higher is more anomalous
 * @param anomalies 1 for an anomaly, 0 for a normal sample
 * @returns a fraction in [0, 1]
 * @throws Error where the lengths differ, a score is not finite, or one kind of sample is missing
 */
export function auroc(scores: Float64Array, anomalies: Uint8Array): number {
  let pairsWon = 0;
  let normalBelow = 0;
  let anomaliesBelow = 0;
  for (const tie of rankedTies(scores, anomalies)) {
    pairsWon += tie.anomalies * (normalBelow + tie.normal / 2);
    normalBelow += tie.normal;
    anomaliesBelow += tie.anomalies;
  }
  return pairsWon / (normalBelow * anomaliesBelow);
}
