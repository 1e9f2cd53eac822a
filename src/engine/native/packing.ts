import type { Pairs } from './index-lists.js';

/** Channels in a block of packed weights, as native/kernels.h says. */
export const CHANNEL_BLOCK = 8;

/**
 * Pairs for weights packed as the kernel `correlate` reads them: [block of outer channels][inner channel][tap][channel in
 * block]. The last block is narrower where the channels do not fill it.
 *
 * @param eachSource names the weights that are summed into one place
 */
export function packedPairs(
  outer: number,
  inner: number,
  taps: number,
  eachSource: (outer: number, inner: number, tap: number, each: (weight: number) => void) => void,
): Pairs {
  return (emit) => {
    let target = 0;
    for (let first = 0; first < outer; first += CHANNEL_BLOCK) {
      const end = Math.min(outer, first + CHANNEL_BLOCK);
      for (let i = 0; i < inner; i++) {
        for (let tap = 0; tap < taps; tap++) {
          for (let o = first; o < end; o++, target++) eachSource(o, i, tap, (weight) => emit(target, weight));
        }
      }
    }
  };
}
