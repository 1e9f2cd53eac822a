import { onOneLine, shortened } from '../../messages/visible.js';

/** How a cell says that its value is missing, in small letters. */
const MISSING = new Set(['', 'na', 'n/a', '#n/a', '<na>', 'nan', '-nan', 'null', '?']);

/** Whether a cell says that its value is missing: it is empty, or NA, N/A, #N/A, <NA>, NaN, -NaN, null or ? in letters of any case. */
export function isMissing(cell: string): boolean {
  return MISSING.has(cell.trim().toLowerCase());
}

const DECIMAL = /^\s*[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:e[+-]?\d+)?\s*$/i;
const INTEGER = /^\s*[+-]?\d+\s*$/;

/**
 * The number in a cell, in decimal notation: NaN where it is missing, infinite where the cell holds anything but a finite number,
 * or an integer past 2^53, of which a number in double precision would be a neighbour.
 */
export function numberIn(cell: string): number {
  const value = Number(cell);
  // Number takes 0x1f for a number as well, which a letter in its second place gives away, and an empty cell for 0.
  // A space before it, of whatever kind, would put that further on.
  const first = cell.charCodeAt(0);
  const isPlain = value !== 0 && cell.charCodeAt(1) <= NINE && first > SPACE && first <= NINE;
  if (Number.isFinite(value) && (isPlain || DECIMAL.test(cell)))
    return isRounded(value, cell) ? Infinity : value;
  return isMissing(cell) ? Number.NaN : Infinity;
}

const ZERO = '0'.charCodeAt(0);
const NINE = '9'.charCodeAt(0);
const SPACE = ' '.charCodeAt(0);

function isRounded(value: number, cell: string): boolean {
  return Math.abs(value) > Number.MAX_SAFE_INTEGER && INTEGER.test(cell);
}

/** Whether zeros lead a number, as they do in codes, and behind a decimal comma that was taken for the end of a cell. */
export function isPadded(cell: string): boolean {
  return cell.charCodeAt(0) === ZERO && cell.charCodeAt(1) >= ZERO && cell.charCodeAt(1) <= NINE;
}

/** What was expected of a cell in which `numberIn` finds no finite number, and what it holds, for a message. */
export function noNumber(cell: string): string {
  if (INTEGER.test(cell)) {
    return `expected a number, found the integer ${shown(cell)} past 2^53, which would be rounded`;
  }
  // Full-width digits and a minus of typesetting look as they should.
  const isLike = DECIMAL.test(cell.normalize('NFKC').replace(/[\u2012\u2013\u2212]/g, '-'));
  const place = isLike && !DECIMAL.test(cell) ? ' in other characters than 0 to 9 and -' : '';
  return `expected a finite number, found ${shown(cell)}${place}`;
}

/** The first names of many, for a message. */
export function listed(names: readonly string[]): string {
  return names.slice(0, 10).join(', ') + (names.length > 10 ? `, … (${names.length} in all)` : '');
}

/** A cell as messages show it, on one line. */
export function shown(cell: string): string {
  const text = onOneLine(cell.trim());
  if (text === '') return 'nothing';
  return `"${shortened(text, 40)}"`;
}
