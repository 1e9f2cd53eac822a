import { join } from 'node:path';
import writeFileAtomic from 'write-file-atomic';
import { toCsv } from './csv.js';
import { toLatex } from './latex.js';
import { toMarkdown } from './markdown.js';
import type { RunRecord } from './record.js';
import { seriesRows } from './series-rows.js';
import { table } from './table.js';

/** The table of the records' AUROC, for the terminal; of time series also a table by machine. */
export function renderTable(records: readonly RunRecord[]): string {
  const apart = seriesRows(records);
  const tables = apart.length > 0 ? [records, apart] : [records];
  return tables.map((members) => toMarkdown(table(members))).join('\n');
}

/** Writes the table of the records' AUROC into a folder, which exists, as table.md, table.csv and table.tex. */
export async function writeTables(records: readonly RunRecord[], directory: string): Promise<void> {
  const content = table(records);
  await Promise.all([
    writeFileAtomic(join(directory, 'table.md'), renderTable(records)),
    writeFileAtomic(join(directory, 'table.csv'), toCsv(content)),
    writeFileAtomic(join(directory, 'table.tex'), toLatex(content)),
  ]);
}
