import { isFloat32Array, isInt8Array, isUint8Array } from 'node:util/types';
import { isEqual } from 'es-toolkit/predicate/isEqual';
import { type SampleShape, sampleSize, type TestSet, type TrainingSet } from '../data/dataset.js';
import { UserError } from '../errors.js';
import { requireWhole } from '../whole-number.js';

/**
 * Checks that values are whole samples of a shape, all of them numbers: of anything else detectors would make some number too.
 *
 * @param what they are, for the message
 * @param count how many samples they must be, where that is known
 * @throws UserError where they are not
 */
export function requireSamples(
  what: string,
  samples: Float32Array,
  shape: SampleShape,
  count?: number,
): void {
  if (!isFloat32Array(samples)) throw new UserError(`${what}: expected a Float32Array`);
  const size = sampleSize(shape);
  if (count === undefined ? samples.length % size !== 0 : samples.length !== count * size) {
    const expected = count === undefined ? `one has ${size}` : `${count} have ${count * size}`;
    throw new UserError(
      `${what} are of shape ${shape.join(' × ')}, of which ${expected} values; found ${samples.length} values`,
    );
  }
  // No findIndex, which takes some seven times as long: every fit and score comes by here.
  let odd = 0;
  while (odd < samples.length && Number.isFinite(samples[odd])) odd++;
  if (odd === samples.length) return;
  throw new UserError(
    `${what}: value ${odd % size} of sample ${Math.floor(odd / size)} (both counted from 0) is ${samples[odd]}; expected numbers alone: fill in what is missing`,
  );
}

/**
 * Checks that a training set is whole samples of a shape, each with a semi-target, and not of labeled anomalies alone, which tell nothing of
 * what is normal.
 *
 * @throws UserError where it is not
 */
export function requireTrainingSet(training: TrainingSet, shape: SampleShape): void {
  const { count, samples, semiTargets } = training;
  if (!Array.isArray(training.shape)) {
    throw new UserError('the training samples have no shape: give that of one of them, such as [features]');
  }
  if (!isEqual([...training.shape], [...shape])) {
    throw new UserError(
      `the training samples are of shape ${training.shape.join(' × ')}, and the detector was made for ${shape.join(' × ')}`,
    );
  }
  requireWhole('count', count, 0);
  requireSamples('the training samples', samples, shape, count);
  requireLabels('the training samples', count, semiTargets, SEMI_TARGETS);
  if (semiTargets.every((semiTarget) => semiTarget === -1)) {
    throw new UserError('no training sample is unlabeled or labeled normal; give some');
  }
}

/** The same of what a fit chooses by. */
export function requireTestSet({ count, samples, anomalies }: TestSet, shape: SampleShape): void {
  requireWhole('count', count, 0);
  requireSamples('the test samples', samples, shape, count);
  requireLabels('the test samples', count, anomalies, ANOMALIES);
}

/** What tells something of each sample. */
interface Labels {
  isOfType(labels: unknown): boolean;
  /** What to give where they are not of the type. */
  readonly wanted: string;
  readonly values: readonly number[];
}

const SEMI_TARGETS: Labels = {
  isOfType: isInt8Array,
  wanted:
    'semiTargets, an Int8Array of 1 (normal), -1 (anomaly) and 0 (unlabeled, as all are where nothing is labeled)',
  values: [-1, 0, 1],
};
const ANOMALIES: Labels = {
  isOfType: isUint8Array,
  wanted: 'anomalies, a Uint8Array of 1 (anomaly) and 0 (normal)',
  values: [0, 1],
};

function requireLabels(
  what: string,
  count: number,
  labels: Int8Array | Uint8Array,
  { isOfType, wanted, values }: Labels,
): void {
  if (!isOfType(labels)) throw new UserError(`${what}: expected ${wanted}, one for each`);
  if (labels.length !== count) {
    throw new UserError(`${what} are ${count}, and have ${labels.length} labels; give one for each`);
  }
  const odd = labels.findIndex((label) => !values.includes(label));
  if (odd < 0) return;
  throw new UserError(
    `${what}: sample ${odd} (counted from 0) has the label ${labels[odd]}; expected one of ${values.join(', ')}`,
  );
}
