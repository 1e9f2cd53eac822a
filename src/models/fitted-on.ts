import { BYTES, KEPT } from '../data/fingerprints.js';
import { UserError } from '../errors.js';

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
