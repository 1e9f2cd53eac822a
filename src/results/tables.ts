import { join } from 'node:path';
import writeFileAtomic from 'write-file-atomic';
import { toCsv } from './csv.js';
import { toLatex } from './latex.js';
import { toMarkdown } from './markdown.js';
import type { RunRecord } from './record.js';
import { table } from './table.js';

/** The table of the records' AUROC, for the terminal. */
export function renderTable(records: readonly RunRecord[]): string {
  return toMarkdown(table(records));
}

/** Writes the table of the records' AUROC into a folder, which exists, as table.md, table.csv and table.tex. */
export async function writeTables(records: readonly RunRecord[], directory: string): Promise<void> {
  const content = table(records);
  await Promise.all([
    writeFileAtomic(join(directory, 'table.md'), toMarkdown(content)),
    writeFileAtomic(join(directory, 'table.csv'), toCsv(content)),
    writeFileAtomic(join(directory, 'table.tex'), toLatex(content)),
  ]);
}
