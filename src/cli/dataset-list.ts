import path from 'node:path';
import { partition } from 'es-toolkit/array/partition';
import { markdownTable } from 'markdown-table';
import prettyBytes from 'pretty-bytes';
import { GROUPS } from '../data/descriptor.js';
import type { DatasetEntry } from '../data/inventory.js';

/** A column of the table of data sets. */
interface Column {
  readonly heading: string;
  readonly align: 'l' | 'r';
  cell(entry: DatasetEntry): string;
}

const COLUMNS: readonly Column[] = [
  { heading: 'Name', align: 'l', cell: ({ name }) => name },
  { heading: 'Groups', align: 'l', cell: ({ groups }) => groups.join(', ') },
  { heading: 'Samples', align: 'r', cell: ({ samples }) => samples.toLocaleString('en') },
  { heading: 'Values', align: 'r', cell: ({ shape }) => shape.join(' × ') },
  { heading: 'Classes', align: 'l', cell: classesOf },
  { heading: 'Licence', align: 'l', cell: ({ license = 'not stated' }) => license },
  { heading: 'Download', align: 'r', cell: downloadOf },
];

/** A table of data sets in Markdown, which also reads well in a terminal. */
export function datasetTable(entries: readonly DatasetEntry[], more: readonly Column[] = []): string {
  const columns = [...COLUMNS, ...more];
  const rows = entries.map((entry) => columns.map(({ cell }) => cell(entry)));
  return markdownTable([columns.map(({ heading }) => heading), ...rows], {
    align: columns.map(({ align }) => align),
  });
}

/**
 * The table of data sets with where each is, and what to do about those that are missing.
 *
 * @param folder the data folder
 */
export function datasetList(entries: readonly DatasetEntry[], folder: string): string {
  const where: Column = { heading: 'Where', align: 'l', cell: (entry) => placeOf(entry, folder) };
  const [present, others] = partition(entries, ({ status }) => status === 'present');
  const lines = [
    datasetTable(entries, [where]),
    '',
    `${present.length} of ${entries.length} data sets are there; the data folder is ${folder}.`,
  ];
  if (others.length > 0) {
    lines.push(`deepsad datasets fetch NAME… gets others, also by group: ${GROUPS.join(', ')}.`);
  }
  return `${lines.join('\n')}\n`;
}

function classesOf({ classes, samples, anomalies }: DatasetEntry): string {
  if (anomalies === undefined) return String(classes.length);
  return `2 (${((100 * anomalies) / samples).toPrecision(2)} % anomalies)`;
}

function downloadOf({ download, package: inPackage }: DatasetEntry): string {
  if (inPackage !== undefined) return 'none';
  return download === undefined ? 'unknown' : prettyBytes(download);
}

/** The place of a data set that is there, in the data folder where it is in that, or what is the matter with it. */
function placeOf({ status, files, broughtBy }: DatasetEntry, folder: string): string {
  if (status === 'missing') return 'missing';
  if (status === 'incomplete') {
    const present = files.filter((file) => file.status === 'present').length;
    return `incomplete: ${present} of ${files.length} files`;
  }
  if (broughtBy !== undefined) return broughtBy;
  const [first] = files;
  return path.relative(folder, files.length === 1 ? first.file : path.dirname(first.file));
}
