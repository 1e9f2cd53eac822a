import { uniq } from 'es-toolkit/array/uniq';
import { keyOrOption } from '../../messages/vocabulary.js';
import { listed, shown } from './cells.js';

/** Samples of each kind below which one value each may be chance. */
const FEWEST = 10;

/**
 * The features that have one value in all samples of a kind, normal or anomalous, and others in all of the other kind, as a label has
 * that was left among them, the code of what is wrong, or what is noted of anomalies alone.
 *
 * @param values count × features, one sample after the other; NaN where one is missing
 * @param kinds +1 a normal sample, −1 an anomaly, 0 neither: one a sample
 */
export function tellingFeatures(values: ArrayLike<number>, features: number, kinds: Int8Array): number[] {
  const [normal, anomalies] = [1, -1].map((kind) => [...kinds.keys()].filter((row) => kinds[row] === kind));
  if (Math.min(normal.length, anomalies.length) < FEWEST) return [];
  const valueAt = (row: number, feature: number) => values[row * features + feature];
  /** The features that in all of these rows are as in a row, or that in none of them are. */
  const compared = (among: readonly number[], rows: readonly number[], like: number, areEqual: boolean) => {
    let left = among;
    for (const row of rows) {
      // Most features differ between the first rows.
      if (left.length === 0) break;
      // A zero has no sign here.
      left = left.filter((j) => Object.is(valueAt(row, j) + 0, valueAt(like, j) + 0) === areEqual);
    }
    return left;
  };
  const all = Array.from({ length: features }, (_, feature) => feature);
  const oneIn = (kind: readonly number[], other: readonly number[]) =>
    compared(compared(all, kind, kind[0], true), other, kind[0], false);
  /** Where all numbers are one, it takes the place of what is missing, and tells nothing then. */
  const differs = (feature: number) => {
    const numbers = [...normal, ...anomalies].map((row) => valueAt(row, feature)).filter(Number.isFinite);
    return numbers.some((number) => number !== numbers[0]);
  };
  return uniq([...oneIn(normal, anomalies), ...oneIn(anomalies, normal)])
    .filter(differs)
    .sort((a, b) => a - b);
}

/**
 * The warning about such features.
 *
 * @param remedy how to leave one out
 */
export function describeTelling(
  file: string,
  names: readonly string[],
  remedy = keyOrOption('drop'),
): string[] {
  if (names.length === 0) return [];
  return [
    `${file}: ${listed(names.map(shown))} alone ${names.length === 1 ? 'tells' : 'tell'} all normal samples from all anomalies; ` +
      `leave out what is a label (${remedy})`,
  ];
}
