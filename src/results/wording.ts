import { uniq } from 'es-toolkit/array/uniq';
import { type Cell, type Comparison, type Dimension, percent, type Table } from './table.js';

/** What heads the column of each dimension. */
export const HEADINGS: Readonly<Record<Dimension['name'], string>> = {
  dataset: 'Data set',
  labeledAnomalyRatio: 'γ_l',
  labeledNormalRatio: 'labeled normal',
  pollutionRatio: 'γ_p',
  knownAnomalyClassCount: 'known classes',
};

/** How a format writes text as it is, and text that stands out. */
export interface Markup {
  plain(text: string): string;
  bold(text: string): string;
}

/**
 * The lines of a table in words, the headings first: one field a dimension, then for each detector its AUROC and, where the
 * paper states any in its column, the published one.
 */
export function gridOf(table: Table, { plain, bold }: Markup): string[][] {
  const counted = runCounts(table).length > 1;
  const compared = table.columns.map((_, column) => table.rows.some((row) => row.cells[column]?.published));
  const own = (cell: Cell | undefined) => {
    if (!cell) return plain('–');
    const value = plain(cell.runs > 1 ? meanAndStd(cell) : percent(cell.mean));
    return (cell.best ? bold(value) : value) + (counted ? ` (${cell.runs})` : '');
  };
  const headings = table.columns.flatMap((name, column) => [
    plain(name),
    ...(compared[column] ? ['published'] : []),
  ]);
  return [
    [...table.dimensions.map(({ name }) => plain(HEADINGS[name])), ...headings],
    ...table.rows.map((row) => [
      ...row.setting.map((value) => plain(String(value))),
      ...row.cells.flatMap((cell, column) => [
        own(cell),
        ...(compared[column] ? [plain(cell?.published ? comparisonText(cell.published) : '–')] : []),
      ]),
    ]),
  ];
}

/** An AUROC with its spread in percent. */
export function meanAndStd({ mean, std }: { readonly mean: number; readonly std: number }): string {
  return `${percent(mean)} ± ${percent(std)}`;
}

/** A published AUROC in percent and our difference from it, with the marks that `noteLines` explains. */
export function comparisonText(published: Comparison): string {
  const { unconfirmed, difference, outside } = published;
  const size = percent(Math.abs(difference));
  const sign = Number(size) === 0 ? '' : difference < 0 ? '−' : '+';
  const marked = `${sign}${size}${outside ? '‡' : ''}`;
  return `${meanAndStd(published)}${unconfirmed ? '†' : ''} (${marked})`;
}

/** The notes below a table: what its cells are, how they were come by, and which runs failed. */
export function noteLines(table: Table): string[] {
  return [
    ...cellNote(runCounts(table)),
    ...publishedNote(table),
    ...selectionNote(table.chosenOnTestSet),
    ...table.failures.map(failureNote),
  ];
}

function cellsOf(table: Table): Cell[] {
  return table.rows.flatMap((row) => row.cells.flatMap((cell) => cell ?? []));
}

function runCounts(table: Table): number[] {
  return uniq(cellsOf(table).map((cell) => cell.runs));
}

function cellNote(counts: readonly number[]): string[] {
  if (counts.length === 0) return [];
  if (counts.length > 1) return ['AUROC in %, mean ± standard deviation (number of runs).'];
  if (counts[0] === 1) return ['AUROC in % of one run each.'];
  return [`AUROC in %, mean ± standard deviation of ${counts[0]} runs each.`];
}

function publishedNote(table: Table): string[] {
  const published = cellsOf(table).flatMap((cell) => cell.published ?? []);
  if (published.length === 0) return [];
  const counts = uniq(published.map(({ runs }) => runs)).join(' or ');
  const notes = [
    `Published: Ruff et al. (ICLR 2020), mean ± standard deviation of ${counts} runs (our difference).`,
    ...(published.some(({ unconfirmed }) => unconfirmed)
      ? ['† unconfirmed: not checked against a second source.']
      : []),
    ...(published.some(({ outside }) => outside) ? ['‡ more than two standard errors away.'] : []),
  ];
  return [notes.join(' ')];
}

function selectionNote(columns: readonly string[]): string[] {
  if (columns.length === 0) return [];
  return [
    `Bandwidth chosen by the AUROC on a tenth of the test set, as in the paper, which favours: ${columns.join(', ')}.`,
  ];
}

function failureNote({ column, dataset, reason, runs }: Table['failures'][number]): string {
  return `Failed and left out: ${runs} ${runs === 1 ? 'run' : 'runs'} of ${column} on ${dataset} (${reason}).`;
}
