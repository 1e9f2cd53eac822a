import { constants, gunzipSync, inflateSync } from 'node:zlib';

/** The most numbers of an array out of a file: 2 GiB of them in double precision. */
export const MOST_NUMBERS = 2 ** 28;

const INFLATE = { zlib: inflateSync, gzip: gunzipSync };

/**
 * Some first bytes of what bytes compressed by zlib hold, as many as the first `length` of these give: a thousand times as many at most.
 *
 * @throws Error where they are not compressed so
 */
export function inflateStart(bytes: Uint8Array, length: number): Uint8Array {
  return inflateSync(bytes.subarray(0, length), { finishFlush: constants.Z_SYNC_FLUSH });
}

/**
 * What compressed bytes hold; no more than `most` bytes of it are ever in memory.
 *
 * @throws Error where they are damaged or hold more
 */
export function inflateAtMost(
  bytes: Uint8Array,
  compression: keyof typeof INFLATE,
  most: number,
): Uint8Array {
  try {
    return INFLATE[compression](bytes, { maxOutputLength: Math.max(1, most) });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ERR_BUFFER_TOO_LARGE') throw error;
    throw new Error(`it holds more than the ${most} bytes that it says`);
  }
}
