import type { ReadOptions } from '../data/input/input.js';
import { UserError } from '../errors.js';
import { auroc } from '../metrics/auroc.js';
import { averagePrecision } from '../metrics/average-precision.js';
import { type Scorer, scoreData } from './score.js';

/** How well a model tells the labeled samples of some data apart. */
export interface Evaluation {
  readonly auroc: number;
  readonly averagePrecision: number;
  readonly normal: number;
  readonly anomalies: number;
  /** Samples without a label, which count for nothing. */
  readonly unlabeled: number;
  /** How many samples of each kind the threshold of the model flags. */
  readonly flagged: { readonly normal: number; readonly anomalies: number };
  /** The anomaly score of each labeled sample. */
  readonly scores: Float64Array;
  /** 1 for an anomaly, 0 for a normal sample: one a score. */
  readonly labels: Uint8Array;
}

/**
 * Scores labeled data and compares.
 *
 * @param score what makes the scores: of samples, or of the time steps of series
 * @throws UserError as Input.read does, or where the data lack labeled normal samples or labeled anomalies
 */
export async function evaluate(
  { model, input, threshold }: Scorer,
  path: string,
  warn: ReadOptions['warn'],
  score: typeof scoreData = scoreData,
): Promise<Evaluation> {
  const found: number[] = [];
  const labels: number[] = [];
  let unlabeled = 0;
  for await (const { scores, semiTargets } of score(model.detector, input, path, {
    labels: 'required',
    warn,
  })) {
    scores.forEach((score, i) => {
      const semiTarget = semiTargets?.[i] ?? 0;
      if (semiTarget === 0) {
        unlabeled++;
        return;
      }
      found.push(score);
      labels.push(semiTarget < 0 ? 1 : 0);
    });
  }
  const scores = Float64Array.from(found);
  const anomalies = labels.filter((label) => label === 1).length;
  const normal = labels.length - anomalies;
  if (normal === 0 || anomalies === 0) {
    throw new UserError(
      `${path}: ${normal} samples are labeled normal, ${anomalies} anomalies, ${unlabeled} not; an AUROC needs both kinds`,
    );
  }
  const flaggedOf = (kind: number) =>
    labels.filter((label, i) => label === kind && scores[i] > threshold.value).length;
  const anomalyLabels = Uint8Array.from(labels);
  return {
    auroc: auroc(scores, anomalyLabels),
    averagePrecision: averagePrecision(scores, anomalyLabels),
    normal,
    anomalies,
    unlabeled,
    flagged: { normal: flaggedOf(0), anomalies: flaggedOf(1) },
    scores,
    labels: anomalyLabels,
  };
}
