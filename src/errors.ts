/**
 * An error that the user can mend: bad usage, a bad config, bad data, something missing on the machine. The command line
 * shows its message alone and exits with code 2; any other error is a defect of ours or a failed run.
 */
export class UserError extends Error {
  override readonly name = 'UserError';

  /** The message as a terminal of so many columns shows it: below each problem of a text also the line that it is in. */
  shownIn(_columns: number): string {
    return this.message;
  }
}

/** A place that cannot be written; whoever chose it knows how to choose another. */
export class Unwritable extends UserError {}
