import { GROUP, groupsOf } from '../native/kernels.js';
import type { Batch } from './reference.js';

/** Writes a batch into the native layout; padding lanes get a value that no statistic may notice. */
export function intoGroups(batch: Batch, into: Float32Array, padding = 3): void {
  const size = batch[0].length;
  into.subarray(0, groupsOf(batch.length) * size * GROUP).fill(padding);
  batch.forEach((sample, s) => {
    sample.forEach((value, i) => {
      into[(Math.floor(s / GROUP) * size + i) * GROUP + (s % GROUP)] = value;
    });
  });
}

/** Reads a batch out of the native layout. */
export function fromGroups(groups: Float32Array, batch: number, size: number): Batch {
  return Array.from({ length: batch }, (_, s) =>
    Float64Array.from(
      { length: size },
      (_, i) => groups[(Math.floor(s / GROUP) * size + i) * GROUP + (s % GROUP)],
    ),
  );
}
