import { optionsApart } from './options-apart.js';
import { type NamedRun, sameData } from './tell-data-apart.js';

/**
 * What is to be said of the data sets and columns of a table or figure of these runs, in sentences: names of the same data, and options that
 * differ between data sets.
 */
export function remarksOf<T extends NamedRun>(runs: readonly T[], columnOf: (run: T) => string): string[] {
  return [...sameData(runs), ...optionsApart(runs, columnOf)];
}
