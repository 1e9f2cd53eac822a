import { uniq } from 'es-toolkit';
import type { Dimension, Table } from './table.js';

/** What heads the column of each dimension. */
export const HEADINGS: Readonly<Record<Dimension['name'], string>> = {
  dataset: 'Data set',
  labeledAnomalyRatio: 'γ_l',
  labeledNormalRatio: 'labeled normal',
  pollutionRatio: 'γ_p',
  knownAnomalyClassCount: 'known classes',
};

/** Whether cells must show their number of runs, since it is not the same in all. */
export function runsDiffer(table: Table): boolean {
  return runCounts(table).length > 1;
}

/** The notes below a table: what its cells are, and which runs failed. */
export function noteLines(table: Table): string[] {
  return [...cellNote(runCounts(table)), ...table.failures.map(failureNote)];
}

function runCounts(table: Table): number[] {
  return uniq(table.rows.flatMap((row) => row.cells.flatMap((cell) => (cell ? [cell.runs] : []))));
}

function cellNote(counts: readonly number[]): string[] {
  if (counts.length === 0) return [];
  if (counts.length > 1) return ['AUROC in %, mean ± standard deviation (number of runs).'];
  if (counts[0] === 1) return ['AUROC in % of one run each.'];
  return [`AUROC in %, mean ± standard deviation of ${counts[0]} runs each.`];
}

function failureNote({ column, dataset, reason, runs }: Table['failures'][number]): string {
  return `Failed and left out: ${runs} ${runs === 1 ? 'run' : 'runs'} of ${column} on ${dataset} (${reason}).`;
}
