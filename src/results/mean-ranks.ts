import { sum } from 'es-toolkit/math/sum';
import type { Table } from './table.js';

/**
 * The mean rank of each column over the rows of a table, 1 for the highest mean of a row and ties shared evenly (Demšar 2006), among the
 * columns that have runs in every row; undefined for the others, and for all where there is nothing to rank: one row, or one such column.
 */
export function meanRanks({ columns, rows }: Table): (number | undefined)[] {
  const whole = columns.map((_, column) => rows.every(({ cells }) => cells[column] !== undefined));
  if (rows.length < 2 || whole.filter(Boolean).length < 2) return columns.map(() => undefined);
  const ranks = rows.map(({ cells }) => {
    const means = cells.flatMap((cell, column) => (cell && whole[column] ? cell.mean : []));
    return cells.map((cell) => (cell ? rankIn(means, cell.mean) : 0));
  });
  return columns.map((_, column) =>
    whole[column] ? sum(ranks.map((row) => row[column])) / rows.length : undefined,
  );
}

/** The rank of a value among these, of which it is one: equal ones share the mean of theirs. */
function rankIn(values: readonly number[], value: number): number {
  const above = values.filter((other) => other > value).length;
  const equal = values.filter((other) => other === value).length;
  return above + (equal + 1) / 2;
}
