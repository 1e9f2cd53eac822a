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
  return countAmong(known, asked);
}

/** The share of samples above which it is more than chance that they have their like. */
export const FEW = 0.01;

/**
 * How many samples of a test part are samples of the training part; 0 where no more are than repeat within the training part, unless
 * both are the same samples in whatever order.
 */
export function sharedNumbers(training: ArrayLike<number>, test: readonly number[]): number {
  const [trained, asked] = [training, test].map(ascending);
  const known = distinct(trained);
  const shared = countAmong(known, asked);
  const repeated = 1 - known.length / training.length;
  const isMoreThanChance = shared > test.length * Math.max(FEW, 2 * repeated);
  return isMoreThanChance || isEqual(trained, asked) ? shared : 0;
}

function ascending(numbers: ArrayLike<number>): Float64Array {
  return Float64Array.from(numbers).sort();
}

/** Each of some ascending numbers once. */
function distinct(sorted: Float64Array): Float64Array {
  return sorted.filter((number, i) => number !== sorted[i - 1]);
}

/** How many of some ascending numbers are among others, ascending too. */
function countAmong(known: Float64Array, asked: Float64Array): number {
  let at = 0;
  return asked.filter((number) => {
    while (known[at] < number) at++;
    return known[at] === number;
  }).length;
}
