import { sumBy } from 'es-toolkit/math/sumBy';
import { markdownTable } from 'markdown-table';
import prettyBytes from 'pretty-bytes';
import { GROUPS } from '../data/descriptor.js';
import type { DatasetEntry } from '../data/inventory.js';
import { grouped } from '../grouped.js';
import { count } from '../messages/counted.js';
import { visible } from '../messages/visible.js';
import type { Paint } from './colour.js';
import wrap from './wrap.js';

/** A column of the table of data sets. */
interface Column {
  readonly heading: string;
  readonly align: 'l' | 'r';
  cell(entry: DatasetEntry): string;
}

const COLUMNS: readonly Column[] = [
  { heading: 'Name', align: 'l', cell: ({ name }) => name },
  { heading: 'Groups', align: 'l', cell: ({ groups }) => groups.join(', ') },
  { heading: 'Samples', align: 'r', cell: ({ samples }) => count(samples) },
  { heading: 'Values', align: 'r', cell: ({ shape }) => shape.join(' × ') },
  { heading: 'Classes', align: 'l', cell: classesOf },
  { heading: 'Licence', align: 'l', cell: ({ license = 'not stated' }) => license },
  { heading: 'Download', align: 'r', cell: downloadOf },
];

/** A table of data sets in Markdown. */
export function datasetTable(entries: readonly DatasetEntry[]): string {
  const rows = entries.map((entry) => COLUMNS.map(({ cell }) => cell(entry)));
  return markdownTable([COLUMNS.map(({ heading }) => heading), ...rows], {
    align: COLUMNS.map(({ align }) => align),
  });
}

/** What a terminal of 80 columns shows of each data set; a narrower one the first of these. */
const SHOWN: readonly Column[] = [
  { heading: '', align: 'l', cell: ({ status }) => MARKS[status] },
  { heading: 'Name', align: 'l', cell: ({ name }) => name },
  { heading: 'Samples', align: 'r', cell: ({ samples }) => count(samples) },
  { heading: 'Values', align: 'r', cell: ({ shape }) => shape.join(' × ') },
  { heading: 'Anomalies', align: 'r', cell: anomaliesOf },
  {
    heading: 'Download',
    align: 'r',
    cell: ({ download }) => (download === undefined ? '' : prettyBytes(download)),
  },
];

/** What stands between two columns. */
const GAP = '  ';

const MARKS: Readonly<Record<DatasetEntry['status'], string>> = {
  present: '✓',
  incomplete: '!',
  missing: ' ',
};

interface ListOptions {
  readonly paint: Paint;
  /** Of the terminal. */
  readonly columns: number;
  /** The group whose data sets are shown alone; all where it is undefined. */
  readonly group?: DatasetEntry['groups'][number] | undefined;
}

/**
 * The data sets for a terminal, those of the paper first, with which are there, and what to do about those that are missing.
 *
 * @param folder the data folder
 */
export function datasetList(
  entries: readonly DatasetEntry[],
  folder: string,
  { paint, columns, group }: ListOptions,
): string {
  const chosen = entries.filter(({ groups }) => group === undefined || groups.includes(group));
  const sections = grouped(chosen, ({ groups }) => group ?? GROUPS.find((name) => groups.includes(name)));
  const all = SHOWN.map((column) => ({
    ...column,
    width: Math.max(column.heading.length, ...chosen.map((entry) => column.cell(entry).length)),
  }));
  const fitting = all.filter(
    (_, index) => sumBy(all.slice(0, index + 1), ({ width }) => width + GAP.length) - GAP.length <= columns,
  );
  const left = SHOWN.slice(fitting.length).map(({ heading }) => heading);
  const line = (textOf: (column: Column) => string) =>
    fitting
      .map((column) => {
        const text = textOf(column);
        return column.align === 'l' ? text.padEnd(column.width) : text.padStart(column.width);
      })
      .join(GAP)
      .trimEnd();
  const blocks = GROUPS.flatMap((name) => {
    const own = sections.get(name) ?? [];
    if (own.length === 0) return [];
    const rows = own.map((entry) => line(({ cell }) => cell(entry)));
    return [paint.bold(name), ...rows.map((row) => row.replace(/^✓/, paint.green('✓'))), ''];
  });
  const present = chosen.filter(({ status }) => status === 'present');
  const notes = [
    ...(left.length > 0 ? [`A wider terminal shows ${left.join(', ')}.`] : []),
    `✓ ${present.length} of ${chosen.length} are here. The data folder is ${visible(folder)}`,
    ...present.flatMap(({ name, broughtBy }) => (broughtBy ? [`${name} is that of the ${broughtBy}`] : [])),
    ...(present.length < chosen.length
      ? [`deepsad datasets fetch NAME… gets others; groups: ${GROUPS.join(', ')}`]
      : []),
  ].map((note) => wrap(note, columns));
  return `${[paint.dim(line(({ heading }) => heading)), ...blocks, ...notes].join('\n')}\n`;
}

/** The share of anomalies, or how many classes there are to choose them from. */
function anomaliesOf({ samples, anomalies, classes }: DatasetEntry): string {
  return anomalies === undefined
    ? `${classes.length} classes`
    : `${((100 * anomalies) / samples).toFixed(1)} %`;
}

function classesOf({ classes, samples, anomalies }: DatasetEntry): string {
  if (anomalies === undefined) return String(classes.length);
  return `2 (${((100 * anomalies) / samples).toPrecision(2)} % anomalies)`;
}

function downloadOf({ download, package: inPackage }: DatasetEntry): string {
  if (inPackage !== undefined) return 'none';
  return download === undefined ? 'unknown' : prettyBytes(download);
}
