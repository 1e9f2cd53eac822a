import { sum } from 'es-toolkit/math/sum';
import { UserError } from '../errors.js';
import { randomStream } from '../random.js';
import { floorTo } from '../significant.js';
import { concatenate } from './concatenate.js';
import { UNKNOWN_CLASS } from './dataset.js';

/** Samples as far as a split sees them. */
export interface LabeledSamples {
  /** The class of each sample, as an index into `classNames`. */
  readonly classes: Uint8Array;
  readonly classNames: readonly string[];
}

/** Samples as far as counting them goes. */
export interface ClassSizes {
  /** How many samples each class has. */
  readonly sizes: readonly number[];
  readonly classNames: readonly string[];
}

/** How features of tables are scaled, fitted on the training part: to its range, by mean and standard deviation, or by median and quartiles. */
export const TABLE_SCALINGS = ['min-max', 'standardize', 'robust'] as const;

/** How images are scaled: bytes to [0, 1], or contrast normalised as in Deep SVDD (Ruff et al. 2018). */
export const IMAGE_SCALINGS = ['unit', 'contrast'] as const;

/**
 * Which rows of a table that comes without a test part are the test part: those that are not in the training part, or, as in the
 * authors' code, the test part of a second split, which shares rows with the training part.
 */
export const TEST_PARTS = ['held-out', 'redrawn'] as const;

/** How data become samples, where that is not the usual way; each key is absent where it is, or has no meaning for the data. */
export interface Preparation {
  readonly tableScaling?: Exclude<(typeof TABLE_SCALINGS)[number], 'min-max'>;
  readonly imageScaling?: Exclude<(typeof IMAGE_SCALINGS)[number], 'unit'>;
  readonly testPart?: Exclude<(typeof TEST_PARTS)[number], 'held-out'>;
}

/** What is normal: a class, or several at once, at least two. */
export type NormalClass = string | readonly string[];

/** The classes that are normal. */
export function normalClassesOf(normalClass: NormalClass): readonly string[] {
  return typeof normalClass === 'string' ? [normalClass] : normalClass;
}

/** What is normal in a run, what is known of its anomalies, and how much of each the training set holds. */
export interface SplitRequest {
  readonly normalClass: NormalClass;
  readonly knownAnomalyClasses: readonly string[];
  /** γ_l */
  readonly labeledAnomalyRatio: number;
  /** r_n */
  readonly labeledNormalRatio: number;
  /** γ_p */
  readonly pollutionRatio: number;
  readonly seed: number;
  /** Absent where all is usual. */
  readonly preparation?: Preparation;
}

/** How many samples of each kind a training set holds. */
export interface TrainingCounts {
  readonly labeledNormal: number;
  readonly labeledAnomalies: number;
  readonly unlabeledNormal: number;
  readonly unlabeledAnomalies: number;
  /** Unlabeled samples whose class nobody knows; absent where all are known. */
  readonly unlabeledUnknown?: number;
}

/** How many samples of each kind a run trained and tested on. */
export interface SplitCounts extends TrainingCounts {
  readonly testNormal: number;
  readonly testAnomalies: number;
}

/** Sample indices of the two parts, in ascending order. */
export interface TrainTestSplit {
  readonly training: Uint32Array;
  readonly test: Uint32Array;
}

/** How many samples there are to draw from. */
export interface Available {
  readonly normal: number;
  /** Of the known anomaly classes. */
  readonly knownAnomalies: number;
  /** Of all anomaly classes. */
  readonly anomalies: number;
}

/** The samples of a training set, as indices, and the semi-target of each. */
export interface SemiSupervisedSplit {
  readonly indices: Uint32Array;
  /** +1 labeled normal, −1 labeled anomaly, 0 unlabeled. */
  readonly semiTargets: Int8Array;
  readonly counts: TrainingCounts;
}

/** A ratio that asks for more anomalies than there are. */
export class RatioError extends UserError {
  constructor(
    readonly ratio: 'labeledAnomalyRatio' | 'pollutionRatio',
    message: string,
  ) {
    super(message);
  }
}

/** How far a sum of fractions may miss 1, and a count an integer, by rounding and still mean it. */
export const ROUNDING = 1e-9;

/**
 * Draws 60 % of the normal samples and 60 % of the anomalies, each rounded down, for training; the rest is for the test.
 *
 * @param classes the class of each sample
 * @param isNormal whether a class is normal; every other is anomalous
 * @param purpose names the seed's stream of random numbers
 */
export function trainTestSplit(
  classes: Uint8Array,
  isNormal: (label: number) => boolean,
  seed: number,
  purpose = 'train-test split',
): TrainTestSplit {
  const random = randomStream(seed, purpose);
  const normal = random.shuffle(indicesOf(classes, isNormal));
  const anomalies = random.shuffle(indicesOf(classes, (label) => !isNormal(label)));
  const normalCut = trainingShare(normal.length);
  const anomalyCut = trainingShare(anomalies.length);
  return {
    training: concatenate(Uint32Array, [
      normal.subarray(0, normalCut),
      anomalies.subarray(0, anomalyCut),
    ]).sort(),
    test: concatenate(Uint32Array, [normal.subarray(normalCut), anomalies.subarray(anomalyCut)]).sort(),
  };
}

/**
 * Draws the test part of samples with the user's own labels: of those whose class is known 40 %, as in `trainTestSplit`, drawn
 * apart from each kind of class and semi-target, so that the seed changes no count. All others are for training.
 *
 * @param classes the class of each sample: 0 is normal, `UNKNOWN_CLASS` not known, every other anomalous
 * @param semiTargets +1 labeled normal, −1 labeled anomaly, 0 unlabeled
 */
export function givenLabelsSplit(classes: Uint8Array, semiTargets: Int8Array, seed: number): TrainTestSplit {
  const random = randomStream(seed, 'train-test split');
  const kinds = [true, false].flatMap((normal) => [1, 0, -1].map((semiTarget) => ({ normal, semiTarget })));
  const held = kinds.map(({ normal, semiTarget }) => {
    const members = indicesOf(classes, (label, index) => {
      const isOfKind = label !== UNKNOWN_CLASS && (label === 0) === normal;
      return isOfKind && semiTargets[index] === semiTarget;
    });
    return random.shuffle(members).subarray(trainingShare(members.length));
  });
  const test = concatenate(Uint32Array, held).sort();
  const isHeld = membership(test, classes.length);
  return { training: indicesOf(classes, (_, index) => !isHeld(index)), test };
}

/** Counts a training set by its classes, in the words of `givenLabelsSplit`, and its semi-targets. */
export function givenLabelsCounts(classes: Uint8Array, semiTargets: Int8Array): TrainingCounts {
  const counts = { labeledNormal: 0, labeledAnomalies: 0, unlabeledNormal: 0, unlabeledAnomalies: 0 };
  let unknown = 0;
  semiTargets.forEach((semiTarget, index) => {
    if (semiTarget === 1) counts.labeledNormal++;
    else if (semiTarget === -1) counts.labeledAnomalies++;
    else if (classes[index] === UNKNOWN_CLASS) unknown++;
    else if (classes[index] === 0) counts.unlabeledNormal++;
    else counts.unlabeledAnomalies++;
  });
  return { ...counts, ...(unknown > 0 && { unlabeledUnknown: unknown }) };
}

/** How many of so many normal samples, or anomalies, `trainTestSplit` draws for training: 60 %, rounded down. */
export function trainingShare(count: number): number {
  return Math.floor((count * 3) / 5);
}

/** How many samples each class has. */
export function classSizes({ classes, classNames }: LabeledSamples): ClassSizes {
  const sizes = new Array<number>(classNames.length).fill(0);
  for (const label of classes) sizes[label]++;
  return { sizes, classNames };
}

/**
 * Draws the training set of semi-supervised anomaly detection (paper, section 4): all normal samples, some of them labeled;
 * labeled anomalies, drawn evenly from the known anomaly classes; and unlabeled anomalies (pollution), drawn evenly from all
 * anomaly classes less the labeled ones.
 *
 * @throws UserError where the request names a class that is not there, or asks for more anomalies than there are
 */
export function semiSupervisedSplit(samples: LabeledSamples, request: SplitRequest): SemiSupervisedSplit {
  const sizes = classSizes(samples);
  const counts = semiSupervisedCounts(sizes, request);
  const { isNormal, isKnown } = requestedClasses(sizes, request);
  const random = randomStream(request.seed, 'semi-supervised split');
  const normal = random.shuffle(indicesOf(samples.classes, isNormal));
  const labeledAnomalies = random
    .shuffle(indicesOf(samples.classes, isKnown))
    .subarray(0, counts.labeledAnomalies);
  const isLabeled = membership(labeledAnomalies, samples.classes.length);
  const unlabeled = indicesOf(samples.classes, (label, index) => !isNormal(label) && !isLabeled(index));
  const pollution = random.shuffle(unlabeled).subarray(0, counts.unlabeledAnomalies);

  const indices = concatenate(Uint32Array, [normal, pollution, labeledAnomalies]);
  const semiTargets = new Int8Array(indices.length);
  semiTargets.fill(1, 0, counts.labeledNormal);
  semiTargets.fill(-1, indices.length - counts.labeledAnomalies);
  return { indices, semiTargets, counts };
}

/**
 * The counts of `semiSupervisedSplit`, without drawing it: quick enough to ask of every run of an experiment beforehand.
 *
 * @throws UserError as semiSupervisedSplit does
 */
export function semiSupervisedCounts(available: ClassSizes, request: SplitRequest): TrainingCounts {
  const { isNormal, isKnown } = requestedClasses(available, request);
  const total = (counts: (label: number) => boolean) =>
    sum(available.sizes.filter((_, label) => counts(label)));
  return trainingCounts(request, {
    normal: total(isNormal),
    knownAnomalies: total(isKnown),
    anomalies: total((label) => !isNormal(label)),
  });
}

/**
 * The counts of a training set of T samples in all, from N normal samples: r_n·T of these labeled, γ_l·T labeled anomalies,
 * and a share γ_p of anomalies among the unlabeled. Solved for T = N / ((1 − γ_p)(1 − γ_l) + γ_p·r_n), then each rounded
 * down but for the unlabeled normal samples, which are all that are not labeled.
 *
 * @throws UserError where the ratios contradict each other or ask for more anomalies than are available
 */
export function trainingCounts(request: SplitRequest, available: Available): TrainingCounts {
  const { labeledAnomalyRatio, labeledNormalRatio, pollutionRatio } = request;
  checkRatios(request);
  const share = (1 - pollutionRatio) * (1 - labeledAnomalyRatio) + pollutionRatio * labeledNormalRatio;
  const total = available.normal / share;
  const unlabeledRatio = Math.max(0, 1 - labeledNormalRatio - labeledAnomalyRatio);

  const labeledNormal = wholeSamples(labeledNormalRatio * total);
  const counts = {
    labeledNormal,
    labeledAnomalies: wholeSamples(labeledAnomalyRatio * total),
    unlabeledNormal: available.normal - labeledNormal,
    unlabeledAnomalies: wholeSamples(pollutionRatio * unlabeledRatio * total),
  };
  checkAvailable(counts, request, available);
  return counts;
}

function checkRatios(request: SplitRequest): void {
  const { labeledAnomalyRatio, labeledNormalRatio, pollutionRatio } = request;
  for (const [name, ratio] of Object.entries({ labeledAnomalyRatio, labeledNormalRatio, pollutionRatio })) {
    if (!(ratio >= 0 && ratio <= 1))
      throw new UserError(`${name} is ${ratio}; expected a fraction from 0 to 1`);
  }
  if (labeledAnomalyRatio + labeledNormalRatio > 1 + ROUNDING) {
    throw new UserError(
      `labeledAnomalyRatio ${labeledAnomalyRatio} and labeledNormalRatio ${labeledNormalRatio} sum to more than the whole ` +
        `training set; with this labeledNormalRatio, labeledAnomalyRatio can be at most ${rounded(1 - labeledNormalRatio)}`,
    );
  }
  if (labeledAnomalyRatio === 1 || (pollutionRatio === 1 && labeledNormalRatio === 0)) {
    throw new UserError(
      `labeledAnomalyRatio ${labeledAnomalyRatio} and pollutionRatio ${pollutionRatio} leave no normal sample in the training ` +
        'set; each must be below 1',
    );
  }
}

function checkAvailable(counts: TrainingCounts, request: SplitRequest, available: Available): void {
  const { labeledAnomalyRatio, labeledNormalRatio, pollutionRatio } = request;
  const { normal, knownAnomalies, anomalies } = available;
  const known = request.knownAnomalyClasses.join(', ');
  if (counts.labeledAnomalies > knownAnomalies) {
    // γ_l·T = knownAnomalies, and γ_l·T + γ_p·(1 − γ_l − r_n)·T = anomalies, each solved for γ_l
    const clean = 1 - pollutionRatio;
    const normalShare = clean + pollutionRatio * labeledNormalRatio;
    const left = anomalies * normalShare - normal * pollutionRatio * (1 - labeledNormalRatio);
    const most = Math.min(
      (knownAnomalies * normalShare) / (normal + knownAnomalies * clean),
      // Where all that is unlabeled are anomalies, labels change nothing of their number, (1 − r_n)·T, which is rounded down.
      clean === 0 ? Number(left > -normalShare) : left / (clean * (normal + anomalies)),
    );
    throw new RatioError(
      'labeledAnomalyRatio',
      `labeledAnomalyRatio ${labeledAnomalyRatio} asks for ${counts.labeledAnomalies} labeled anomalies beside ${normal} normal ` +
        `samples, but the known anomaly classes (${known || 'none'}) have ${knownAnomalies} for training; with the other ratios ` +
        `as they are, labeledAnomalyRatio can be at most ${rounded(most)}`,
    );
  }
  const unlabeled = anomalies - counts.labeledAnomalies;
  if (counts.unlabeledAnomalies > unlabeled) {
    // (γ_l + γ_p·u)·T = anomalies with u = 1 − γ_l − r_n, solved for γ_p
    const unlabeledRatio = 1 - labeledAnomalyRatio - labeledNormalRatio;
    const most =
      (anomalies * (1 - labeledAnomalyRatio) - normal * labeledAnomalyRatio) /
      (unlabeledRatio * (normal + anomalies));
    throw new RatioError(
      'pollutionRatio',
      `pollutionRatio ${pollutionRatio} asks for ${counts.unlabeledAnomalies} unlabeled anomalies beside ${normal} normal samples, ` +
        `but ${unlabeled} anomalies for training are not labeled; with the other ratios as they are, pollutionRatio can be at ` +
        `most ${rounded(most)}`,
    );
  }
}

/** The classes that a request names, as predicates on labels. Throws a UserError where one has no samples, or they contradict each other. */
function requestedClasses({ sizes, classNames }: ClassSizes, request: SplitRequest) {
  const present = (index: number) => index >= 0 && sizes[index] > 0;
  const find = (name: string, role: string): number => {
    const index = classNames.indexOf(name);
    if (!present(index)) {
      const valid = classNames.filter((_, candidate) => present(candidate)).join(', ');
      throw new UserError(
        `${role} ${name} has no samples for training; classes that have: ${valid || 'none'}`,
      );
    }
    return index;
  };
  const normalNames = normalClassesOf(request.normalClass);
  const contradiction = request.knownAnomalyClasses.find((name) => normalNames.includes(name));
  if (contradiction !== undefined) {
    throw new UserError(`class ${contradiction} cannot be both the normal class and a known anomaly class`);
  }
  const normal = new Set(normalNames.map((name) => find(name, 'normal class')));
  const known = new Set(request.knownAnomalyClasses.map((name) => find(name, 'known anomaly class')));
  return { isNormal: (label: number) => normal.has(label), isKnown: (label: number) => known.has(label) };
}

/**
 * Tells which of `count` samples are among those of the given indices. A Set would hold no more than 2^24 of them.
 */
export function membership(indices: Uint32Array, count: number): (index: number) => boolean {
  const marks = new Uint8Array(count);
  for (const index of indices) marks[index] = 1;
  return (index) => marks[index] === 1;
}

/** A share of so many samples, rounded down, except from just below an integer: 0.29 · 100 is 28.999999999999996, and means 29. */
export function wholeSamples(count: number): number {
  return Math.floor(count + ROUNDING);
}

/** A ratio to four digits, rounded down so that it stays possible; 0 for one that is no more than an error of rounding, or below. */
function rounded(ratio: number): number {
  return ratio > ROUNDING ? floorTo(4, ratio * (1 + ROUNDING)) : 0;
}

function indicesOf(classes: Uint8Array, wanted: (label: number, index: number) => boolean): Uint32Array {
  const indices = new Uint32Array(classes.length);
  let count = 0;
  for (let i = 0; i < classes.length; i++) if (wanted(classes[i], i)) indices[count++] = i;
  return indices.slice(0, count);
}
