import { CHANNEL_BLOCK } from './kernels.js';

/** For each target, the source positions that are summed into it: the input of the kernel `gatherSums`. */
export interface IndexLists {
  readonly count: number;
  readonly starts: Int32Array;
  readonly indices: Int32Array;
}

/** Names every pair of a target and a source, in the order in which a target's sources are to be added. */
export type Pairs = (emit: (target: number, source: number) => void) => void;

/** Sorts pairs by target. `pairs` is called twice, to count and to fill, since there may be millions. */
export function indexLists(count: number, pairs: Pairs): IndexLists {
  const starts = new Int32Array(count + 1);
  pairs((target) => {
    starts[target + 1]++;
  });
  for (let target = 0; target < count; target++) starts[target + 1] += starts[target];
  const indices = new Int32Array(starts[count]);
  const next = starts.slice();
  pairs((target, source) => {
    indices[next[target]++] = source;
  });
  return { count, starts, indices };
}

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
