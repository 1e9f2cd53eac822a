import { markdownTable } from 'markdown-table';
import prettyBytes from 'pretty-bytes';
import { count } from '../counted.js';
import { GROUPS } from '../data/descriptor.js';
import type { DatasetEntry } from '../data/inventory.js';
import { grouped } from '../grouped.js';
import { visible } from '../visible.js';
import type { Paint } from './colour.js';

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

/** What a terminal shows of each data set, within 80 columns. */
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

const MARKS: Readonly<Record<DatasetEntry['status'], string>> = {
  present: '✓',
  incomplete: '!',
  missing: ' ',
};

/**
 * The data sets for a terminal, those of the paper first, with which are there, and what to do about those that are missing.
 *
 * @param folder the data folder
 * @param group the group whose data sets are shown alone; all where it is undefined
 */
export function datasetList(
  entries: readonly DatasetEntry[],
  folder: string,
  paint: Paint,
  group?: DatasetEntry['groups'][number],
): string {
  const chosen = entries.filter(({ groups }) => group === undefined || groups.includes(group));
  const sections = grouped(chosen, ({ groups }) => group ?? GROUPS.find((name) => groups.includes(name)));
  const widths = SHOWN.map(({ heading, cell }) =>
    Math.max(heading.length, ...chosen.map((entry) => cell(entry).length)),
  );
  const line = (textOf: (column: Column) => string) =>
    SHOWN.map((column, index) => {
      const text = textOf(column);
      return column.align === 'l' ? text.padEnd(widths[index]) : text.padStart(widths[index]);
    })
      .join('  ')
      .trimEnd();
  const blocks = GROUPS.flatMap((name) => {
    const own = sections.get(name) ?? [];
    if (own.length === 0) return [];
    const rows = own.map((entry) => line(({ cell }) => cell(entry)));
    return [paint.bold(name), ...rows.map((row) => row.replace(/^✓/, paint.green('✓'))), ''];
  });
  const present = chosen.filter(({ status }) => status === 'present');
  return `${[
    paint.dim(line(({ heading }) => heading)),
    ...blocks,
    `✓ ${present.length} of ${chosen.length} are here. The data folder is ${visible(folder)}`,
    ...present.flatMap(({ name, broughtBy }) => (broughtBy ? [`${name} is that of the ${broughtBy}`] : [])),
    ...(present.length < chosen.length
      ? [`deepsad datasets fetch NAME… gets others; groups: ${GROUPS.join(', ')}`]
      : []),
  ].join('\n')}\n`;
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
