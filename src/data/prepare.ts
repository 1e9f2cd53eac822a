import { round } from 'es-toolkit/math/round';
import { sum } from 'es-toolkit/math/sum';
import { UserError } from '../errors.js';
import { requireAgreement } from './agreement.js';
import type { Dataset, Samples, TestSet, TrainingSet } from './dataset.js';
import { type ScaledRange, type ScaledWholes, scalerFor } from './scaling.js';
import type { SplitCounts } from './split.js';
import {
  type ClassSizes,
  classSizes,
  givenLabelsCounts,
  givenLabelsSplit,
  type LabeledSamples,
  membership,
  normalClassesOf,
  type SplitRequest,
  semiSupervisedCounts,
  semiSupervisedSplit,
  type TrainTestSplit,
  trainingShare,
  trainTestSplit,
} from './split.js';

/** Everything a run needs of its data. */
export interface PreparedData {
  readonly training: TrainingSet;
  readonly test: TestSet;
  readonly counts: SplitCounts;
  readonly range: ScaledRange;
  /** Where the samples of both come from. */
  readonly origin: Origin;
}

/** Samples by their indices in the data set. */
export interface Origin {
  /** In `Dataset.training`. */
  readonly training: Uint32Array;
  /** In `Dataset.test`, or where there is none, in `Dataset.training`. */
  readonly test: Uint32Array;
}

/**
 * Splits a data set for a run and scales it: the published test part where there is one, else a 60:40 split; the
 * semi-supervised training set drawn from the training part; and features scaled as the training part asks. No
 * sample is in both sets: where all anomalies are in the test part, those that a run draws for training leave its test set. A redrawn
 * test part alone shares samples with training, and is scaled as its own training part asks.
 * As in the authors' code, the scaler is fitted on the training part before labels and pollution are drawn from it.
 * Where the user's own labels are there, all of the training part is trained on with these.
 *
 * @param wholes where runs share whole parts that are scaled alike for all; without, all arrays are the caller's own
 * @throws UserError as splitCounts does, or where the arrays of the data set do not agree, or the features cannot be scaled
 */
export function prepare(dataset: Dataset, request: SplitRequest, wholes?: ScaledWholes): PreparedData {
  requireAgreement(dataset);
  const parts = partition(dataset, request);
  const counts = partCounts(parts, dataset, request);
  const { shape, training, test = training, testNormal } = dataset;
  const { chosen, semiTargets } = parts.semiTargets
    ? { chosen: parts.training, semiTargets: parts.semiTargets }
    : drawLabels(parts, request);
  const tested = testNormal ? withoutDrawn(parts, chosen, training) : parts;
  const { range, scale } = scalerFor(dataset, parts.training, request, wholes);
  const scaleTest = parts.testScaledBy
    ? scalerFor(dataset, parts.testScaledBy, request, wholes).scale
    : scale;
  return {
    training: { shape, count: chosen.length, samples: scale(training, chosen), semiTargets },
    test: { count: tested.test.length, samples: scaleTest(test, tested.test), anomalies: tested.anomalies },
    counts,
    range,
    origin: { training: chosen, test: tested.test },
  };
}

/**
 * How many samples of each kind a run will have: what `prepare` counts, in a fraction of its time.
 *
 * @throws UserError where the request names a class without samples, asks for more anomalies than there are, or leaves the
 *   test set without normal samples or without anomalies
 */
export function splitCounts(dataset: Dataset, request: SplitRequest): SplitCounts {
  const { training, testNormal } = dataset;
  const isPartitioned =
    dependsOnDraw(dataset) || training.semiTargets !== undefined || testNormal !== undefined;
  return isPartitioned
    ? partCounts(partition(dataset, request), dataset, request)
    : simulatedCounts(undrawnSizes(dataset), dataset, request);
}

/** The parts of `Dataset.training` that a run's features are fitted on: the training part and, for a redrawn test part, its own. */
export function fittedParts(
  dataset: Dataset,
  request: Pick<SplitRequest, 'normalClass' | 'seed' | 'preparation'>,
): Uint32Array[] {
  const { training, testScaledBy } = partition(dataset, request);
  return testScaledBy ? [training, testScaledBy] : [training];
}

/** What is labeled in the training part of a table with the user's own labels, as ratios to four decimals, or two digits where that were 0. */
export function givenRatios(
  dataset: Dataset,
): Pick<SplitRequest, 'labeledAnomalyRatio' | 'labeledNormalRatio' | 'pollutionRatio'> {
  const { candidates, semiTargets = new Int8Array() } = partition(dataset, {
    normalClass: dataset.classNames[0],
    seed: 0,
  });
  const counts = givenLabelsCounts(candidates.classes, semiTargets);
  const ratio = (count: number, total: number) => {
    const exact = count / Math.max(1, total);
    return round(exact, 4) || Number(exact.toPrecision(2));
  };
  const { unlabeledNormal, unlabeledAnomalies, unlabeledUnknown = 0 } = counts;
  return {
    labeledAnomalyRatio: ratio(counts.labeledAnomalies, semiTargets.length),
    labeledNormalRatio: ratio(counts.labeledNormal, semiTargets.length),
    pollutionRatio:
      unlabeledUnknown > 0 ? 0 : ratio(unlabeledAnomalies, unlabeledNormal + unlabeledAnomalies),
  };
}

/**
 * Whether the counts of a split depend on its seed: where it draws the parts, and several anomaly classes share one. With the
 * user's own labels there are but two classes.
 */
export function dependsOnDraw({ test, testNormal, classNames }: Dataset): boolean {
  return !test && !testNormal && classNames.length > 2;
}

/** How many samples of each class the training part and the test part have. */
interface PartSizes {
  readonly training: ClassSizes;
  readonly test: ClassSizes;
}

/** Chooses the samples of a training part to train on, by their indices in the data set, and what is labeled of them. */
function drawLabels({ candidates, training }: Partition, request: SplitRequest) {
  const { indices, semiTargets } = semiSupervisedSplit(candidates, request);
  return { chosen: indices.map((position) => training[position]), semiTargets };
}

/** The test part less the anomalies that were drawn from it for training. */
function withoutDrawn(
  { test, anomalies }: Partition,
  chosen: Uint32Array,
  { count }: Samples,
): Pick<Partition, 'test' | 'anomalies'> {
  const isDrawn = membership(chosen, count);
  const isKept = (_: number, position: number) => !isDrawn(test[position]);
  return { test: test.filter(isKept), anomalies: anomalies.filter(isKept) };
}

function sizesOf({ candidates, testClasses }: Partition): PartSizes {
  const { classNames } = candidates;
  return { training: classSizes(candidates), test: classSizes({ classes: testClasses, classNames }) };
}

function undrawnSizes({ classNames, training, test }: Dataset): PartSizes {
  const sizes = ({ classes }: Samples) => classSizes({ classes, classNames });
  if (test) return { training: sizes(training), test: sizes(test) };
  const all = sizes(training).sizes;
  return {
    training: { classNames, sizes: all.map(trainingShare) },
    test: { classNames, sizes: all.map((size) => size - trainingShare(size)) },
  };
}

/** The training part and the test part, as indices, with what is known of their labels. */
interface Partition {
  readonly training: Uint32Array;
  readonly candidates: LabeledSamples;
  /** The user's own labels of the training part, where they are there. */
  readonly semiTargets?: Int8Array;
  /** With normal samples for the test alone, all anomalies are in both parts until a run draws some for training. */
  readonly test: Uint32Array;
  readonly testClasses: Uint8Array;
  /** 1 for an anomaly of the test part, 0 for a normal sample. */
  readonly anomalies: Uint8Array;
  /** The samples whose values scale the test part, where they are not those of the training part. */
  readonly testScaledBy?: Uint32Array;
}

function partition(
  { name, classNames, training, test, testNormal }: Dataset,
  request: Pick<SplitRequest, 'normalClass' | 'seed' | 'preparation'>,
): Partition {
  const names = normalClassesOf(request.normalClass);
  const isNormal = (label: number) => names.includes(classNames[label]);
  if (testNormal && names.join() !== classNames[0]) {
    throw new UserError(
      `${name} has normal samples of its own for training and for the test; expected ${classNames[0]} as the normal class, ` +
        `found ${names.join(' and ')}`,
    );
  }
  const { semiTargets } = training;
  const indices: TrainTestSplit & Pick<Partition, 'testScaledBy'> = test
    ? { training: allOf(training), test: allOf(test) }
    : testNormal
      ? anomaliesInBoth(training, testNormal)
      : semiTargets
        ? givenLabelsSplit(training.classes, semiTargets, request.seed)
        : drawnSplit(training.classes, isNormal, request);
  const testClasses = labelsOf(test ?? training, indices.test);
  return {
    ...indices,
    candidates: { classes: labelsOf(training, indices.training), classNames },
    ...(semiTargets && { semiTargets: Int8Array.from(indices.training, (index) => semiTargets[index]) }),
    testClasses,
    anomalies: testClasses.map((label) => (isNormal(label) ? 0 : 1)),
  };
}

/** The parts that a run draws of a table without a published test part. */
function drawnSplit(
  classes: Uint8Array,
  isNormal: (label: number) => boolean,
  { seed, preparation }: Pick<SplitRequest, 'seed' | 'preparation'>,
): TrainTestSplit & Pick<Partition, 'testScaledBy'> {
  const split = trainTestSplit(classes, isNormal, seed);
  if (preparation?.testPart !== 'redrawn') return split;
  const redrawn = trainTestSplit(classes, isNormal, seed, 'redrawn test part');
  return { ...split, test: redrawn.test, testScaledBy: redrawn.training };
}

function anomaliesInBoth(samples: Samples, testNormal: Uint32Array): TrainTestSplit {
  const isForTest = membership(testNormal, samples.count);
  const all = allOf(samples);
  return {
    training: all.filter((index) => !isForTest(index)),
    test: all.filter((index) => isForTest(index) || samples.classes[index] !== 0),
  };
}

function partCounts(parts: Partition, dataset: Dataset, request: SplitRequest): SplitCounts {
  const { candidates, semiTargets, anomalies } = parts;
  if (!semiTargets) return simulatedCounts(sizesOf(parts), dataset, request);
  if (semiTargets.every((semiTarget) => semiTarget === -1)) {
    throw new UserError(
      `every training sample of ${dataset.name} is a labeled anomaly; give normal or unlabeled ones too`,
    );
  }
  const testAnomalies = anomalies.filter((anomaly) => anomaly === 1).length;
  return {
    ...givenLabelsCounts(candidates.classes, semiTargets),
    ...checkedTest(anomalies.length - testAnomalies, testAnomalies, dataset, request),
  };
}

function simulatedCounts(
  { training, test }: PartSizes,
  dataset: Dataset,
  request: SplitRequest,
): SplitCounts {
  const trainingCounts = semiSupervisedCounts(training, request);
  const testNormal = sum(
    normalClassesOf(request.normalClass).map((name) => test.sizes[test.classNames.indexOf(name)]),
  );
  const { labeledAnomalies, unlabeledAnomalies } = trainingCounts;
  const drawnFromTest = dataset.testNormal ? labeledAnomalies + unlabeledAnomalies : 0;
  const testAnomalies = sum(test.sizes) - testNormal - drawnFromTest;
  return { ...trainingCounts, ...checkedTest(testNormal, testAnomalies, dataset, request) };
}

function checkedTest(
  testNormal: number,
  testAnomalies: number,
  { name, training, test }: Dataset,
  { normalClass }: SplitRequest,
) {
  if (testNormal === 0 || testAnomalies === 0) {
    const remedy =
      training.semiTargets && !test
        ? 'give a table to test on (key test)'
        : `add ${testNormal === 0 ? 'normal samples' : 'anomalies'} to test on`;
    throw new UserError(
      `the test set of ${name} with normal class ${normalClassesOf(normalClass).join(' and ')} has ${testNormal} normal samples and ` +
        `${testAnomalies} anomalies; AUROC needs at least one of each; ${remedy}`,
    );
  }
  return { testNormal, testAnomalies };
}

function allOf({ count }: Samples): Uint32Array {
  return new Uint32Array(count).map((_, index) => index);
}

function labelsOf({ classes }: Samples, indices: Uint32Array): Uint8Array {
  const labels = new Uint8Array(indices.length);
  for (let i = 0; i < labels.length; i++) labels[i] = classes[indices[i]];
  return labels;
}
