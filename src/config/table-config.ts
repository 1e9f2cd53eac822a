import { basename } from 'node:path';
import { stringify } from 'yaml';
import { openCsv } from '../data/formats/csv.js';
import { isMissing, numberIn } from '../data/table/cells.js';
import { CSV_PATH } from '../data/table/kinds.js';
import { counted } from '../messages/counted.js';
import { labelCounts, labelPlan } from './table-labels.js';

/** A column with more values than these is none of labels or categories. */
const MOST_VALUES = 100;

/** What a table holds in a column. */
export interface SurveyedColumn {
  readonly name: string;
  /** How often each value comes, of the first different ones. */
  readonly values: Map<string, number>;
  /** It has more different values than those. */
  isLong: boolean;
  isNumeric: boolean;
  missing: number;
}

/** What a table holds. */
export interface TableSurvey {
  readonly file: string;
  readonly rows: number;
  readonly columns: readonly SurveyedColumn[];
}

/**
 * Reads a table and counts what is in its columns.
 *
 * @throws UserError where it is no .csv
 */
export async function surveyTable(file: string): Promise<TableSurvey> {
  let columns: SurveyedColumn[] = [];
  let rows = 0;
  for await (const block of openCsv(file)) {
    if (rows === 0) {
      columns = block.columns.map((name) => ({
        name,
        values: new Map(),
        isLong: false,
        isNumeric: true,
        missing: 0,
      }));
    }
    rows += block.rows.length;
    for (const cells of block.rows) {
      for (const [position, column] of columns.entries()) see(column, cells[position]);
    }
  }
  return { file, rows, columns };
}

function see(column: SurveyedColumn, cell: string): void {
  if (isMissing(cell)) {
    column.missing++;
    return;
  }
  if (!Number.isFinite(numberIn(cell))) column.isNumeric = false;
  const value = cell.trim();
  const count = column.values.get(value);
  if (count === undefined && column.values.size >= MOST_VALUES) column.isLong = true;
  else column.values.set(value, (count ?? 0) + 1);
}

/** Whether a column says of some rows alone what they are: +1 normal, -1 anomaly, 0 or nothing unlabeled. */
export function isPartlyLabeled({ values, isNumeric, isLong, missing }: SurveyedColumn): boolean {
  const numbers = new Set([...values.keys()].map(numberIn));
  const isTarget = [...numbers].every((number) => [-1, 0, 1].includes(number));
  // Nothing beside -1 is unlabeled; 0 beside it alone may be the other class.
  const isPartial = missing > 0 || (numbers.has(0) && numbers.has(1));
  return isNumeric && !isLong && isTarget && numbers.has(-1) && isPartial;
}

/**
 * A commented config on a table, in which texts are categories and what tells rows apart or holds nothing is left out.
 *
 * @param normal a normal label, beside those called normal; undefined where the column of labels is of semi-targets
 */
export function tableToConfig(
  { file, rows, columns }: TableSurvey,
  label: string,
  normal: string | undefined,
): { readonly name: string; readonly content: string } {
  const name =
    basename(file)
      .replace(CSV_PATH, '')
      .replace(/[^A-Za-z0-9._-]+/g, '-')
      .replace(/^[^A-Za-z0-9]+/, '') || 'table';
  const features = columns.filter((column) => column.name !== label);
  const labelColumn = columns.find((column) => column.name === label);
  const labels = labelColumn?.values ?? new Map<string, number>();
  const texts = features.filter(({ isNumeric }) => !isNumeric);
  const dropped = features.filter(
    ({ isLong, isNumeric, values, missing }) =>
      missing === rows || (!isNumeric && (isLong || values.size === rows - missing)),
  );
  const categorical = texts.filter((column) => !dropped.includes(column));
  const hasMissing = features.some((column) => column.missing > 0 && !dropped.includes(column));
  const unlabeled = labelColumn?.missing ?? 0;
  const counts = [...[...labels].slice(0, 12), ...(unlabeled > 0 ? [['nothing', unlabeled]] : [])]
    .map(([value, count]) => `${value}: ${count}`)
    .join(', ');
  const plan = normal === undefined ? undefined : labelPlan(labelCounts(labels), normal);
  const dataset = {
    file,
    ...(plan ? { label, normal: plan.normal } : { semiTarget: label }),
    ...(categorical.length > 0 && { categorical: categorical.map((column) => column.name) }),
    ...(dropped.length > 0 && { drop: dropped.map((column) => column.name) }),
    ...(hasMissing && { missing: 'fill' }),
  };
  const oneLine = (text: string) => text.replace(/[\r\n]+/g, ' ');
  const content = [
    oneLine(
      `# ${file}: ${counted(rows, 'row')}, ${counted(features.length - dropped.length, 'feature')}; labels in ${label} (${counts}).`,
    ),
    "# Every key: deepsad's docs/config.md, or deepsad schema for an editor.",
    stringify({ name, dataset }).trimEnd(),
    ...(hasMissing
      ? ['# missing: fill takes the mean of a column, or a category of its own; refuse stops at the first']
      : []),
    ...(plan
      ? [
          `labeledAnomalyRatio: ${plan.ratio} # labeled anomalies, as a share of the training set${plan.ratio === 0 ? '; no other label has enough rows' : ''}`,
          'pollutionRatio: 0 # anomalies among the unlabeled samples, as a share of these',
          ...(plan.known === undefined
            ? []
            : [`knownAnomalyClass: ${plan.known} # which of the other labels is known to be an anomaly`]),
        ]
      : [
          '# semiTarget: +1 normal, -1 anomaly, 0 or nothing unknown. A table under test, with all labels, is tested on.',
        ]),
    'detectors: [deep-sad, deep-svdd, isolation-forest]',
    'seeds: 1..3 # each splits the table anew',
    '',
  ].join('\n');
  return { name, content };
}
