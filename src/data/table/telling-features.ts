import { keyOrOption } from '../../vocabulary.js';
import { listed, shown } from './cells.js';

/** Samples of each kind below which one value each may be chance. */
const FEWEST = 10;

/**
 * The features that have one value in all normal samples and another in all anomalies, as a label has that was left among them.
 *
 * @param values count × features, one sample after the other; NaN where one is missing
 * @param kinds +1 a normal sample, −1 an anomaly, 0 neither: one a sample
 */
export function tellingFeatures(values: ArrayLike<number>, features: number, kinds: Int8Array): number[] {
  const rowsOf = (kind: number) => [...kinds.keys()].filter((row) => kinds[row] === kind);
  const [normal, anomalies] = [rowsOf(1), rowsOf(-1)];
  if (Math.min(normal.length, anomalies.length) < FEWEST) return [];
  let telling = Array.from({ length: features }, (_, feature) => feature);
  for (const rows of [normal, anomalies]) {
    for (const row of rows) {
      // Most features differ between the first rows of a kind.
      telling = telling.filter(
        (feature) => values[row * features + feature] === values[rows[0] * features + feature],
      );
      if (telling.length === 0) return [];
    }
  }
  return telling.filter((j) => values[normal[0] * features + j] !== values[anomalies[0] * features + j]);
}

/** The warning about such features. */
export function describeTelling(file: string, names: readonly string[]): string[] {
  if (names.length === 0) return [];
  return [
    `${file}: ${listed(names.map(shown))} alone ${names.length === 1 ? 'tells' : 'tell'} all normal samples from all anomalies; ` +
      `leave out what is a label (${keyOrOption('drop')})`,
  ];
}
