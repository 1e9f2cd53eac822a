import stringWidth from 'string-width';

/** Where a word of a cell may end that is longer than a line: behind what joins its parts, as those of a path, and before the capital of one. */
const INNER_ENDS = /(?<=[-/\\_,:;=?&|])(?![-/\\_,:;=?&|\s])|(?<=[a-z])(?=[A-Z])/;

/** What a command begins with that stands on a line of its own. */
const COMMAND = ' '.repeat(4);

/**
 * Text in lines of at most so many columns, which end where words do. What goes on of an indented line is indented by two more. A word that
 * is longer than a line is whole on one of its own, and so is a command, which four spaces indent: terminals break these themselves, and
 * copy paths, addresses and commands without the break.
 *
 * It stands in the bundle for the package wrap-ansi too (esbuild.js), which breaks long words anywhere.
 */
export default function wrap(text: string, columns: number): string {
  return text
    .split('\n')
    .flatMap((line) => (line.startsWith(COMMAND) ? [line] : linesOf(line, columns, false)))
    .join('\n');
}

/** A line of text in lines of at most so many columns as `wrap`, none of which is longer: within a long word they end where its parts do. */
export function wrapCell(line: string, columns: number): string {
  return linesOf(line, columns, true).join('\n');
}

/** Text beside a heading, below which there is nothing where it goes on. */
export function wrapBeside(heading: string, text: string, columns: number): string {
  const indent = ' '.repeat(stringWidth(heading));
  return heading + wrap(text, Math.max(20, columns - indent.length)).replaceAll('\n', `\n${indent}`);
}

/** The columns of the longest word of a text. */
export function longestWord(text: string): number {
  return Math.max(...text.split(/\s+/).map((word) => stringWidth(word)));
}

/** @param breaks whether a word that is longer than a line is broken */
function linesOf(line: string, columns: number, breaks: boolean): string[] {
  if (stringWidth(line) <= columns) return [line];
  const [own] = /^ */.exec(line) ?? [''];
  const indent = 2 * (own.length + 2) <= columns ? own : '';
  const hanging = indent === '' ? '' : `${indent}  `;
  const fits = (text: string) => stringWidth(trimmed(text)) <= columns;
  const whole: string[] = [];
  let last = indent;
  const end = () => {
    if (trimmed(last) === '') return;
    whole.push(trimmed(last));
    last = hanging;
  };
  const add = (text: string) => {
    if (!fits(last + text)) end();
    last += text;
  };
  // Words keep the spaces after them, which count for nothing at the end of a line.
  for (const word of line.slice(own.length).split(/(?<= )(?! )/)) {
    const parts = breaks && !fits(hanging + word) ? word.split(INNER_ENDS) : [word];
    if (parts.length > 1) end();
    for (const part of parts) (breaks && !fits(hanging + part) ? charactersOf(part) : [part]).forEach(add);
  }
  end();
  return whole;
}

/** A line without the spaces at its end; others than the plain one are there to be seen. */
function trimmed(line: string): string {
  return line.replace(/ +$/, '');
}

/** A text in what a reader takes for one character each. */
function charactersOf(text: string): string[] {
  return Array.from(new Intl.Segmenter().segment(text), ({ segment }) => segment);
}
