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
  /** @param place says where the user finds a key path, such as `file:line:column` */
  constructor(
    readonly problems: readonly Problem[],
    place?: (path: KeyPath) => string,
  ) {
    super(problems.map((problem) => describe(problem, place)).join('\n'));
  }
}

function describe({ path, message }: Problem, place?: (path: KeyPath) => string): string {
  const parts = [place?.(path), path.join('.'), message];
  return parts.filter((part) => part !== undefined && part !== '').join(': ');
}
