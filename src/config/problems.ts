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
    super(problems.map(describe).join('\n'));
  }
}
