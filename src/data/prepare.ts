import { sum } from 'es-toolkit';
import { UserError } from '../errors.js';
import type { SplitCounts } from '../results/record.js';
import type { Dataset, Samples, TestSet, TrainingSet } from './dataset.js';
import { scalerFor } from './scaling.js';
import {
  type ClassSizes,
  classSizes,
  type LabeledSamples,
  type SplitRequest,
  semiSupervisedCounts,
  semiSupervisedSplit,
  trainingShare,
  trainTestSplit,
} from './split.js';

/** Everything a run needs of its data. */
export interface PreparedData {
  readonly training: TrainingSet;
  readonly test: TestSet;
  readonly counts: SplitCounts;
}

/**
 * Splits a data set for a run and scales it: the published test part where there is one, else a 60:40 split; the
 * semi-supervised training set drawn from the training part; and features scaled as the training part asks.
 * As in the authors' code, the scaler is fitted on the training part before labels and pollution are drawn from it.
 *
 * @throws UserError as splitCounts does, or where the features cannot be scaled
 */
export function prepare(dataset: Dataset, request: SplitRequest): PreparedData {
  const parts = partition(dataset, request);
  const counts = countsOf(sizesOf(parts), dataset, request);
  const { shape, training, test = training } = dataset;
  const drawn = semiSupervisedSplit(parts.candidates, request);
  const chosen = drawn.indices.map((position) => parts.training[position]);
  const scale = scalerFor(dataset, parts.training);
  return {
    training: {
      shape,
      count: chosen.length,
      samples: scale(training, chosen),
      semiTargets: drawn.semiTargets,
    },
    test: { count: parts.test.length, samples: scale(test, parts.test), anomalies: parts.anomalies },
    counts,
  };
}

/**
 * How many samples of each kind a run will have: what `prepare` counts, in a fraction of its time.
 *
 * @throws UserError where the request names a class without samples, asks for more anomalies than there are, or leaves the
 *   test set without normal samples or without anomalies
 */
export function splitCounts(dataset: Dataset, request: SplitRequest): SplitCounts {
  const drawn = dependsOnDraw(dataset) ? sizesOf(partition(dataset, request)) : undrawnSizes(dataset);
  return countsOf(drawn, dataset, request);
}

/** Whether the counts of a split depend on its seed: where it draws the parts, and several anomaly classes share one. */
export function dependsOnDraw({ test, classNames }: Dataset): boolean {
  return !test && classNames.length > 2;
}

/** How many samples of each class the training part and the test part have. */
interface PartSizes {
  readonly training: ClassSizes;
  readonly test: ClassSizes;
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
  readonly test: Uint32Array;
  readonly testClasses: Uint8Array;
  /** 1 for an anomaly of the test part, 0 for a normal sample. */
  readonly anomalies: Uint8Array;
}

function partition({ classNames, training, test }: Dataset, request: SplitRequest): Partition {
  const normalClass = classNames.indexOf(request.normalClass);
  const indices = test
    ? { training: allOf(training), test: allOf(test) }
    : trainTestSplit(training.classes, normalClass, request.seed);
  const testClasses = labelsOf(test ?? training, indices.test);
  return {
    ...indices,
    candidates: { classes: labelsOf(training, indices.training), classNames },
    testClasses,
    anomalies: testClasses.map((label) => (label === normalClass ? 0 : 1)),
  };
}

function countsOf({ training, test }: PartSizes, { name }: Dataset, request: SplitRequest): SplitCounts {
  const trainingCounts = semiSupervisedCounts(training, request);
  const testNormal = test.sizes[test.classNames.indexOf(request.normalClass)];
  const testAnomalies = sum(test.sizes) - testNormal;
  if (testNormal === 0 || testAnomalies === 0) {
    throw new UserError(
      `the test set of ${name} with normal class ${request.normalClass} has ${testNormal} normal samples and ` +
        `${testAnomalies} anomalies; AUROC needs at least one of each`,
    );
  }
  return { ...trainingCounts, testNormal, testAnomalies };
}

function allOf({ count }: Samples): Uint32Array {
  return new Uint32Array(count).map((_, index) => index);
}

function labelsOf({ classes }: Samples, indices: Uint32Array): Uint8Array {
  const labels = new Uint8Array(indices.length);
  for (let i = 0; i < labels.length; i++) labels[i] = classes[indices[i]];
  return labels;
}
