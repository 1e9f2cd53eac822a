import ranksOf from '@stdlib/stats-ranks';
import { sum } from 'es-toolkit/math/sum';
import type { Table } from './table.js';

/**
 * The mean rank of each column over the rows of a table, 1 for the highest mean of a row and ties shared evenly (Demšar 2006), among the
 * columns that have runs in every row; undefined for the others, and for all where there is nothing to rank: one row, or one such column.
 */
export function meanRanks({ columns, rows }: Table): (number | undefined)[] {
  const whole = [...columns.keys()].filter((column) =>
    rows.every(({ cells }) => cells[column] !== undefined),
  );
  if (rows.length < 2 || whole.length < 2) return columns.map(() => undefined);
  const ranks = rows.map(({ cells }) => ranksOf(whole.map((column) => -(cells[column]?.mean ?? Number.NaN))));
  const means = new Map(
    whole.map((column, place) => [column, sum(ranks.map((row) => row[place])) / rows.length]),
  );
  return columns.map((_, column) => means.get(column));
}
