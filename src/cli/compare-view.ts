import { existsSync } from 'node:fs';
import stringWidth from 'string-width';
import { UserError } from '../errors.js';
import { counted } from '../messages/counted.js';
import { onOneLine } from '../messages/visible.js';
import { readExperiments } from '../report/experiment-results.js';
import { type ComparedDetector, type Comparison, compareResults } from '../results/compare.js';
import { COMPARED, comparedCells, comparisonNotes, isApart } from '../results/compare-wording.js';
import type { RunRecord } from '../results/record.js';
import { METRIC_NAMES, type Metric } from '../results/spread.js';
import type { Paint } from './colour.js';
import { listed } from './listed.js';
import { say } from './output.js';
import wrap, { longestWord, wrapBeside } from './wrap.js';

/**
 * The records of the one experiment in a folder or file, or of one run in it.
 *
 * @throws UserError where there are none, or those of several
 */
export function recordsAt(place: string): readonly RunRecord[] {
  const [, path, id] = (!existsSync(place) && /^(.+):(\w+)$/.exec(place)) || [place, place];
  const { experiments, notices } = readExperiments([path]);
  notices.forEach(say);
  if (experiments.length > 1) {
    const names = experiments.map(({ name }) => name).join(', ');
    throw new UserError(`${path} holds ${experiments.length} experiments (${names}): name the folder of one`);
  }
  const [{ records }] = experiments;
  if (records.length === 0) {
    throw new UserError(`${path} holds no run records yet: run its experiment, or name another folder`);
  }
  if (id === undefined) return records;
  const found = records.filter((record) => record.id.startsWith(id));
  if (found.length === 1) return found;
  throw new UserError(
    found.length === 0
      ? `${path} has no run whose id begins with ${id}; the report of it shows ids`
      : `${path} has ${found.length} runs whose ids begin with ${id}: give more of the id`,
  );
}

/** Two results beside each other, in text of a terminal's width. */
export function compareView(
  names: readonly [string, string],
  sides: readonly [readonly RunRecord[], readonly RunRecord[]],
  width: number,
  paint: Paint,
): string {
  const comparison = compareResults(...sides);
  const runsOf = (side: number) => counted(sides[side].length, 'run');
  return [
    wrapBeside('A  ', `${onOneLine(names[0])}, ${runsOf(0)}`, width),
    wrapBeside('B  ', `${onOneLine(names[1])}, ${runsOf(1)}`, width),
    '',
    ...differingView(comparison, width, paint),
    ...comparison.settings.flatMap(({ setting, detectors }) => [
      ...wrapped([comparison.common, setting].filter(Boolean).map(onOneLine).join(', '), width).map(
        paint.bold,
      ),
      ...metricView('auroc', detectors, width, paint),
      ...metricView('averagePrecision', detectors, width, paint),
    ]),
    ...wrapped(comparisonNotes(comparison), width).map(paint.dim),
    '',
  ].join('\n');
}

function wrapped(text: string, width: number): string[] {
  return wrap(text, Math.max(8, width)).split('\n');
}

/** A name in lines of at most so many columns, those after the first indented, so that none of these reads as another name. */
function nameLines(name: string, width: number): string[] {
  if (stringWidth(name) <= width) return [name];
  return wrapped(name, width - INDENT).map((line, i) => (i === 0 ? line : ' '.repeat(INDENT) + line));
}

const INDENT = 2;

/** The least columns that lines of a name (`nameLines`) need. */
function leastOf(name: string): number {
  return Math.min(stringWidth(name), longestWord(name) + INDENT);
}

/** Spaces between two columns. */
const GAP = 2;

function differingView({ differing }: Comparison, width: number, paint: Paint): string[] {
  if (differing.length === 0) return [...wrapped('No setting differs.', width), ''];
  const rows = [
    ['settings that differ', 'A', 'B'],
    ...differing.map(({ name, values }) => [name, ...values].map(onOneLine)),
  ];
  const longest = (column: number) => Math.max(...rows.map((cells) => stringWidth(cells[column])));
  const name = Math.min(longest(0), Math.floor(width / 3));
  const value = Math.max(8, Math.floor((width - name - 2 * GAP) / 2));
  const widths = [name, Math.min(value, longest(1)), value];
  if (rows.some((cells) => cells.some((cell, i) => (i === 0 ? leastOf : longestWord)(cell) > widths[i]))) {
    const [headings, ...others] = rows;
    return [paint.dim(headings[0]), ...others.flatMap((row) => listed(headings, row, width)), ''];
  }
  const [heading, ...lines] = rows.map((cells) =>
    linesOf(
      cells.map((cell, i) => (i === 0 ? nameLines : wrapped)(cell, widths[i])),
      widths,
    ),
  );
  return [...heading.map(paint.dim), ...lines.flat(), ''];
}

/** Lines of cells that have several each, all to the left. */
function linesOf(cells: readonly (readonly string[])[], widths: readonly number[]): string[] {
  const height = Math.max(...cells.map(({ length }) => length));
  return Array.from({ length: height }, (_, line) =>
    cells
      .map((own, i) => padded(own[line] ?? '', widths[i]))
      .join(' '.repeat(GAP))
      .trimEnd(),
  );
}

function padded(text: string, width: number): string {
  return text + ' '.repeat(Math.max(0, width - stringWidth(text)));
}

/** The least columns that a name is broken to. */
const LEAST_NAME = 16;

function metricView(
  metric: Metric,
  detectors: readonly ComparedDetector[],
  width: number,
  paint: Paint,
): string[] {
  const headings = COMPARED;
  const rows = detectors.map(({ metrics }) => comparedCells(metrics[metric]));
  const widths = headings.map((heading, i) =>
    Math.max(stringWidth(heading), ...rows.map((row) => stringWidth(row[i]))),
  );
  const right = (cells: readonly string[]) =>
    cells.map((cell, i) => ' '.repeat(widths[i] - stringWidth(cell)) + cell).join(' '.repeat(GAP));
  const title = `${METRIC_NAMES[metric]}, %`;
  const taken = widths.reduce((sum, each) => sum + each + GAP, 0);
  const names = [title, ...detectors.map(({ detector }) => onOneLine(detector))];
  const least = Math.max(LEAST_NAME, ...names.map(leastOf));
  if (taken + least > width) {
    const lists = detectors.flatMap(({ detector, metrics }, i) => {
      const lines = listed([title, ...headings], [onOneLine(detector), ...rows[i]], width);
      return isApart(metrics[metric]) ? lines.map(paint.bold) : lines;
    });
    return [paint.dim(title), ...lists, ''];
  }
  const longest = Math.max(...names.map((name) => stringWidth(name)));
  const space = Math.min(longest, Math.max(least, width - taken));
  const gap = ' '.repeat(GAP);
  return [
    paint.dim(padded(title, space) + gap + right(headings)),
    ...detectors.flatMap(({ detector, metrics }, i) => {
      const [name, ...more] = nameLines(onOneLine(detector), space);
      const line = padded(name, space) + gap + right(rows[i]);
      return [isApart(metrics[metric]) ? paint.bold(line) : line, ...more];
    }),
    '',
  ].map((line) => line.trimEnd());
}
