/** The most characters of a line that are shown. */
const MOST = 68;

/** Columns for the number of a line, and what stands between it and the line. */
const BESIDE = 8;

/**
 * The line of a text that a place is in, with its number before it and a mark below the place: two lines that fit a terminal, and 80
 * columns, however long the line is.
 *
 * @param line counted from 1
 * @param column counted from 1
 * @param length characters that are marked; at least one
 * @param columns of the terminal
 */
export function excerpt(text: string, line: number, column: number, length: number, columns: number): string {
  const width = Math.max(1, Math.min(MOST, columns - BESIDE));
  const whole = (text.split('\n')[line - 1] ?? '').replace(/\r$/, '').replaceAll('\t', ' ');
  const start = Math.max(0, Math.min(column - 1 - Math.floor(width / 2), whole.length - width));
  const shown = whole.slice(start, start + width);
  const number = String(line).padStart(BESIDE - 3);
  const before = column - 1 - start;
  const mark = '^'.repeat(Math.max(1, Math.min(length, shown.length - before)));
  return `${number} | ${shown.trimEnd()}\n${' '.repeat(number.length)} | ${' '.repeat(before)}${mark}`;
}
