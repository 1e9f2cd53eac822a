import { hash } from 'node:crypto';
import type { Samples } from './dataset.js';
import { sharedNumbers } from './equal-samples.js';

/** How many fingerprints are kept at most. They are as good as drawn by lot, so the least ones stand for all of more samples. */
export const KEPT = 2 ** 17;

/** A fingerprint is the first bytes of the SHA-256 of a sample: so many that unequal samples hardly ever share one, and a number holds. */
export const BYTES = 6;

/** A fingerprint of each sample, the same for equal ones, bit by bit. */
export function fingerprints(
  { buffer, byteOffset, byteLength, BYTES_PER_ELEMENT }: Samples['values'],
  size: number,
): number[] {
  const length = size * BYTES_PER_ELEMENT;
  return Array.from({ length: byteLength / length }, (_, sample) =>
    hash('sha256', new Uint8Array(buffer, byteOffset + sample * length, length), 'buffer').readUIntBE(
      0,
      BYTES,
    ),
  );
}

/** The greatest primes below 2^24, whose remainders are half a fingerprint each and have exact products, and a factor for each. */
const PRIMES = [
  { prime: 2 ** 24 - 3, factor: 10_368_889 },
  { prime: 2 ** 24 - 17, factor: 6_700_417 },
];

/**
 * A fingerprint of each stretch of so many samples that follow each other, whichever sample it starts with, in a time that does not depend on
 * their length (Rabin and Karp's rolling hash).
 *
 * @param all the fingerprints of the samples
 */
export function stretchFingerprints(all: readonly number[], length: number): number[] {
  const [upper, lower] = PRIMES.map(({ prime, factor }) => rollingHash(all, length, prime, factor));
  return upper.map((value, i) => value * 2 ** 24 + lower[i]);
}

/** Σ factorⁱ · number modulo a prime, over each stretch of numbers, of which the last has i = 0. */
function rollingHash(numbers: readonly number[], length: number, prime: number, factor: number): number[] {
  let power = 1;
  for (let i = 0; i < length; i++) power = (power * factor) % prime;
  let sum = 0;
  const found: number[] = [];
  for (const [i, number] of numbers.entries()) {
    sum = (sum * factor + (number % prime)) % prime;
    if (i >= length) sum = (sum + prime - ((power * (numbers[i - length] % prime)) % prime)) % prime;
    if (i >= length - 1) found.push(sum);
  }
  return found;
}

/** What is kept of the fingerprints of samples: the least ones, ascending, each as often as it is there. */
export function keptOf(all: readonly number[]): Float64Array {
  return Float64Array.from(all).sort().slice(0, KEPT);
}

/**
 * Which share of samples was trained on, in whatever order they come: of those that count, or 1 where it was all of them. Of a training on
 * more than what is kept of it the share is an estimate. 0 where it is no more than chance.
 *
 * @param kept what is kept of the training samples
 * @param all the fingerprints of the samples
 * @param counting those of the ones that count
 */
export function trainedShare(kept: Float64Array, all: readonly number[], counting = all): number {
  const limit = kept.length < KEPT ? Number.POSITIVE_INFINITY : kept[KEPT - 1];
  const share = (fingerprints: readonly number[]) => {
    const comparable = [...keptOf(fingerprints)].filter((fingerprint) => fingerprint <= limit);
    return (sharedNumbers(kept, comparable)?.count ?? 0) / (comparable.length || 1);
  };
  return share(all) === 1 ? 1 : share(counting);
}
