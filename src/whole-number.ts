import { UserError } from './errors.js';
import { optionName } from './messages/vocabulary.js';

/**
 * Checks the number that an option was given, if any, as `requireWhole` does.
 *
 * @throws UserError as requireWhole does
 */
export function expectWhole(key: string, value: number | undefined, least: number, most?: number): void {
  if (value !== undefined) requireWhole(key, value, least, most);
}

/**
 * Checks a number that must be there.
 *
 * @param key the option, by its key in the library
 * @throws UserError where it is not whole, below `least` or above `most`
 */
export function requireWhole(
  key: string,
  value: number,
  least: number,
  most = Number.MAX_SAFE_INTEGER,
): void {
  if (Number.isInteger(value) && value >= least && value <= most) return;
  const range = most === Number.MAX_SAFE_INTEGER ? `of at least ${least}` : `from ${least} to ${most}`;
  throw new UserError(`${optionName(key)}: expected a whole number ${range}, found ${value}`);
}
