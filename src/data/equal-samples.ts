import { sumBy } from 'es-toolkit/math/sumBy';
import { isEqual } from 'es-toolkit/predicate/isEqual';

/*
 * Samples that equal each other, by numbers that stand for them, such as their fingerprints, the same for equal ones. The numbers are put in
 * order, since a Set or a Map holds no more than 2^24.
 */

/** How many of these numbers equal one before them. */
export function repeats(numbers: readonly number[]): number {
  return numbers.length - distinct(ascending(numbers)).length;
}

/** How many different numbers are among the ones and among the others. */
export function distinctInBoth(ones: readonly number[], others: readonly number[]): number {
  const [known, asked] = [ones, others].map((numbers) => distinct(ascending(numbers)));
  return asked.length - countOf(0, timesAmong(known, asked));
}

/** The share of samples above which it is more than chance that they have their like. */
export const FEW = 0.01;

/** How often a sample is in the training part whose like in a test part tells; what is there more often may come by chance. */
const RARELY = [1, 2];

/** Samples by which the estimate of chance may fall short, where any samples of the training part repeat. */
const MARGIN = 10;

/** How many samples of a test part are samples of the training part. */
export interface Shared {
  readonly count: number;
  /** Those among them whose like is there once or twice. */
  readonly rare: number;
}

/**
 * How many samples of a test part are samples of the training part; undefined where these are no more than chance.
 *
 * Of a test part that is drawn as the training part is, about as large a share has its like there k times as the samples that are there
 * k + 1 times are of training (Good and Turing). It is more than chance where more than twice that share has it once; or twice, as in a
 * training part of copies; or where more has it once or twice than by the estimate of both together, which of few samples tells what
 * either alone does not. So it does not matter how often other samples are there, as zeros of a machine that stands still, or whether
 * they are more in one of the parts. It is more than chance as well where both are the same samples, in whatever order.
 */
export function sharedNumbers(training: ArrayLike<number>, test: readonly number[]): Shared | undefined {
  const [trained, asked] = [training, test].map(ascending);
  const [own, met] = [trained, asked].map((numbers) => timesAmong(trained, numbers));
  const margin = Math.min(MARGIN, own.length - countOf(1, own));
  const isMoreThanChance = (k: number) => {
    const chance = (countOf(k + 1, own) + margin) / own.length;
    return countOf(k, met) > met.length * Math.max(FEW, 2 * chance);
  };
  const rare = sumBy(RARELY, (k) => countOf(k, met));
  const isTold =
    RARELY.some(isMoreThanChance) || rare > mostByChance(own, met.length) || isEqual(trained, asked);
  return isTold ? { count: met.length - countOf(0, met), rare } : undefined;
}

/**
 * How many of so many samples, drawn as those of the training part are, may have their like there once or twice: three standard deviations
 * above what the estimate of Good and Turing gives, with two of its own added; all of them where nothing is there twice or thrice to
 * estimate it by.
 *
 * @param own how often the like of each training sample is there
 */
function mostByChance(own: Uint32Array, asked: number): number {
  const [twice, thrice] = [countOf(2, own), countOf(3, own)];
  if (twice + thrice === 0) return asked;
  const share = Math.min(1, (twice + thrice + 2 * Math.sqrt(2 * twice + 3 * thrice)) / own.length);
  return Math.max(FEW * asked, asked * share + 3 * Math.sqrt(asked * share * (1 - share)));
}

function ascending(numbers: ArrayLike<number>): Float64Array {
  return Float64Array.from(numbers).sort();
}

/** Each of some ascending numbers once. */
function distinct(sorted: Float64Array): Float64Array {
  return sorted.filter((number, i) => number !== sorted[i - 1]);
}

/** How often each of some ascending numbers is among others, ascending too. */
function timesAmong(known: Float64Array, asked: Float64Array): Uint32Array {
  let [start, end] = [0, 0];
  return Uint32Array.from(asked, (number, i) => {
    if (number !== asked[i - 1]) {
      start = end;
      while (known[start] < number) start++;
      end = start;
      while (known[end] === number) end++;
    }
    return end - start;
  });
}

function countOf(k: number, times: Uint32Array): number {
  return times.reduce((count, time) => count + Number(time === k), 0);
}
