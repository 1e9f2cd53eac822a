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

const SECONDS = { d: 86_400, h: 3600, m: 60, s: 1 } as const;

/**
 * Seconds of a time such as 4h, 1h30m or 1.5d.
 *
 * @throws UserError where it is none, or no time at all
 */
export function parseDuration(option: string, text: string): number {
  const parts = [...text.matchAll(/(\d+(?:\.\d+)?)([dhms])/g)];
  const seconds = parts.reduce(
    (sum, [, count, unit]) => sum + Number(count) * SECONDS[unit as keyof typeof SECONDS],
    0,
  );
  if (parts.map(([part]) => part).join('') === text && seconds > 0) return seconds;
  throw new UserError(`--${option}: expected a time such as 4h, 1h30m or 45s, found ${text}`);
}
