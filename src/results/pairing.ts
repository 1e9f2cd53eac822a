import { splitKey } from '../config/run.js';
import { grouped } from '../grouped.js';
import { columnsOf } from './columns.js';
import { type DoneRecord, isDone, type RunRecord } from './record.js';

/** A successful run of one detector, and of another on the same data with the same ratios and seed. */
export interface Pair {
  readonly first: DoneRecord;
  readonly second: DoneRecord;
}

/** The paired runs of two columns of a table. */
export interface PairedColumns {
  readonly first: string;
  readonly second: string;
  /** At least one. */
  readonly pairs: readonly Pair[];
}

/** Columns of which each is paired with every other: of more there are too many pairs for a page and its reader. */
export const MOST_PAIRED = 100;

/** Every two columns of the records' table, in its order, that have paired runs; none where the columns are more than `MOST_PAIRED`. */
export function pairedColumns(records: readonly RunRecord[], columns = columnsOf(records)): PairedColumns[] {
  if (columns.names.length > MOST_PAIRED) return [];
  const done = records.filter(isDone);
  const byColumn = grouped(done, columns.of);
  const bySplit = new Map(
    [...byColumn].map(([column, own]) => [column, new Map(own.map((run) => [splitKey(run), run]))]),
  );
  return columns.names.flatMap((first, index) =>
    columns.names.slice(index + 1).flatMap((second) => {
      const partners = bySplit.get(second);
      const pairs = [...(bySplit.get(first) ?? [])].flatMap(([split, run]) => {
        const partner = partners?.get(split);
        return partner ? [{ first: run, second: partner }] : [];
      });
      return pairs.length > 0 ? [{ first, second, pairs }] : [];
    }),
  );
}
