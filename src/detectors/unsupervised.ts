import { sampleSize, type TrainingSet } from '../data/dataset.js';
import { rowsAt } from '../data/rows-at.js';
import type { TrainingSamples } from './options.js';

/**
 * The training set of a method that takes no labels: what is known to be anomalous is left out, all else counts as unlabeled.
 * (The paper runs these methods without labeled anomalies; training on known ones as if they were normal would only handicap
 * them.)
 */
export function withoutLabeledAnomalies(training: TrainingSet): TrainingSet {
  const kept = placesOf(training, 'without-anomalies');
  if (kept.length === training.count) return training;
  return {
    shape: training.shape,
    count: kept.length,
    samples: rowsAt(training.samples, sampleSize(training.shape), kept),
    semiTargets: new Int8Array(kept.length),
  };
}

/** Where the training samples that an option says lie among all. */
export function placesOf({ semiTargets }: TrainingSet, which: TrainingSamples): number[] {
  return [...semiTargets.keys()].filter((i) => which === 'all' || semiTargets[i] !== -1);
}

/** Those of the training samples that an option says. */
export function samplesOf(training: TrainingSet, which: TrainingSamples): TrainingSet {
  return which === 'all' ? training : withoutLabeledAnomalies(training);
}
