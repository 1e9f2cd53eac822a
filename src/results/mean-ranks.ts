import { sum } from 'es-toolkit/math/sum';
import type { Table } from './table.js';

/**
 * The mean rank of each of some competitors over rows (Demšar 2006), 1 for the highest value of a row and ties shared evenly.
 *
 * @param rows a value a competitor each
 */
export function meanRanks(rows: readonly (readonly number[])[]): number[] {
  const ranks = rows.map((row) =>
    row.map((value) => {
      const [higher, same] = [row.filter((other) => other > value), row.filter((other) => other === value)];
      return higher.length + (same.length + 1) / 2;
    }),
  );
  return rows[0].map((_, place) => sum(ranks.map((row) => row[place])) / rows.length);
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
  const ranks = meanRanks(rows.map(({ cells }) => whole.map((column) => cells[column]?.mean ?? Number.NaN)));
  return columns.map((_, column) => (whole.includes(column) ? ranks[whole.indexOf(column)] : undefined));
}
