import { markdownTable } from 'markdown-table';
import { onOneLine } from '../messages/visible.js';
import type { Table } from './table.js';
import { failureLines, gridOf, noteLines } from './wording.js';

/** A table in Markdown, which also reads well in a terminal: the best of each row in bold, notes below. */
export function toMarkdown(table: Table): string {
  const lines = gridOf(table, {
    plain: escapeMarkdown,
    bold: (text) => `**${text}**`,
  });
  const align = lines[0].map((_, index) => (index === 0 ? 'l' : 'r'));
  const notes = [...noteLines(table), ...failureLines(table)].map(escapeMarkdown);
  return `${[markdownTable(lines, { align }), ...notes].join('\n\n')}\n`;
}

/** What Markdown takes for more than itself; `_` within a word, a lone `[` and a `<` before a number are none of it. */
const MARKUP =
  /[|*`~]|_(?![\p{L}\p{N}])|(?<![\p{L}\p{N}])_|<(?=[a-z/!?])|\](?=\()|&(?=#?\w+;)|\\(?=[!-/:-@[-`{-~])/giu;

/** Text on one line of Markdown, in which characters that it would take for markup stand for themselves. */
export function escapeMarkdown(text: string): string {
  return onOneLine(text).replace(MARKUP, '\\$&');
}
