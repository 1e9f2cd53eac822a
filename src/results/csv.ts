import { stringify } from 'csv-stringify/sync';
import type { Cell, Published, Table } from './table.js';

/** A table in CSV for further work: a line a cell that has runs or a published AUROC, both as unrounded fractions. */
export function toCsv(table: Table): string {
  const header = [
    ...table.dimensions,
    'detector',
    'aurocMean',
    'aurocStd',
    'runs',
    'publishedMean',
    'publishedStd',
    'publishedRuns',
    'publishedPairs',
    'readFromFigure',
    'remark',
    'pairs',
    'difference',
    'standardErrors',
    'outsideTwoStandardErrors',
  ];
  const lines = table.rows.flatMap((row) =>
    table.columns.flatMap((column, index) => {
      const [cell, published] = [row.cells[index], row.published[index]];
      return cell || published ? [[...row.setting, column, ...ours(cell), ...theirs(published)]] : [];
    }),
  );
  return stringify([header, ...lines]);
}

function ours(cell: Cell | undefined) {
  return [cell?.mean, cell?.std, cell?.runs];
}

function theirs(published: Published | undefined) {
  if (!published) return Array(10).fill(undefined);
  const { mean, std, runs, pairs, readFromFigure, remark, deviation } = published;
  return [
    ...[mean, std, runs, pairs, String(readFromFigure), remark],
    ...[deviation?.pairs ?? (deviation && pairs), deviation?.difference, deviation?.standardErrors],
    deviation && String(deviation.outside),
  ];
}
