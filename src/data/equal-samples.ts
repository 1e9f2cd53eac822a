import { hash } from 'node:crypto';
import { isEqual } from 'es-toolkit/predicate/isEqual';
import type { Samples } from './dataset.js';

/**
 * For each sample the first one, itself or before it, that has the same values, bit by bit.
 *
 * @param parts the values of samples, of which those of one part follow those of the part before
 * @param size how many values a sample has
 * @returns indices into all samples
 */
export function firstEquals(parts: readonly Samples['values'][], size: number): number[] {
  const firsts = new Map<string, number>();
  const found: number[] = [];
  for (const { buffer, byteOffset, byteLength, BYTES_PER_ELEMENT } of parts) {
    const length = size * BYTES_PER_ELEMENT;
    for (let at = byteOffset; at < byteOffset + byteLength; at += length) {
      const content = hash('sha256', new Uint8Array(buffer, at, length), 'base64');
      const first = firsts.get(content) ?? found.length;
      if (first === found.length) firsts.set(content, first);
      found.push(first);
    }
  }
  return found;
}

/** The share of samples above which it is more than chance that they have their like. */
export const FEW = 0.01;

/**
 * How many samples of a test part are samples of the training part; 0 where no more are than repeat within the training part, unless
 * both are the same samples in whatever order.
 */
export function sharedSamples(training: Samples['values'], test: Samples['values'], size: number): number {
  const firsts = firstEquals([training, test], size);
  const trained = training.length / size;
  return sharedNumbers(firsts.slice(0, trained), firsts.slice(trained));
}

/** As `sharedSamples` of samples for each of which a number stands, the same for equal ones. */
export function sharedNumbers(
  training: ArrayLike<number> & Iterable<number>,
  test: readonly number[],
): number {
  const known = new Set(training);
  const shared = test.filter((number) => known.has(number)).length;
  const repeated = 1 - known.size / training.length;
  const isMoreThanChance = shared > test.length * Math.max(FEW, 2 * repeated);
  const ascending = (numbers: ArrayLike<number>) => Float64Array.from(numbers).sort();
  return isMoreThanChance || isEqual(ascending(training), ascending(test)) ? shared : 0;
}
