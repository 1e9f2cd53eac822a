import stringWidth from 'string-width';

/** Where a word may end that is longer than a line: behind what joins its parts, as those of a path, and before the capital of one. */
const INNER_ENDS = /(?<=[-/\\_,:;=?&|])(?![-/\\_,:;=?&|\s])|(?<=[a-z])(?=[A-Z])/;

/**
 * Text in lines of at most so many columns, which end where words do, and within one that is longer than a line where its parts do. What goes
 * on of an indented line is indented by two more.
 *
 * It stands in the bundle for the package wrap-ansi too (esbuild.js), which breaks long words anywhere.
 */
export default function wrap(text: string, columns: number): string {
  return text
    .split('\n')
    .flatMap((line) => linesOf(line, Math.max(1, columns)))
    .join('\n');
}

/** Text beside a heading, below which there is nothing where it goes on. */
export function wrapBeside(heading: string, text: string, columns: number): string {
  const indent = ' '.repeat(stringWidth(heading));
  return heading + wrap(text, Math.max(20, columns - indent.length)).replaceAll('\n', `\n${indent}`);
}

function linesOf(line: string, columns: number): string[] {
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
    const parts = fits(hanging + word) ? [word] : word.split(INNER_ENDS);
    if (parts.length > 1) end();
    for (const part of parts) (fits(hanging + part) ? [part] : charactersOf(part)).forEach(add);
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
