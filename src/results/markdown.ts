import { markdownTable } from 'markdown-table';
import { onOneLine } from '../messages/visible.js';
import type { Table } from './table.js';
import { failureLines, gridOf, noteLines } from './wording.js';

/** A table in Markdown, which also reads well in a terminal: the best of each row in bold, notes below. */
export function toMarkdown(table: Table): string {
  const lines = gridOf(table, {
    plain: (text) => onOneLine(text).replaceAll('|', '\\|'),
    bold: (text) => `**${text}**`,
  });
  const align = lines[0].map((_, index) => (index === 0 ? 'l' : 'r'));
  const notes = [...noteLines(table), ...failureLines(table)].map(onOneLine);
  return `${[markdownTable(lines, { align }), ...notes].join('\n\n')}\n`;
}
