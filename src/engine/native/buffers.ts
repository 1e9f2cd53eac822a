import type { Kernels } from './kernels.js';

/** Floats in a cache line, the widest vector too. */
const LINE = 16;

/** Zeros that begin on a cache line, so that no vector of a group straddles two. */
export function alignedFloats(kernels: Kernels, length: number): Float32Array {
  const buffer = new ArrayBuffer((length + LINE) * Float32Array.BYTES_PER_ELEMENT);
  const past = kernels.lineOffset(new Float32Array(buffer));
  return new Float32Array(buffer, ((LINE - past) % LINE) * Float32Array.BYTES_PER_ELEMENT, length);
}
