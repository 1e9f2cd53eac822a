import { constants, gunzipSync, inflateSync } from 'node:zlib';

/** The most numbers of an array out of a file: 2 GiB of them in double precision. */
export const MOST_NUMBERS = 2 ** 28;

const INFLATE = { zlib: inflateSync, gzip: gunzipSync };

/** How bytes are compressed. */
export type Compression = keyof typeof INFLATE;

/**
 * Some first bytes of what compressed bytes hold, as many as the first `length` of these give: a thousand times as many at most.
 *
 * @throws Error where they are not compressed so
 */
export function inflateStart(bytes: Uint8Array, compression: Compression, length: number): Uint8Array {
  return INFLATE[compression](bytes.subarray(0, length), { finishFlush: constants.Z_SYNC_FLUSH });
}

/**
 * What compressed bytes hold; no more than `most` bytes of it are ever in memory.
 *
 * @throws Error where they are damaged or hold more
 */
export function inflateAtMost(bytes: Uint8Array, compression: Compression, most: number): Uint8Array {
  try {
    return INFLATE[compression](bytes, { maxOutputLength: Math.max(1, most) });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ERR_BUFFER_TOO_LARGE') throw error;
    throw new Error(`it holds more than the ${most} bytes that it says`);
  }
}
