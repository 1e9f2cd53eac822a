import { createHash } from 'node:crypto';
import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64';
import { uniformInt } from 'pure-rand/distribution/uniformInt';
import { xoroshiro128plus, xoroshiro128plusFromState } from 'pure-rand/generator/xoroshiro128plus';
import { logarithm } from './exponential.js';
import { loadAddon } from './native.js';

/** A seeded stream of random numbers. Every draw in the project comes from one. */
export interface Random {
  /** The next number, uniform in [low, high). */
  uniform(low: number, high: number): number;
  /** The next integer, uniform in [0, bound). */
  integer(bound: number): number;
  /** Shuffles `values` in place (Fisher–Yates), from the last to the second by one integer each, and returns it. */
  shuffle(values: Uint32Array): Uint32Array;
}

/**
 * The random stream of one purpose within one run. Streams of different purposes have states of their own, so that drawing
 * more numbers for one (a larger network, say) never shifts another (the batch order). A stream starts where 32 bits of the hash
 * of seed and purpose say: two streams are the same with a chance of 1 in 2³².
 *
 * @param seed the run's seed
 * @param purpose what the numbers are for, such as `split` or `encoder weights`
 */
export function randomStream(seed: number, purpose: string): Random {
  const digest = createHash('sha256').update(`${seed}/${purpose}`).digest();
  let generator = xoroshiro128plus(digest.readInt32LE(0));
  return {
    uniform: (low, high) => low + (high - low) * uniformFloat64(generator),
    integer: (bound) => uniformInt(generator, 0, bound - 1),
    shuffle(values) {
      // In C++ a tenth as long: each epoch of every run has its order.
      const state = Int32Array.from(generator.getState());
      loadAddon().shuffle(state, values);
      generator = xoroshiro128plusFromState([...state]);
      return values;
    },
  };
}

/** The integers 0 … count − 1 in random order. */
export function permutation(count: number, random: Random): Uint32Array {
  const order = new Uint32Array(count);
  for (let i = 0; i < count; i++) order[i] = i;
  return random.shuffle(order);
}

/** Draws from the standard normal distribution (Marsaglia's polar method). */
export function standardNormal(random: Random): () => number {
  let spare: number | undefined;
  return () => {
    if (spare !== undefined) {
      const value = spare;
      spare = undefined;
      return value;
    }
    for (;;) {
      const x = random.uniform(-1, 1);
      const y = random.uniform(-1, 1);
      const square = x * x + y * y;
      if (square >= 1 || square === 0) continue;
      const factor = Math.sqrt((-2 * logarithm(square)) / square);
      spare = y * factor;
      return x * factor;
    }
  };
}
