import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { writeFileAtomic } from '../write-file.js';
import { toCsv } from './csv.js';
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

const KINDS: readonly (readonly [ending: string, toText: (content: Table) => string])[] = [
  ['md', toMarkdown],
  ['csv', toCsv],
  ['tex', toLatex],
];

/** Writes a table into a folder, which exists, as NAME.md, NAME.csv and NAME.tex. */
export async function writeTable(content: Table, directory: string, name: string): Promise<void> {
  await Promise.all(
    KINDS.map(([ending, toText]) => writeFileAtomic(join(directory, `${name}.${ending}`), toText(content))),
  );
}

/** Removes what `writeTable` wrote, where it is there. */
export async function removeTable(directory: string, name: string): Promise<void> {
  await Promise.all(KINDS.map(([ending]) => rm(join(directory, `${name}.${ending}`), { force: true })));
}
