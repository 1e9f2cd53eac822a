import { rankedTies } from './ranking.js';

/**
 * The average precision as scikit-learn defines it: Σ (Rₙ − Rₙ₋₁) Pₙ over the thresholds from the highest score down, where
 * samples of equal score pass together, without interpolation.
 *
 * @param scores the anomaly score of each sample; higher is more anomalous
 * @param anomalies 1 for an anomaly, 0 for a normal sample
 * @returns a fraction in (0, 1]
 * @throws Error where the lengths differ, a score is not finite, or one kind of sample is missing
 */
export function averagePrecision(scores: Float64Array, anomalies: Uint8Array): number {
  let sum = 0;
  let found = 0;
  let flagged = 0;
  for (const tie of rankedTies(scores, anomalies).reverse()) {
    found += tie.anomalies;
    flagged += tie.anomalies + tie.normal;
    sum += tie.anomalies * (found / flagged);
  }
  return sum / found;
}
