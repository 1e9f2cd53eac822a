import { UserError } from '../errors.js';

/** Something wrong with a config. */
export interface Problem {
  /** Keys and list positions from the top of the config; the last may be a key that is missing. */
  readonly path: KeyPath;
  /** What was found and what would be valid. */
  readonly message: string;
}

export type KeyPath = readonly PropertyKey[];

/** All that is wrong with a config. */
export class InvalidConfig extends UserError {
  /** @param describe words a problem; by default with its key path alone */
  constructor(
    readonly problems: readonly Problem[],
    describe: (problem: Problem) => string = ({ path, message }) => `${path.join('.')}: ${message}`,
  ) {
    super(someOf(problems, describe).join('\n'));
  }
}

/** How many problems are described. */
export const MOST_DESCRIBED = 20;

/** The first problems of many, each described, and how many more there are. */
export function someOf<T>(problems: readonly T[], describe: (problem: T) => string): string[] {
  const described = problems.slice(0, MOST_DESCRIBED).map(describe);
  const left = problems.length - described.length;
  return left > 0 ? [...described, `… and ${left} more`] : described;
}
