import { UserError } from '../errors.js';
import type { SplitCounts } from '../results/record.js';
import type { Dataset, Samples, TestSet, TrainingSet } from './dataset.js';
import { scalerFor } from './scaling.js';
import { type SplitRequest, semiSupervisedSplit, trainTestSplit } from './split.js';

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
 * @throws UserError where the split or the scaling is impossible, or the test part lacks normal samples or anomalies
 */
export function prepare(dataset: Dataset, request: SplitRequest): PreparedData {
  const { shape, classNames, training } = dataset;
  const normalClass = classNames.indexOf(request.normalClass);
  const test = dataset.test ?? training;
  const parts = dataset.test
    ? { training: allOf(training), test: allOf(test) }
    : trainTestSplit(training.classes, normalClass, request.seed);

  const classes = Uint8Array.from(parts.training, (index) => training.classes[index]);
  const drawn = semiSupervisedSplit({ classes, classNames }, request);
  const chosen = drawn.indices.map((position) => parts.training[position]);

  const anomalies = Uint8Array.from(parts.test, (index) => (test.classes[index] === normalClass ? 0 : 1));
  const testAnomalies = anomalies.reduce((sum, anomaly) => sum + anomaly, 0);
  const testNormal = anomalies.length - testAnomalies;
  if (testNormal === 0 || testAnomalies === 0) {
    throw new UserError(
      `the test set of ${dataset.name} with normal class ${request.normalClass} has ${testNormal} normal samples and ` +
        `${testAnomalies} anomalies; AUROC needs at least one of each`,
    );
  }

  const scale = scalerFor(dataset, parts.training);
  return {
    training: {
      shape,
      count: chosen.length,
      samples: scale(training, chosen),
      semiTargets: drawn.semiTargets,
    },
    test: { count: anomalies.length, samples: scale(test, parts.test), anomalies },
    counts: { ...drawn.counts, testNormal, testAnomalies },
  };
}

function allOf({ count }: Samples): Uint32Array {
  return Uint32Array.from({ length: count }, (_, index) => index);
}
