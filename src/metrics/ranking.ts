/** Samples that share one score, so that no ranking tells them apart. */
export interface Tie {
  normal: number;
  anomalies: number;
}

/**
 * The test samples in ascending order of their anomaly scores, as counts of each kind among equal scores.
 *
 * @param scores the anomaly score of each sample; higher is more anomalous
 * @param anomalies 1 for an anomaly, 0 for a normal sample
 * @throws Error where the lengths differ, a score is not finite, or one kind of sample is missing
 */
export function rankedTies(scores: Float64Array, anomalies: Uint8Array): Tie[] {
  if (scores.length !== anomalies.length) {
    throw new Error(`${scores.length} scores for ${anomalies.length} samples`);
  }
  const total = anomalies.reduce((sum, anomaly) => sum + anomaly, 0);
  if (total === 0 || total === anomalies.length) {
    throw new Error(
      `a ranking needs normal samples and anomalies; ${total} of ${anomalies.length} are anomalies`,
    );
  }
  const order = Uint32Array.from(scores.keys()).sort((a, b) => scores[a] - scores[b]);
  const ties: Tie[] = [];
  let previous = Number.NaN;
  for (const index of order) {
    if (!Number.isFinite(scores[index])) throw new Error(`the score of sample ${index} is ${scores[index]}`);
    if (scores[index] !== previous) ties.push({ normal: 0, anomalies: 0 });
    ties[ties.length - 1][anomalies[index] ? 'anomalies' : 'normal']++;
    previous = scores[index];
  }
  return ties;
}
