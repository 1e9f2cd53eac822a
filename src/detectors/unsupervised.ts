import { sampleSize, type TrainingSet } from '../data/dataset.js';
import type { TrainingSamples } from './options.js';

/**
 * The training set of a method that takes no labels: what is known to be anomalous is left out, all else counts as unlabeled.
 * (The paper runs these methods without labeled anomalies; training on known ones as if they were normal would only handicap
 * them.)
 */
export function withoutLabeledAnomalies(training: TrainingSet): TrainingSet {
  const size = sampleSize(training.shape);
  const kept = placesOf(training, 'without-anomalies');
  if (kept.length === training.count) return training;
  const samples = new Float32Array(kept.length * size);
  kept.forEach((from, to) => {
    samples.set(training.samples.subarray(from * size, (from + 1) * size), to * size);
  });
  return { shape: training.shape, count: kept.length, samples, semiTargets: new Int8Array(kept.length) };
}

/** Where the training samples that an option says lie among all. */
export function placesOf({ semiTargets }: TrainingSet, which: TrainingSamples): number[] {
  return [...semiTargets.keys()].filter((i) => which === 'all' || semiTargets[i] !== -1);
}

/** Those of the training samples that an option says. */
export function samplesOf(training: TrainingSet, which: TrainingSamples): TrainingSet {
  return which === 'all' ? training : withoutLabeledAnomalies(training);
}
