import { stringify } from 'csv-stringify/sync';
import type { Cell, Table } from './table.js';

/** A table in CSV for further work: a line a cell that has runs, AUROC as unrounded fractions, beside the published one. */
export function toCsv(table: Table): string {
  const header = [
    ...table.dimensions.map((dimension) => dimension.name),
    'detector',
    'aurocMean',
    'aurocStd',
    'runs',
    'publishedMean',
    'publishedStd',
    'publishedRuns',
    'unconfirmed',
    'difference',
    'outsideTwoStandardErrors',
  ];
  const lines = table.rows.flatMap((row) =>
    row.cells.flatMap((cell, index) =>
      cell
        ? [[...row.setting, table.columns[index], cell.mean, cell.std, cell.runs, ...published(cell)]]
        : [],
    ),
  );
  return stringify([header, ...lines]);
}

function published({ published }: Cell): (string | number)[] {
  if (!published) return Array(6).fill('');
  const { mean, std, runs, unconfirmed, difference, outside } = published;
  return [mean, std, runs, String(unconfirmed), difference, String(outside)];
}
