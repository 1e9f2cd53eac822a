import { sortBy } from 'es-toolkit/array/sortBy';
import { UserError } from '../errors.js';

/** Something wrong with a config, or with options of a detector. */
export interface Problem {
  /** Keys and list positions from the top of the config; the last may be a key that is missing. */
  readonly path: KeyPath;
  /** What was found and what would be valid. */
  readonly message: string;
}

export type KeyPath = readonly PropertyKey[];

/** How to speak of problems with a text. */
export interface Wording<P> {
  /** A problem with where it was written. */
  describe(problem: P): string;
  /** Where in the text it was written, to list problems in this order; infinite where it was not written there. */
  position?(problem: P): number;
  /** The line that it was written in, with a mark below it, in so many columns; undefined where it was not written in a file. */
  excerpt?(problem: P, columns: number): string | undefined;
}

/** All that is wrong with a text, such as a config, in the order of its lines. */
export class InvalidText<P extends object> extends UserError {
  readonly problems: readonly P[];
  private readonly wording: Wording<P>;

  constructor(unordered: readonly P[], wording: Wording<P>) {
    const { describe, position = () => 0 } = wording;
    const problems = sortBy([...unordered], [position]);
    super(someOf(problems, describe).join('\n'));
    this.problems = problems;
    this.wording = wording;
  }

  override shownIn(columns: number): string {
    const { describe, excerpt } = this.wording;
    return someOf(this.problems, (problem) =>
      [describe(problem), excerpt?.(problem, columns)].filter(Boolean).join('\n'),
    ).join('\n');
  }
}

/** All that is wrong with the content of a config, or with options of a detector. */
export class InvalidConfig extends InvalidText<Problem> {
  /** @param wording by default with the key path of a problem alone */
  constructor(
    problems: readonly Problem[],
    wording: Wording<Problem> = { describe: ({ path, message }) => `${path.join('.')}: ${message}` },
  ) {
    super(problems, wording);
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
