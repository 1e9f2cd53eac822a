import { join } from 'node:path';
import { writeFileAtomic } from '../files/write-file.js';
import { toCsv } from './csv.js';
import { HEADINGS } from './dimensions.js';
import { toLatex } from './latex.js';
import { toMarkdown } from './markdown.js';
import type { RunRecord } from './record.js';
import { seriesRows } from './series-rows.js';
import { type Table, table } from './table.js';
import { tellDataApart } from './tell-data-apart.js';

/**
 * The table of the records' AUROC, for the terminal; of time series also a table by machine.
 *
 * @param content the table of the records, where it has been made already
 */
export function renderTable(records: readonly RunRecord[], content = table(tellDataApart(records))): string {
  const apart = seriesRows(tellDataApart(records));
  const tables = apart.length > 0 ? [content, table(apart)] : [content];
  return tables.map(toMarkdown).join('\n');
}

/**
 * Writes the table of the records' AUROC into a folder, which exists, as table.md, table.csv and table.tex.
 *
 * @param content as for `renderTable`
 */
export async function writeTables(
  records: readonly RunRecord[],
  directory: string,
  content = table(tellDataApart(records)),
): Promise<void> {
  await Promise.all([
    writeFileAtomic(join(directory, 'table.md'), renderTable(records, content)),
    writeFileAtomic(join(directory, 'table.csv'), toCsv(content)),
    writeFileAtomic(join(directory, 'table.tex'), toLatex(content)),
  ]);
}

/** The files of a table: how each is named, made, and begins. */
export const TABLE_FILES: readonly {
  readonly ending: string;
  readonly toText: (content: Table) => string;
  readonly start: string;
}[] = [
  { ending: 'md', toText: toMarkdown, start: `| ${HEADINGS.dataset} |` },
  { ending: 'csv', toText: toCsv, start: 'dataset,' },
  { ending: 'tex', toText: toLatex, start: '\\begin{tabular}{l' },
];

/** Writes a table into a folder, which exists, as NAME.md, NAME.csv and NAME.tex. */
export async function writeTable(content: Table, directory: string, name: string): Promise<void> {
  await Promise.all(
    TABLE_FILES.map(({ ending, toText }) =>
      writeFileAtomic(join(directory, `${name}.${ending}`), toText(content)),
    ),
  );
}
