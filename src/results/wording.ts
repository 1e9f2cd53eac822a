import { uniq } from 'es-toolkit/array/uniq';
import type { Run } from '../config/run.js';
import { counted } from '../messages/counted.js';
import { type Dimension, HEADINGS } from './dimensions.js';
import { METRIC_NAMES, type Metric, percent } from './spread.js';
import type { Cell, Published, Table } from './table.js';

/** The setting of a run in words: its data set, and each other dimension with its name. */
export function settingText(dimensions: readonly Dimension[], run: Run): string {
  const named = dimensions.map(({ name, of }) =>
    name === 'dataset' ? String(of(run)) : `${HEADINGS[name]} ${of(run)}`,
  );
  return named.join(', ');
}

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
  const unequal = runCounts(table).length > 1;
  const compared = table.columns.map((_, column) => table.rows.some((row) => row.published[column]));
  const own = (cell: Cell | undefined) => {
    if (!cell) return plain('–');
    const value = plain(cell.runs > 1 ? meanAndStd(cell) : percent(cell.mean));
    return (cell.best ? bold(value) : value) + (unequal ? ` (${cell.runs})` : '');
  };
  const headings = table.columns.flatMap((name, column) => [
    plain(name),
    ...(compared[column] ? ['published'] : []),
  ]);
  return [
    [...table.dimensions.map((name) => plain(HEADINGS[name])), ...headings],
    ...table.rows.map((row) => [
      ...row.setting.map((value) => plain(String(value))),
      ...row.cells.flatMap((cell, column) => {
        const published = row.published[column];
        return [own(cell), ...(compared[column] ? [plain(published ? publishedText(published) : '–')] : [])];
      }),
    ]),
  ];
}

/** An AUROC with its spread in percent. */
export function meanAndStd({ mean, std }: { readonly mean: number; readonly std: number }): string {
  return `${percent(mean)} ± ${percent(std)}`;
}

/** A published AUROC in percent and how ours differs from it, with the marks that `noteLines` explains. */
export function publishedText(published: Published): string {
  const { pairs, deviation } = published;
  const stated = meanAndStd(published) + publishedMarks(published);
  if (!deviation) return stated;
  const { standardErrors, outside } = deviation;
  const details = [
    signed(deviation.difference),
    ...(standardErrors === undefined ? [] : [`${standardErrors.toFixed(1)} s.e.${outside ? '‡' : ''}`]),
    ...(deviation.pairs === undefined ? [] : [`${deviation.pairs} of ${pairs} pairs`]),
  ];
  return `${stated} (${details.join('; ')})`;
}

/** The marks of a published AUROC, which `noteLines` explains. */
export function publishedMarks({ readFromFigure, remark }: Published): string {
  return `${readFromFigure ? '§' : ''}${remark === undefined ? '' : '†'}`;
}

/** A difference of fractions in percent, with its sign. */
export function signed(difference: number): string {
  const size = percent(Math.abs(difference));
  const sign = Number(size) === 0 ? '' : difference < 0 ? '−' : '+';
  return `${sign}${size}`;
}

/** The notes below a table: what its cells are, and how they were come by. */
export function noteLines(table: Table, metric: Metric = 'auroc'): string[] {
  return [cellNote(table, metric), ...publishedNote(table), ...differenceNote(table), ...table.remarks];
}

/** What is said below the notes of a table: which runs failed. */
export function failureLines({ failures }: Table): string[] {
  return failures.map(
    ({ column, dataset, reason, runs }) =>
      `Failed and left out: ${counted(runs, 'run')} of ${column} on ${dataset} (${reason}).`,
  );
}

function cellsOf(table: Table): Cell[] {
  return table.rows.flatMap((row) => row.cells.flatMap((cell) => cell ?? []));
}

/** The different numbers of runs in the cells of a table, which each cell names where there are several. */
export function runCounts(table: Table): number[] {
  return uniq(cellsOf(table).map((cell) => cell.runs));
}

/** What the cells of a table are, in a sentence. */
export function cellNote(table: Table, metric: Metric): string {
  const counts = runCounts(table);
  const name = METRIC_NAMES[metric];
  if (counts.length === 0) return 'No run has a result.';
  if (counts.length > 1) return `${name} in %, mean ± standard deviation (number of runs).`;
  if (counts[0] === 1) return `${name} in % of one run each.`;
  return `${name} in %, mean ± standard deviation of ${counted(counts[0], 'run')} each.`;
}

function publishedNote(table: Table): string[] {
  const published = table.rows.flatMap((row) => row.published.flatMap((stated) => stated ?? []));
  if (published.length === 0) return [];
  const counts = uniq(published.map(({ runs }) => runs)).sort((a, b) => a - b);
  const compared = published.some(({ deviation }) => deviation);
  const inErrors = published.some(({ deviation }) => deviation?.standardErrors !== undefined);
  const chosen = uniq(published.flatMap(({ bestByTest }) => bestByTest ?? []));
  const remarks = uniq(published.flatMap(({ remark }) => remark ?? []));
  const notes = [
    `Published: Ruff et al. (ICLR 2020), mean ± standard deviation of ${counts.join(' or ')} runs` +
      `${compared ? ` (our difference${inErrors ? '; in standard errors' : ''})` : ''}.`,
    ...(chosen.length > 0 ? [`Published as the best by test AUROC: ${chosen.join(', ')}.`] : []),
    ...(published.some(({ readFromFigure }) => readFromFigure) ? ['§ measured in a figure, to ±0.1.'] : []),
    ...(remarks.length > 0 ? [`† no target: ${remarks.join('; ')}.`] : []),
    ...(published.some(({ deviation }) => deviation?.outside)
      ? ['‡ more than two standard errors away.']
      : []),
  ];
  return [notes.join(' ')];
}

function differenceNote({ difference: mean, rows }: Table): string[] {
  if (!mean || mean.cells < 2) return [];
  const stated = rows.flatMap(({ published }) => published);
  const outside = stated.filter((auroc) => auroc?.deviation?.outside).length;
  return [
    `On average over the ${mean.cells} published cells ours is ${signed(mean.difference)} ` +
      `(standard error ${percent(mean.standardError)}), and ${outside} of them more than two standard errors away.`,
  ];
}
