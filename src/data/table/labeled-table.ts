import { UserError } from '../../errors.js';
import { keyOrOption } from '../../messages/vocabulary.js';
import type { NumericArray } from '../formats/numeric-array.js';
import type { MissingPolicy } from './columns.js';

/** The rows of a table, one after the other, and the label of each. */
export interface LabeledTable {
  readonly shape: readonly [features: number];
  readonly values: Float64Array;
  readonly labels: Float64Array;
}

/**
 * Joins an array of features and an array of labels.
 *
 * @param features rows × columns
 * @param labels rows, rows × 1 or 1 × rows; NaN where one is missing
 * @param file what errors call their file
 * @param labelName what errors call the labels
 * @param missing what becomes of features that are NaN
 * @throws UserError where they are of other shapes, or hold a number that is not finite
 */
export function labeledTable(
  features: NumericArray,
  labels: NumericArray,
  file: string,
  labelName: string,
  missing: MissingPolicy = 'refuse',
): LabeledTable {
  const [rows, columns] = features.shape;
  if (features.shape.length !== 2 || features.values.length === 0) {
    throw new UserError(
      `${file}: expected X to be rows × features, found shape (${features.shape.join(', ')})`,
    );
  }
  if (labels.values.length !== rows || Math.max(...labels.shape) !== rows) {
    throw new UserError(
      `${file}: expected ${labelName} to hold one label for each of the ${rows} rows of X, ` +
        `found shape (${labels.shape.join(', ')})`,
    );
  }
  const isFilled = (value: number) => missing === 'fill' && Number.isNaN(value);
  checkFinite(features.values, columns, file, 'X', isFilled);
  checkFinite(labels.values, 1, file, labelName, Number.isNaN);
  return { shape: [columns], values: features.values, labels: labels.values };
}

function checkFinite(
  values: Float64Array,
  columns: number,
  file: string,
  name: string,
  isAllowed = (_: number) => false,
): void {
  const at = values.findIndex((value) => !Number.isFinite(value) && !isAllowed(value));
  if (at < 0) return;
  throw new UserError(
    `${file}: expected finite numbers, found ${values[at]} in ${name}, row ${Math.floor(at / columns) + 1}, ` +
      `column ${(at % columns) + 1} (counted from 1); fill in or drop such rows` +
      (Number.isNaN(values[at]) ? `, or have missing values filled (${keyOrOption('missing', 'fill')})` : ''),
  );
}
