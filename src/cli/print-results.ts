import { join } from 'node:path';
import { visible } from '../messages/visible.js';
import type { RunRecord } from '../results/record.js';
import type { Table } from '../results/table.js';
import { paintFor } from './colour.js';
import { columnsOf, printPainted, say, WIDTH } from './output.js';
import { resultsView } from './results.js';

/**
 * Prints the results of an experiment.
 *
 * @param name what heads them, where there are several
 * @param table that of the records, where it has been made already
 */
export function printResults(records: readonly RunRecord[], name?: string, table?: Table): void {
  const paint = paintFor(process.stdout);
  const width = process.stdout.columns || WIDTH;
  const heading = name === undefined ? '' : `${paint.bold(paint.underline(visible(name)))}\n\n`;
  const view = resultsView(records, { width, titleWidth: columnsOf(process.stdout), paint }, table);
  printPainted(`${heading}${view}${name === undefined ? '' : '\n'}`);
}

/** Says where the page of results in a folder is, and opens it where that is asked for. */
export async function showPage(folder: string, opens: boolean): Promise<void> {
  const page = join(folder, 'report.html');
  if (!opens) return say(`The report is ${page}; --open opens it.`);
  say(`Opening ${page}.`);
  const { default: open } = await import('open');
  const refuse = (error: Error) => say(`Nothing here can open it: ${error.message}`);
  // A program that is missing is told by the process, not by the promise.
  (await open(page).catch(refuse))?.on('error', refuse);
}
