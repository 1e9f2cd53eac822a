import { auroc } from './auroc.js';

/**
 * Why anomaly scores rank nothing: a detector that maps every sample to one point, or that diverged, has collapsed, and an
 * AUROC of its scores would mean nothing.
 *
 * @param resolution scores that differ by no more than this are equal as far as their detector can tell; ∞ where all are
 * @returns the reason, or undefined for scores that are of use
 */
export function collapse(scores: Float64Array, resolution: number): string | undefined {
  const broken = scores.findIndex((score) => !Number.isFinite(score));
  if (broken >= 0) return `collapsed: the anomaly score of sample ${broken} is ${scores[broken]}`;
  const [low, high] = [scores.reduce(lesser), scores.reduce(greater)];
  if (high - low > resolution) return undefined;
  if (high === low) return `collapsed: every anomaly score is ${low}`;
  const [range, noise] = [high - low, resolution].map((value) => value.toPrecision(2));
  const nothing = Number.isFinite(resolution)
    ? `differences of up to ${noise} say nothing`
    : 'no difference says anything';
  return `collapsed: all anomaly scores lie within ${range}, and ${nothing}`;
}

/**
 * By what one of several candidates is chosen: the AUROC of its scores, none where they have collapsed. What rounding makes of equal scores
 * may well rank best, and is no reason to choose.
 *
 * @param anomalies 1 for an anomaly, 0 for a normal sample
 * @param resolution scores that differ by no more than this are equal as far as their detector can tell
 */
export function aurocOfCandidate(
  scores: Float64Array,
  anomalies: Uint8Array,
  resolution: number,
): number | undefined {
  return collapse(scores, resolution) === undefined ? auroc(scores, anomalies) : undefined;
}

function lesser(a: number, b: number): number {
  return Math.min(a, b);
}

function greater(a: number, b: number): number {
  return Math.max(a, b);
}
