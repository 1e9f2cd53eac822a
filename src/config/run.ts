import type { NormalClass, Preparation } from '../data/split.js';
import type { DetectorChoice } from '../detectors/options.js';

/**
 * One training of one detector on one split: a point of an experiment's grid. Plain data, and the content of its `id`.
 * On a table with the user's own labels, the ratios are those that these labels come to.
 */
export interface Run {
  /**
   * The first 16 hexadecimal digits of the sha256 of everything below that its outcome depends on, and of the engine where that is not the
   * native one and the detector uses it.
   */
  readonly id: string;
  readonly dataset: string;
  /** The checksum of the data set, so that changed data, or data that are read in another way, make a different run. */
  readonly dataChecksum: string;
  /** A list where several classes are normal at once, in the order of the data set's. */
  readonly normalClass: NormalClass;
  readonly knownAnomalyClasses: readonly string[];
  /** γ_l: labeled anomalies, as a fraction of the training set. */
  readonly labeledAnomalyRatio: number;
  /** Labeled normal samples, as a fraction of the training set. */
  readonly labeledNormalRatio: number;
  /** γ_p: anomalies among the unlabeled samples, as a fraction of these; 0 where the classes of these are not known. */
  readonly pollutionRatio: number;
  /** How the data become samples; absent where all is usual. */
  readonly preparation?: Preparation;
  readonly detector: DetectorChoice;
  readonly seed: number;
}

/** All that a run is, which its id is a hash of. */
export type RunContent = Omit<Run, 'id'>;

/**
 * Tells splits apart: equal for two runs that train and test on the same samples with the same labels.
 *
 * @param but what to take in the place of the run's own
 */
export function splitKey(
  run: Run,
  but: Partial<Pick<Run, 'knownAnomalyClasses' | 'labeledAnomalyRatio' | 'labeledNormalRatio' | 'seed'>> = {},
): string {
  return JSON.stringify([
    run.dataset,
    run.dataChecksum,
    run.normalClass,
    but.knownAnomalyClasses ?? run.knownAnomalyClasses,
    but.labeledAnomalyRatio ?? run.labeledAnomalyRatio,
    but.labeledNormalRatio ?? run.labeledNormalRatio,
    run.pollutionRatio,
    but.seed ?? run.seed,
    ...(run.preparation ? [run.preparation] : []),
  ]);
}
