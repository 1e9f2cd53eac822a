import { optionsApart } from './options-apart.js';
import { isDone, type RunRecord } from './record.js';
import { sameData } from './tell-data-apart.js';
import { versionsNote, versionsOf } from './versions.js';

/**
 * What is to be said of the data sets, columns and runs of a table or figure, in sentences: names of the same data, options that differ
 * between data sets, and versions of deepsad that stand together.
 */
export function remarksOf(records: readonly RunRecord[], columnOf: (record: RunRecord) => string): string[] {
  return [
    ...sameData(records),
    ...optionsApart(records, columnOf),
    ...versionsNote(versionsOf(records.filter(isDone))),
  ];
}
