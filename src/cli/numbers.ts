import { UserError } from '../errors.js';

/**
 * Checks the number that an option was given, if any.
 *
 * @throws UserError where it is not whole or below `least`
 */
export function expectWhole(option: string, value: number | undefined, least: number): void {
  if (value === undefined || (Number.isInteger(value) && value >= least)) return;
  throw new UserError(`--${option}: expected a whole number of at least ${least}, found ${value}`);
}
