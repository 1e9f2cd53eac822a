import { hash } from 'node:crypto';
import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64';
import { uniformInt } from 'pure-rand/distribution/uniformInt';
import { xoroshiro128plus, xoroshiro128plusFromState } from 'pure-rand/generator/xoroshiro128plus';
import { loadAddon } from './native.js';
import { requireWhole } from './whole-number.js';

/** A seeded stream of random numbers. Every draw in the project comes from one. */
export interface Random {
  /** The next number, uniform in [low, high). */
  uniform(low: number, high: number): number;
  /** The next integer, uniform in [0, bound). */
  integer(bound: number): number;
  /** Fills `values` with draws from the standard normal distribution (Marsaglia's polar method), and returns it. */
  normal(values: Float64Array): Float64Array;
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
 * @throws UserError where the seed is no whole number of at least 0
 */
export function randomStream(seed: number, purpose: string): Random {
  requireWhole('seed', seed, 0);
  const digest = hash('sha256', `${seed}/${purpose}`, 'buffer');
  let generator = xoroshiro128plus(digest.readInt32LE(0));
  // What takes many draws is done in C++: a shuffle in a tenth of the time, normal draws in a third.
  const draw = (by: (state: Int32Array) => void) => {
    const state = Int32Array.from(generator.getState());
    by(state);
    generator = xoroshiro128plusFromState([...state]);
  };
  const spare = Float64Array.of(Number.NaN);
  return {
    uniform: (low, high) => low + (high - low) * uniformFloat64(generator),
    integer: (bound) => uniformInt(generator, 0, bound - 1),
    normal(values) {
      draw((state) => loadAddon().normal(state, spare, values));
      return values;
    },
    shuffle(values) {
      draw((state) => loadAddon().shuffle(state, values));
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
