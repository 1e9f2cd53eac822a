import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import type { KnownContent } from './descriptor.js';

const ALGORITHMS = ['sha256', 'md5'] as const;

export type Algorithm = (typeof ALGORITHMS)[number];

/** What can be measured of a content, in memory or in a file. */
export interface Content {
  /** Its length. */
  readonly bytes: number;
  /** Its checksum, hexadecimal. */
  digest(algorithm: Algorithm): string | Promise<string>;
  /** Its bytes, piece by piece. */
  read(): Readable;
}

/** The checksum, hexadecimal, over parts one after the other. */
export function digest(algorithm: Algorithm, parts: readonly NodeJS.ArrayBufferView[]): string {
  const hash = createHash(algorithm);
  for (const part of parts) hash.update(part);
  return hash.digest('hex');
}

/** The content of bytes in memory. */
export function contentOf(bytes: Uint8Array): Content {
  return {
    bytes: bytes.length,
    digest: (algorithm) => digest(algorithm, [bytes]),
    read: () => Readable.from([bytes]),
  };
}

/** The content of a file of any size, read piece by piece. */
export async function contentOfFile(file: string, signal?: AbortSignal): Promise<Content> {
  return {
    bytes: (await stat(file)).size,
    async digest(algorithm) {
      const hash = createHash(algorithm);
      await pipeline(createReadStream(file), hash, { ...(signal && { signal }) });
      return hash.digest('hex');
    },
    read: () => createReadStream(file, { ...(signal && { signal }) }),
  };
}

/** Whether a checksum of a file is known. */
export function hasChecksum(known: KnownContent): boolean {
  return ALGORITHMS.some((algorithm) => known[algorithm] !== undefined);
}

/**
 * How a content differs from what is known of it, as `expected …, found …`; undefined where it does not, or is but compressed in
 * another way.
 */
export async function difference(known: KnownContent, content: Content): Promise<string | undefined> {
  const wrong = await differenceAsItIs(known, content);
  if (wrong === undefined || known.uncompressed === undefined) return wrong;
  return (await holds(content, known.uncompressed)) ? undefined : wrong;
}

/** Whether a content is compressed with gzip and holds this. */
async function holds(
  content: Content,
  { bytes, sha256 }: NonNullable<KnownContent['uncompressed']>,
): Promise<boolean> {
  const hash = createHash('sha256');
  let length = 0;
  const gunzip = createGunzip();
  try {
    await pipeline(content.read(), gunzip, async (parts: AsyncIterable<Buffer>) => {
      for await (const part of parts) {
        length += part.length;
        // What holds more is another content, however long it may go on.
        if (length > bytes) throw new Error('it holds more');
        hash.update(part);
      }
    });
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException;
    if (length > bytes || code.startsWith('Z_')) return false;
    throw error;
  }
  return length === bytes && hash.digest('hex') === sha256;
}

async function differenceAsItIs(known: KnownContent, content: Content): Promise<string | undefined> {
  if (known.bytes !== undefined && known.bytes !== content.bytes) {
    return `expected ${known.bytes} bytes, found ${content.bytes}`;
  }
  for (const algorithm of ALGORITHMS) {
    const expected = known[algorithm];
    if (expected === undefined) continue;
    const found = await content.digest(algorithm);
    if (found !== expected) return `expected ${algorithm} ${expected}, found ${found}`;
  }
  return undefined;
}
