import { partition } from 'es-toolkit/array/partition';
import { UserError } from '../errors.js';
import { grouped } from '../grouped.js';
import { few } from '../messages/counted.js';
import { shown } from './table/cells.js';

/** A number in decimal notation: its sign, its digits before and after the point, and an exponent, which wants a point before it. */
const NUMBER = /^([+-]?)(?=\.?\d)(\d*)(?:\.(\d*)(?:e([+-]?\d{1,2}))?)?$/i;

/**
 * A label as a name. Labels that mean one thing have one name: equal numbers in decimal notation (1, +1, 1.0, 1.000e+00) and truth
 * values in any case (true, True, TRUE). Digits are compared, not the numbers that they are rounded to; and 1e2 or 0x64 is a text
 * of its own, as on a plate or in a hash.
 */
export function labelName(label: string): string {
  const text = label.trim();
  const match = NUMBER.exec(text);
  if (!match) return /^(?:true|false)$/i.test(text) ? text.toLowerCase() : text;
  const [, sign, before, after = '', exponent = '0'] = match;
  const shift = Number(exponent);
  const digits = '0'.repeat(Math.max(0, -shift)) + before + after + '0'.repeat(Math.max(0, shift));
  const point = before.length + Math.max(0, shift);
  return decimal(sign, digits.slice(0, point), digits.slice(point));
}

function decimal(sign: string, before: string, after: string): string {
  const [whole, fraction] = [before.replace(/^0+/, '') || '0', after.replace(/(?<!0)0+$/, '')];
  const magnitude = fraction === '' ? whole : `${whole}.${fraction}`;
  return sign === '-' && magnitude !== '0' ? `-${magnitude}` : magnitude;
}

/** Whether a label is a number in decimal notation. */
export function isNumber(label: string): boolean {
  return NUMBER.test(label);
}

/** Different labels up to which a column may hold labels; far more are the values of a feature, of which a Set holds no more than 2^24. */
export const MOST_LABELS = 2 ** 16;

/**
 * Each label once: numbers first, by value, then text.
 *
 * @param place what messages call their column
 * @throws UserError where they are too many to be labels
 */
export function sortedLabels(labels: Iterable<string>, place: string): string[] {
  const different = new Set<string>();
  for (const label of labels) {
    different.add(label);
    if (different.size > MOST_LABELS) {
      throw new UserError(
        `${place}: more than ${MOST_LABELS} different labels; is the label column a feature (key label)?`,
      );
    }
  }
  const [numbers, texts] = partition([...different], isNumber);
  return [...numbers.sort((a, b) => Number(a) - Number(b) || (a < b ? -1 : 1)), ...texts.sort()];
}

/** What some names say of samples by themselves, in small letters: +1 normal, 0 nothing. */
export const TELLING_NAMES: ReadonlyMap<string, 1 | 0> = new Map([
  ['good', 1],
  ['normal', 1],
  ['ok', 1],
  ['unlabeled', 0],
  ['unlabelled', 0],
]);

/** What a name says by itself of samples, in letters of any case: +1 normal, 0 that nothing is known; undefined for any other. */
export function toldByName(name: string): 1 | 0 | undefined {
  return TELLING_NAMES.get(name.toLowerCase());
}

/** Groups of names that the warning lists. */
const LISTED = 3;

/**
 * The warning about labels, or categories, that may be one misspelled.
 *
 * @param names each once
 * @param what what these are
 */
export function describeMisspelled(place: string, names: readonly string[], what = 'labels'): string[] {
  const groups = nearlyEqual(names);
  if (groups.length === 0) return [];
  const listed = few(groups, LISTED, (group) => group.map(shown).join(' and '));
  return [`${place}: ${what} of their own that differ by case, space or notation alone: ${listed}`];
}

/**
 * Groups of names that differ by case, space or notation alone, as 1 and 1.0, and so may be misspellings of one.
 *
 * @param names each once
 */
export function nearlyEqual(names: readonly string[]): string[][] {
  const groups = grouped(names, (name) =>
    // Letters of one look are one in this form, and format characters, as one without a width, have none.
    labelName(name)
      .normalize('NFKC')
      .toLowerCase()
      .replace(/[\s\p{Cf}]+/gu, ''),
  );
  return [...groups.values()].filter((group) => group.length > 1);
}
