import { isFloat32Array } from 'node:util/types';
import { isEqual } from 'es-toolkit/predicate/isEqual';
import { type SampleShape, sampleSize, type TestSet, type TrainingSet } from '../data/dataset.js';
import { UserError } from '../errors.js';

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
  if (!isEqual([...training.shape], [...shape])) {
    throw new UserError(
      `the training samples are of shape ${training.shape.join(' × ')}, and the detector was made for ${shape.join(' × ')}`,
    );
  }
  requireSamples('the training samples', samples, shape, count);
  requireLabels('the training samples', count, semiTargets, [-1, 0, 1]);
  if (semiTargets.every((semiTarget) => semiTarget === -1)) {
    throw new UserError('no training sample is unlabeled or labeled normal; give some');
  }
}

/** The same of what a fit chooses by. */
export function requireTestSet({ count, samples, anomalies }: TestSet, shape: SampleShape): void {
  requireSamples('the test samples', samples, shape, count);
  requireLabels('the test samples', count, anomalies, [0, 1]);
}

function requireLabels(
  what: string,
  count: number,
  labels: Int8Array | Uint8Array,
  expected: readonly number[],
): void {
  if (labels.length !== count) {
    throw new UserError(`${what} are ${count}, and have ${labels.length} labels; give one for each`);
  }
  const odd = labels.findIndex((label) => !expected.includes(label));
  if (odd < 0) return;
  throw new UserError(
    `${what}: sample ${odd} (counted from 0) has the label ${labels[odd]}; expected one of ${expected.join(', ')}`,
  );
}
