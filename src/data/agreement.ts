import { UserError } from '../errors.js';
import { remembered } from '../remembered.js';
import { type Dataset, type Samples, sampleSize, UNKNOWN_CLASS } from './dataset.js';

/**
 * Checks that the arrays of a data set agree, of which runs would make some other data set: values, classes and semi-targets of each sample,
 * of classes that have names.
 *
 * @throws UserError where they do not
 */
export const requireAgreement: (dataset: Dataset) => void = remembered((dataset) => {
  const { name, training, test, testNormal } = dataset;
  requirePart(`${name}: the training part`, training, dataset);
  if (test) requirePart(`${name}: the test part`, test, dataset);
  const beyond = testNormal?.find((index) => index >= training.count);
  if (beyond !== undefined) {
    throw new UserError(
      `${name}: testNormal has index ${beyond}, and the training part has ${training.count} samples`,
    );
  }
});

function requirePart(
  what: string,
  { count, values, classes, semiTargets }: Samples,
  { shape, classNames }: Dataset,
): void {
  const size = sampleSize(shape);
  if (values.length !== count * size) {
    throw new UserError(
      `${what} has ${values.length} values; expected ${count * size}, ${count} samples of shape ${shape.join(' × ')}`,
    );
  }
  for (const [key, { length }] of Object.entries({ classes, ...(semiTargets && { semiTargets }) })) {
    if (length !== count) {
      throw new UserError(`${what} has ${length} ${key} and ${count} samples; give one for each`);
    }
  }
  const nameless = classes.findIndex(
    (label) => label >= classNames.length && !(semiTargets && label === UNKNOWN_CLASS),
  );
  if (nameless >= 0) {
    throw new UserError(
      `${what}: sample ${nameless} (counted from 0) is of class ${classes[nameless]}, and classNames has ${classNames.length}`,
    );
  }
  const strange = semiTargets?.findIndex((target) => Math.abs(target) > 1) ?? -1;
  if (strange >= 0) {
    throw new UserError(
      `${what}: sample ${strange} (counted from 0) has the semi-target ${semiTargets?.[strange]}; expected 1 (normal), -1 (anomaly) or 0 (unlabeled)`,
    );
  }
}
