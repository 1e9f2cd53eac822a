/** A data set could not be fetched; the message says why and, where it helps, how to mend it. */
export class FetchFailed extends Error {
  override readonly name = 'FetchFailed';
}

/** An address will not give the file: trying it again is of no use. */
export class Refusal extends Error {
  override readonly name = 'Refusal';
}

/** A transfer broke off in a way that may pass. */
export class BrokenTransfer extends Error {
  override readonly name = 'BrokenTransfer';

  /** @param retryAfter milliseconds after which the server asks to come back */
  constructor(
    message: string,
    readonly retryAfter?: number,
  ) {
    super(message);
  }
}
