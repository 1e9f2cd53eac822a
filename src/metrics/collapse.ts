/**
 * Why anomaly scores rank nothing: a detector that maps every sample to one point, or that diverged, has collapsed, and an
 * AUROC of its scores would mean nothing.
 *
 * @returns the reason, or undefined for scores that are of use
 */
export function collapse(scores: Float64Array): string | undefined {
  const broken = scores.findIndex((score) => !Number.isFinite(score));
  if (broken >= 0) return `collapsed: the anomaly score of test sample ${broken} is ${scores[broken]}`;
  if (scores.every((score) => score === scores[0])) {
    return `collapsed: every anomaly score is ${scores[0]}`;
  }
  return undefined;
}
