import { open, rm } from 'node:fs/promises';
import { hasChecksum } from '../checksum.js';
import type { KnownContent } from '../descriptor.js';
import { BrokenTransfer, Refusal } from './failures.js';
import type { Answer, HttpClient } from './http.js';
import { discardPart, noteOrigin, originOf, partSize } from './part.js';

/** The most bytes of a file whose length is not known. */
const MOST_BYTES = 2 ** 31;

/** Answers that may be others later. */
const PASSING = [408, 425, 429, 500, 502, 503, 504];

export interface TransferOptions {
  readonly http: HttpClient;
  readonly known: KnownContent;
  readonly signal?: AbortSignal | undefined;
  /** Is told how many bytes are there, and of how many where that is known. */
  onProgress(received: number, total: number | undefined): void;
}

/**
 * Asks an address for the bytes that a part lacks and appends them: for all where the server cannot go on from there or has other
 * content by now.
 *
 * @returns whether the part was begun anew
 * @throws BrokenTransfer where the answer broke off, or one may come later; the part then has what came
 * @throws Refusal where the address does not have the file
 */
export async function transfer(url: string, part: string, options: TransferOptions): Promise<boolean> {
  const { http, known, signal } = options;
  const size = await partSize(part);
  const origin = await originOf(part);
  const etag = origin?.url === url ? origin.etag : undefined;
  // Without a checksum to find it out, bytes of two contents must not be joined.
  const start = etag !== undefined || hasChecksum(known) ? size : 0;
  const answer = await http.get(
    url,
    {
      // What is transferred is the file itself, of which ranges can be had.
      'accept-encoding': 'identity',
      ...(start > 0 && { range: `bytes=${start}-` }),
      ...(start > 0 && etag !== undefined && { 'if-range': etag }),
    },
    signal,
  );

  const { status } = answer;
  const range = rangeOf(answer);
  if (status === 200 || (status === 206 && range?.start === start && start > 0)) {
    const total = status === 200 ? lengthOf(answer) : range?.total;
    refuseLength(answer, total, known);
    if (status === 200) {
      // In this order, so that the tag never stands beside bytes of another content.
      await discardPart(part);
      await noteOrigin(part, strongTag(answer, url));
    }
    await receive(answer, part, status === 200 ? 0 : start, total, options);
    return status === 200;
  }
  answer.discard();
  if (status === 206 || status === 416) {
    await discardPart(part);
    throw new BrokenTransfer(`the server cannot go on from byte ${start}`);
  }
  const reason = `HTTP status ${status}`;
  if (PASSING.includes(status)) throw new BrokenTransfer(reason, retryAfter(answer));
  throw new Refusal(reason);
}

/** Appends the body of an answer to a part from byte `start` on. */
async function receive(
  answer: Answer,
  part: string,
  start: number,
  total: number | undefined,
  { known, onProgress }: TransferOptions,
): Promise<void> {
  const expected = known.bytes ?? total;
  const limit = known.bytes ?? MOST_BYTES;
  let received = start;
  onProgress(received, expected);
  // A link that was planted there is removed, not followed.
  if (start === 0) await rm(part, { force: true });
  const file = await open(part, start === 0 ? 'ax' : 'a');
  try {
    for await (const bytes of answer.body) {
      if (received + bytes.length > limit) throw new Refusal(`sends more than ${limit} bytes`);
      await file.appendFile(bytes);
      received += bytes.length;
      onProgress(received, expected);
    }
    await file.sync();
  } finally {
    await file.close();
  }
  if (expected !== undefined && received < expected) {
    throw new BrokenTransfer(`the connection was closed after ${received} of ${expected} bytes`);
  }
}

/** Refuses a file of another length than it must have, before any of it is there. */
function refuseLength(answer: Answer, total: number | undefined, known: KnownContent): void {
  if (total === undefined || (known.bytes === undefined && total <= MOST_BYTES) || total === known.bytes)
    return;
  answer.discard();
  throw new Refusal(`has ${total} bytes instead of ${known.bytes ?? `at most ${MOST_BYTES}`}`);
}

/** A tag that only the very same bytes have: weak ones do not tell. */
function strongTag(answer: Answer, url: string) {
  const etag = answer.header('etag');
  return etag?.startsWith('"') ? { url, etag } : undefined;
}

function lengthOf(answer: Answer): number | undefined {
  const length = answer.header('content-length');
  return length === undefined ? undefined : Number(length);
}

function rangeOf(answer: Answer): { start: number; total: number | undefined } | undefined {
  const [, start, total] = /^bytes (\d+)-\d+\/(\d+|\*)$/.exec(answer.header('content-range') ?? '') ?? [];
  if (start === undefined) return undefined;
  return { start: Number(start), total: total === '*' ? undefined : Number(total) };
}

/** Milliseconds of the header Retry-After, which gives seconds or a date. */
function retryAfter(answer: Answer): number | undefined {
  const value = answer.header('retry-after');
  if (value === undefined) return undefined;
  const milliseconds = /^\d+$/.test(value) ? Number(value) * 1000 : Date.parse(value) - Date.now();
  return Number.isNaN(milliseconds) ? undefined : Math.max(0, milliseconds);
}
