import { hash } from 'node:crypto';
import { sharedNumbers } from '../data/equal-samples.js';
import { UserError } from '../errors.js';

/** How many fingerprints a model keeps at most. They are as good as drawn by lot, so the least ones stand for all of a larger fit. */
const KEPT = 2 ** 17;

/** A fingerprint is the first bytes of the SHA-256 of a sample: so many that unequal samples hardly ever share one, and a number holds. */
const BYTES = 6;

/** A fingerprint of each sample, the same for equal ones, bit by bit. */
export function fingerprints({ buffer, byteOffset, byteLength }: Float32Array, size: number): number[] {
  const length = size * Float32Array.BYTES_PER_ELEMENT;
  return Array.from({ length: byteLength / length }, (_, sample) =>
    hash('sha256', new Uint8Array(buffer, byteOffset + sample * length, length), 'buffer').readUIntBE(
      0,
      BYTES,
    ),
  );
}

/** What is kept of the fingerprints of a fit: the least ones, ascending, each as often as it is there. */
export function keptOf(all: readonly number[]): Float64Array {
  return Float64Array.from(all).sort().slice(0, KEPT);
}

/**
 * Which share of samples a model was fitted on, in whatever order they come: of the labeled ones, by which it is judged, or 1 where it
 * was on all of them. Of a fit that is larger than what is kept of it the share is an estimate. 0 where it is no more than chance.
 *
 * @param kept what is kept of the fit
 * @param all the fingerprints of the samples
 * @param labeled those of the labeled ones
 */
export function shareOfFit(kept: Float64Array, all: readonly number[], labeled: readonly number[]): number {
  const limit = kept.length < KEPT ? Number.POSITIVE_INFINITY : kept[KEPT - 1];
  const share = (fingerprints: readonly number[]) => {
    const comparable = [...keptOf(fingerprints)].filter((fingerprint) => fingerprint <= limit);
    return comparable.length && sharedNumbers(kept, comparable) / comparable.length;
  };
  return share(all) === 1 ? 1 : share(labeled);
}

/** The bytes of a file that keeps fingerprints: 6 each, the most significant first. */
export function toBytes(kept: Float64Array): Uint8Array {
  const bytes = Buffer.alloc(kept.length * BYTES);
  for (const [i, fingerprint] of kept.entries()) bytes.writeUIntBE(fingerprint, i * BYTES, BYTES);
  return bytes;
}

/**
 * The fingerprints that a file keeps.
 *
 * @throws UserError where `toBytes` has not made it
 */
export function fromBytes(bytes: Uint8Array, file: string): Float64Array {
  const { buffer, byteOffset, byteLength } = bytes;
  const view = Buffer.from(buffer, byteOffset, byteLength);
  const kept = Float64Array.from({ length: Math.floor(byteLength / BYTES) }, (_, i) =>
    view.readUIntBE(i * BYTES, BYTES),
  );
  const isAscending = kept.every((fingerprint, i) => i === 0 || kept[i - 1] <= fingerprint);
  if (kept.length * BYTES === byteLength && kept.length <= KEPT && isAscending) return kept;
  throw new UserError(`${file}: not the fingerprints of the samples of a fit; fit the model again`);
}
