/** The most characters of a line that are shown. */
const WIDTH = 68;

/**
 * The line of a text that a place is in, with its number before it and a mark below the place: two lines that fit 80 columns, however
 * long the line is.
 *
 * @param line counted from 1
 * @param column counted from 1
 * @param length characters that are marked; at least one
 */
export function excerpt(text: string, line: number, column: number, length: number): string {
  const whole = (text.split('\n')[line - 1] ?? '').replace(/\r$/, '').replaceAll('\t', ' ');
  const start = Math.max(0, Math.min(column - 1 - WIDTH / 2, whole.length - WIDTH));
  const shown = whole.slice(start, start + WIDTH);
  const number = String(line).padStart(5);
  const before = column - 1 - start;
  const mark = '^'.repeat(Math.max(1, Math.min(length, shown.length - before)));
  return `${number} | ${shown.trimEnd()}\n${' '.repeat(number.length)} | ${' '.repeat(before)}${mark}`;
}
