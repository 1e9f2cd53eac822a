import { sampleSize } from '../data/dataset.js';
import { fingerprints, trainedShare } from '../data/fingerprints.js';
import { nameOf } from '../data/formats/csv.js';
import type { Input, ReadOptions, SampleBatch } from '../data/input/input.js';
import { meaningOptions } from '../data/input/labels.js';
import { countOf, describeCounts, type LabelCounts, LabelTally } from '../data/label-meanings.js';
import { UserError } from '../errors.js';
import { auroc } from '../metrics/auroc.js';
import { averagePrecision } from '../metrics/average-precision.js';
import { collapse } from '../metrics/collapse.js';
import { type Scorer, scoreData } from './score.js';

/** How well a model tells the labeled samples of some data apart. */
export interface Evaluation {
  readonly auroc: number;
  readonly averagePrecision: number;
  readonly normal: number;
  readonly anomalies: number;
  /** Samples without a label, which count for nothing. */
  readonly unlabeled: number;
  /** These by their labels. */
  readonly counts: LabelCounts;
  /** How many samples of each kind the threshold of the model flags. */
  readonly flagged: { readonly normal: number; readonly anomalies: number };
  /** The anomaly score of each labeled sample. */
  readonly scores: Float64Array;
  /** 1 for an anomaly, 0 for a normal sample: one a score. */
  readonly labels: Uint8Array;
  /** Which share of the labeled samples the model was fitted on, so that the figures do not say how well it does on others. */
  readonly ofTheFit: number;
}

/**
 * Scores labeled data and compares.
 *
 * @param score what makes the scores: of samples, or of the time steps of series
 * @throws UserError as Input.read does, where the data lack labeled normal samples or labeled anomalies, or where the scores have
 *   collapsed
 */
export async function evaluate(
  { model, input, threshold }: Scorer,
  path: string,
  warn: ReadOptions['warn'],
  score: typeof scoreData = scoreData,
): Promise<Evaluation> {
  const found: number[] = [];
  const anomalous: number[] = [];
  const tally = new LabelTally();
  const [all, labeled]: number[][] = [[], []];
  const watched = watch(input, ({ samples, semiTargets }) => {
    if (input.fingerprints) return;
    fingerprints(samples, sampleSize(input.shape)).forEach((fingerprint, i) => {
      all.push(fingerprint);
      if (semiTargets?.[i]) labeled.push(fingerprint);
    });
  });
  for await (const { scores, semiTargets = new Int8Array(), labels } of score(model.detector, watched, path, {
    labels: 'required',
    warn,
  })) {
    tally.add(semiTargets, labels);
    scores.forEach((score, i) => {
      if (semiTargets[i] === 0) return;
      found.push(score);
      anomalous.push(semiTargets[i] < 0 ? 1 : 0);
    });
  }
  const { counts } = tally;
  const [normal, anomalies] = [countOf(counts, 'normal'), countOf(counts, 'anomaly')];
  if (normal === 0 || anomalies === 0) {
    const needs = `${describeCounts(counts)}; an AUROC needs normal samples and anomalies`;
    throw new UserError(
      input.relabel
        ? `${nameOf(path)}: ${needs}: is it said what the labels mean (${meaningOptions()})?`
        : `${path}, ${input.labelPlace(path)}: ${needs}`,
    );
  }
  const scores = Float64Array.from(found);
  const reason = collapse(scores, model.detector.resolution(scores));
  if (reason !== undefined) {
    throw new UserError(
      `${nameOf(path)}: ${model.choice.name} ${reason}; it tells none of these samples apart, and their AUROC would be chance`,
    );
  }
  const { fittedOn } = model.details;
  // Of series that have labels, all windows are labeled.
  const every = fittedOn && (await input.fingerprints?.(path));
  const flaggedOf = (kind: number) =>
    anomalous.filter((label, i) => label === kind && scores[i] > threshold.value).length;
  const anomalyLabels = Uint8Array.from(anomalous);
  return {
    auroc: auroc(scores, anomalyLabels),
    averagePrecision: averagePrecision(scores, anomalyLabels),
    normal,
    anomalies,
    unlabeled: countOf(counts, 'unlabeled'),
    counts,
    flagged: { normal: flaggedOf(0), anomalies: flaggedOf(1) },
    scores,
    labels: anomalyLabels,
    ofTheFit: fittedOn ? trainedShare(fittedOn, every ?? all, every ?? labeled) : 0,
  };
}

/** The input, whose samples are also shown as they are read. */
function watch(input: Input, show: (batch: SampleBatch) => void): Input {
  return {
    ...input,
    async *read(path, options) {
      for await (const batch of input.read(path, options)) {
        show(batch);
        yield batch;
      }
    },
  };
}
