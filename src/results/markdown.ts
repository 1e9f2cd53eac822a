import { markdownTable } from 'markdown-table';
import { type Cell, percent, type Table } from './table.js';
import { HEADINGS, noteLines, runsDiffer } from './wording.js';

/** A table in Markdown, which also reads well in a terminal: the best of each row in bold, notes below. */
export function toMarkdown(table: Table): string {
  const counted = runsDiffer(table);
  const text = (cell: Cell | undefined) => {
    if (!cell) return '–';
    const value = percent(cell.mean) + (cell.runs > 1 ? ` ± ${percent(cell.std)}` : '');
    return (cell.best ? `**${value}**` : value) + (counted ? ` (${cell.runs})` : '');
  };
  const lines = [
    [...table.dimensions.map(({ name }) => HEADINGS[name]), ...table.columns],
    ...table.rows.map((row) => [...row.setting.map(String), ...row.cells.map(text)]),
  ];
  const align = [
    ...table.dimensions.map((_, index) => (index === 0 ? 'l' : 'r')),
    ...table.columns.map(() => 'r'),
  ];
  const grid = markdownTable(
    lines.map((line) => line.map((field) => field.replaceAll('|', '\\|'))),
    { align },
  );
  return `${[grid, ...noteLines(table)].join('\n\n')}\n`;
}
