import { createReadStream, createWriteStream } from 'node:fs';
import { rm } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { sumBy } from 'es-toolkit/math/sumBy';
import { extract } from 'tar-stream';
import { FetchFailed } from './failures.js';

/** A file to take out of an archive. */
export interface Member {
  /** Its path in the archive. */
  readonly path: string;
  readonly bytes: number;
  /** Where to write it. */
  readonly target: string;
}

/** Bytes that headers and files beside the members may take. */
const OVERHEAD = 2 ** 20;

/**
 * Writes members of a .tar.gz archive to their targets. Nothing else is written, whatever the archive holds: its own paths and
 * links lead nowhere. Reading stops where it grows far beyond the bytes of its members.
 *
 * @throws FetchFailed where it is no whole .tar.gz, or does not hold each member as a plain file of its length
 */
export async function unpack(
  archive: string,
  members: readonly Member[],
  signal?: AbortSignal,
): Promise<void> {
  const entries = extract();
  const written = new Set<string>();
  const write = async () => {
    for await (const entry of entries) {
      const { type, size } = entry.header;
      const name = entry.header.name.replace(/^\.\//, '');
      const member = members.find(({ path }) => path === name);
      if (!member) {
        entry.resume();
        continue;
      }
      if (type !== 'file' || size !== member.bytes) {
        throw new FetchFailed(
          `${archive}: expected ${name} to be a file of ${member.bytes} bytes, found a ${type} of ${size}`,
        );
      }
      // A link that was planted there is removed, not followed.
      await rm(member.target, { force: true });
      await pipeline(entry, createWriteStream(member.target, { flags: 'wx', flush: true }));
      written.add(name);
    }
  };
  const limit = OVERHEAD + 2 * sumBy(members, ({ bytes }) => bytes);
  const read = () =>
    pipeline(createReadStream(archive), createGunzip(), bounded(limit, archive), entries, {
      ...(signal && { signal }),
    });
  const outcomes = await Promise.allSettled([write(), read()]);
  signal?.throwIfAborted();
  // The end of one side ends the other too, with an error that says less.
  const errors = outcomes.flatMap((outcome) =>
    outcome.status === 'rejected' ? [outcome.reason as Error] : [],
  );
  const [first] = errors;
  if (first) {
    throw (
      // What could not be written is not the archive's fault.
      errors.find((error) => error instanceof FetchFailed || 'syscall' in error) ??
      new FetchFailed(`${archive}: not a whole .tar.gz archive (${first.message})`)
    );
  }
  const missing = members.find(({ path }) => !written.has(path));
  if (missing) throw new FetchFailed(`${archive}: expected a file ${missing.path} in it, found none`);
}

/** Lets bytes through until there are too many. */
function bounded(limit: number, archive: string) {
  return async function* (source: AsyncIterable<Uint8Array>) {
    let bytes = 0;
    for await (const chunk of source) {
      bytes += chunk.length;
      if (bytes > limit) throw new FetchFailed(`${archive}: holds more than the ${limit} bytes it may`);
      yield chunk;
    }
  };
}
