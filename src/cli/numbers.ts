import { UserError } from '../errors.js';

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
