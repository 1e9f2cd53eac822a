import { UserError } from '../errors.js';

/**
 * Checks the number that an option was given, if any.
 *
 * @throws UserError where it is not whole, below `least` or above `most`
 */
export function expectWhole(
  option: string,
  value: number | undefined,
  least: number,
  most = Number.MAX_SAFE_INTEGER,
): void {
  if (value === undefined || (Number.isInteger(value) && value >= least && value <= most)) return;
  const range = most === Number.MAX_SAFE_INTEGER ? `of at least ${least}` : `from ${least} to ${most}`;
  throw new UserError(`--${option}: expected a whole number ${range}, found ${value}`);
}
