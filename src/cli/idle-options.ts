import { UserError } from '../errors.js';

/**
 * Refuses options that would count for nothing.
 *
 * @param given by their names, undefined or false where they are not given
 * @param remedy what they go with, or without
 * @throws UserError naming the first that is given
 */
export function refuseIdle(given: Readonly<Record<string, unknown>>, remedy: string): void {
  const idle = Object.entries(given).find(([, value]) => value !== undefined && value !== false);
  if (idle) throw new UserError(`--${idle[0]}: goes ${remedy}`);
}
