import { UserError } from './errors.js';
import { optionName } from './messages/vocabulary.js';

/**
 * Checks the number that an option was given, if any.
 *
 * @param key the option, by its key in the library
 * @throws UserError where it is not whole, below `least` or above `most`
 */
export function expectWhole(
  key: string,
  value: number | undefined,
  least: number,
  most = Number.MAX_SAFE_INTEGER,
): void {
  if (value === undefined || (Number.isInteger(value) && value >= least && value <= most)) return;
  const range = most === Number.MAX_SAFE_INTEGER ? `of at least ${least}` : `from ${least} to ${most}`;
  throw new UserError(`${optionName(key)}: expected a whole number ${range}, found ${value}`);
}
