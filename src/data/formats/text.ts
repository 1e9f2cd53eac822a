import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { sumBy } from 'es-toolkit/math/sumBy';
import { UserError } from '../../errors.js';
import { foreignBytes, LONGEST_START } from '../../files/foreign-bytes.js';

/** The most bytes that a file compressed with gzip may hold. */
export const MOST_UNZIPPED = 2 ** 31;

/**
 * The text of UTF-8 bytes, or of those in a gzip file, without a byte order mark and with a line feed or CR LF at the end of each line:
 * where a carriage return alone ends the first, as old Macs have it, carriage returns become line feeds. The first piece holds at
 * least the first line, or 64 Ki characters of it.
 *
 * @param bytes those of the file, cut anywhere
 * @param file what errors call it
 * @throws UserError where they are no UTF-8, damaged, or more than MOST_UNZIPPED in a gzip file
 */
export async function* textOf(bytes: AsyncIterable<Uint8Array>, file: string): AsyncGenerator<string> {
  yield* withLineFeeds(decoded(unzipped(bytes, file), file));
}

/** @param inGzip whether the bytes came out of a gzip file */
async function* unzipped(
  bytes: AsyncIterable<Uint8Array>,
  file: string,
  inGzip = false,
): AsyncGenerator<Uint8Array> {
  const pieces = bytes[Symbol.asyncIterator]();
  try {
    const first: Uint8Array[] = [];
    let ended = false;
    while (!ended && sumBy(first, ({ length }) => length) < LONGEST_START) {
      const { value, done } = await pieces.next();
      if (done) ended = true;
      else first.push(value);
    }
    const start = Buffer.concat(first);
    const all = async function* () {
      yield* first;
      if (!ended) yield* { [Symbol.asyncIterator]: () => pieces };
    };
    if (!inGzip && start[0] === 0x1f && start[1] === 0x8b) {
      yield* unzipped(gunzipped(all(), file), file, true);
      return;
    }
    const foreign = foreignBytes(start);
    if (foreign) {
      throw new UserError(
        `${file}: expected a text of values separated by commas, found ${foreign.found}${inGzip ? ', in a gzip file' : ''}; ${foreign.remedy}`,
      );
    }
    yield* all();
  } finally {
    // Whoever wants no more, or is refused, leaves a file open else.
    await pieces.return?.();
  }
}

/**
 * What the members of a gzip file hold. zlib takes a zero after a member for padding, and passes over whatever follows: that has to be
 * zeros as well.
 */
async function* gunzipped(bytes: AsyncIterable<Uint8Array>, file: string): AsyncGenerator<Uint8Array> {
  const gunzip = createGunzip();
  const source = bytes[Symbol.asyncIterator]();
  let given = 0;
  /** Where the last byte ends that is not zero. */
  let end = 0;
  const watched = async function* () {
    for (let next = await source.next(); !next.done; next = await source.next()) {
      const { value } = next;
      const last = value.findLastIndex((byte) => byte !== 0);
      if (last >= 0) end = given + last + 1;
      given += value.length;
      yield value;
    }
  };
  // Whoever reads what comes out hears of what is wrong.
  pipeline(Readable.from(watched()), gunzip).catch(() => undefined);
  let length = 0;
  try {
    for await (const piece of gunzip) {
      length += piece.length;
      if (length > MOST_UNZIPPED) {
        throw new UserError(
          `${file}: holds more than ${MOST_UNZIPPED} bytes; unpack it and give the file in it`,
        );
      }
      yield piece;
    }
    for await (const _ of watched());
    if (end > gunzip.bytesWritten) throw new Error(`other bytes after byte ${gunzip.bytesWritten}`);
  } catch (error) {
    if (error instanceof UserError) throw error;
    throw new UserError(
      `${file}: not a whole gzip file (${(error as Error).message}); compress or copy it again`,
    );
  }
}

async function* decoded(bytes: AsyncIterable<Uint8Array>, file: string): AsyncGenerator<string> {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  let offset = 0;
  const decode = (chunk?: Uint8Array) => {
    const refuse = (found: string) =>
      new UserError(
        `${file}: expected UTF-8 text, found ${found} after byte ${offset}; save the table as CSV in UTF-8`,
      );
    let text: string;
    try {
      text = decoder.decode(chunk, { stream: chunk !== undefined });
    } catch {
      throw refuse('other bytes');
    }
    // No table has one, and the parser of quotes takes it for the end of the text.
    if (text.includes('\0')) throw refuse('a null character');
    return text;
  };
  for await (const chunk of bytes) {
    yield decode(chunk);
    offset += chunk.length;
  }
  decode();
}

/** Characters within which the end of the first line is looked for. */
const LONGEST_SEARCH = 1 << 16;

async function* withLineFeeds(pieces: AsyncIterable<string>): AsyncGenerator<string> {
  let start = '';
  let decided = false;
  let returnsEndLines = false;
  let held = '';
  const converted = (text: string): string => {
    if (!returnsEndLines) return text;
    const whole = held + text;
    // What follows the last one decides whether it ends a line alone.
    held = whole.endsWith('\r') ? '\r' : '';
    return (held ? whole.slice(0, -1) : whole).replace(/\r\n?/g, '\n');
  };
  for await (const piece of pieces) {
    if (decided) {
      yield converted(piece);
      continue;
    }
    start += piece;
    const end = firstLineEnd(start);
    if (end === undefined && start.length < LONGEST_SEARCH) continue;
    decided = true;
    returnsEndLines = end === '\r';
    yield converted(start);
  }
  if (decided) {
    if (held) yield '\n';
  } else if (start !== '') {
    // A carriage return at the very end.
    yield start.endsWith('\r') ? `${start.slice(0, -1)}\n` : start;
  }
}

/** What ends the first line, outside of quotes; undefined where that is not yet there to see. */
function firstLineEnd(text: string): '\n' | '\r' | undefined {
  let quoted = false;
  for (let at = 0; at < text.length; at++) {
    const character = text[at];
    if (character === '"') quoted = !quoted;
    else if (quoted) continue;
    else if (character === '\n') return '\n';
    else if (character === '\r' && at + 1 < text.length) return text[at + 1] === '\n' ? '\n' : '\r';
  }
  return undefined;
}
