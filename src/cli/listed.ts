import { zip } from 'es-toolkit/array/zip';
import stringWidth from 'string-width';
import wrap, { wrapBeside } from './wrap.js';

/** A row of a table that a terminal is too narrow for: its first cell, and below that each other one beside its heading. */
export function listed(
  headings: readonly string[],
  [title, ...cells]: readonly string[],
  columns: number,
): string[] {
  const others = headings.slice(1);
  const width = Math.max(...others.map((heading) => stringWidth(heading)));
  const facts = zip(others, cells).filter(([, cell]) => cell.trim() !== '');
  return [
    wrap(title, columns),
    ...facts.map(([heading, cell]) => {
      const space = ' '.repeat(width - stringWidth(heading));
      return wrapBeside(`  ${heading}${space}  `, cell.trim(), columns);
    }),
  ].flatMap((text) => text.split('\n'));
}
