import type wrapAnsi from 'wrap-ansi';
import { NARROW } from './string-width.js';

/** What the bundler makes of this loads a package at the call. */
declare const require: (path: string) => { readonly default: typeof wrapAnsi };

/**
 * What stands in the bundle for the package wrap-ansi (esbuild.js), with its answers: it asks for the system's rules of where characters
 * end when it is loaded, which takes as long as reading the arguments, so it is when text asks for it.
 */
export default function wrap(
  text: string,
  columns: number,
  options?: Parameters<typeof wrapAnsi>[2],
): string {
  return (
    wrapWords(text, columns) ??
    require('../../node_modules/wrap-ansi/index.js').default(text, columns, options)
  );
}

/** Text in lines of so many columns; undefined where it takes more than to put words in lines. */
export function wrapWords(text: string, columns: number): string | undefined {
  const lines: string[] = [];
  for (const paragraph of text.split('\n')) {
    const [first, ...words] = paragraph.split(' ');
    const fits = (word: string) => word === word.trim() && word.length <= columns;
    const isPlain = NARROW.test(paragraph) && (first !== '' || words.length === 0);
    if (!isPlain || !fits(first) || !words.every(fits)) return undefined;
    lines.push(first);
    for (const word of words) {
      const longer = `${lines.at(-1)} ${word}`;
      // Between two spaces there is an empty word, which is never the first of a line.
      if (longer.length <= columns || word === '') lines[lines.length - 1] = longer;
      else lines.push(word);
    }
  }
  return lines.map((line) => line.trimEnd()).join('\n');
}
