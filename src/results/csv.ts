import { stringify } from 'csv-stringify/sync';
import type { Table } from './table.js';

/** A table in CSV for further work: a line a cell that has runs, AUROC as unrounded fractions. */
export function toCsv(table: Table): string {
  const header = [
    ...table.dimensions.map((dimension) => dimension.name),
    'detector',
    'aurocMean',
    'aurocStd',
    'runs',
  ];
  const lines = table.rows.flatMap((row) =>
    row.cells.flatMap((cell, index) =>
      cell ? [[...row.setting, table.columns[index], cell.mean, cell.std, cell.runs]] : [],
    ),
  );
  return stringify([header, ...lines]);
}
