import ranksOf from '@stdlib/stats-ranks';
import { mean } from 'es-toolkit/math/mean';
import { exact } from './exact.js';
import type { Table } from './table.js';

/**
 * The ranks of some competitors in each row, 1 for the highest value of a row and ties shared evenly.
 *
 * @param rows a fraction a competitor each
 */
export function rowRanks(rows: readonly (readonly number[])[]): number[][] {
  return rows.map((row) => ranksOf(row.map((value) => -exact(value))));
}

/** The mean over rows of each competitor's ranks (Demšar 2006). */
export function meanRanks(ranks: readonly (readonly number[])[]): number[] {
  return ranks[0].map((_, place) => mean(ranks.map((row) => row[place])));
}

/**
 * The mean rank of each column by its means over the rows of a table, among the columns that have runs in every row; undefined for the
 * others, and for all where there is nothing to rank: one row, or one such column.
 */
export function columnRanks({ columns, rows }: Table): (number | undefined)[] {
  const whole = [...columns.keys()].filter((column) =>
    rows.every(({ cells }) => cells[column] !== undefined),
  );
  if (rows.length < 2 || whole.length < 2) return columns.map(() => undefined);
  const means = rows.map(({ cells }) => whole.map((column) => cells[column]?.mean ?? Number.NaN));
  const ranks = meanRanks(rowRanks(means));
  return columns.map((_, column) => (whole.includes(column) ? ranks[whole.indexOf(column)] : undefined));
}
