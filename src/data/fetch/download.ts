import type { KnownContent } from '../descriptor.js';
import { BrokenTransfer, FetchFailed, Refusal } from './failures.js';
import type { HttpClient } from './http.js';
import { discardPart, partSize } from './part.js';
import type { Patience } from './patience.js';
import { transfer } from './transfer.js';

/** A file to download. */
export interface Download {
  /** Tried in this order. */
  readonly urls: readonly string[];
  readonly known: KnownContent;
  /** Where its bytes gather; what an earlier attempt left there is gone on with. */
  readonly part: string;
  /** Says what is wrong with the whole part; undefined where nothing is. */
  check(part: string, url: string): Promise<string | undefined>;
}

export interface DownloadOptions {
  readonly http: HttpClient;
  readonly patience: Patience;
  readonly signal?: AbortSignal | undefined;
  onProgress(received: number, total: number | undefined): void;
  /** Is told of each attempt that failed. */
  onSetback(text: string): void;
}

/**
 * Downloads a file from the first of its addresses that has it.
 *
 * @throws FetchFailed where none has; what came of it stays for the next time
 */
export async function download(file: Download, options: DownloadOptions): Promise<void> {
  const { urls, known, part, check } = file;
  // All of it may be there, and only its check was missing.
  if (known.bytes !== undefined && (await partSize(part)) === known.bytes) {
    if ((await check(part, urls[0])) === undefined) return;
    await discardPart(part);
  }
  const reasons: string[] = [];
  for (const url of urls) {
    try {
      await downloadFrom(url, file, options);
      return;
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      reasons.push(`${url}: ${error.message}`);
    }
  }
  throw new FetchFailed(reasons.join('\n'));
}

/** Downloads a file from one address, with as many attempts as it takes. */
async function downloadFrom(url: string, { known, part, check }: Download, options: DownloadOptions) {
  const { patience, signal, onSetback } = options;
  let failures = 0;
  let furthest = await partSize(part);
  for (;;) {
    signal?.throwIfAborted();
    try {
      const whole = await transfer(url, part, { ...options, known });
      const wrong = await check(part, url);
      if (wrong === undefined) return;
      await discardPart(part);
      // Bytes that were there before may have been the wrong ones.
      throw whole ? new Refusal(wrong) : new BrokenTransfer(`${wrong}; beginning anew`);
    } catch (error) {
      if (!(error instanceof BrokenTransfer)) throw error;
      const size = await partSize(part);
      failures = size > furthest ? 1 : failures + 1;
      furthest = Math.max(furthest, size);
      if (failures >= patience.attempts) throw new Refusal(`${error.message}, ${failures} times in a row`);
      const wait = error.retryAfter ?? patience.firstWait * 2 ** (failures - 1);
      if (wait > patience.longestWait) {
        throw new Refusal(`${error.message}, and asks to wait ${Math.ceil(wait / 1000)} s`);
      }
      onSetback(`${url}: ${error.message}; again in ${Math.ceil(wait / 1000)} s`);
      await patience.wait(wait, signal);
    }
  }
}
