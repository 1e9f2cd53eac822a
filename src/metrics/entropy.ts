import { EigenvalueDecomposition, Matrix } from 'ml-matrix';
import { mean, sum } from 'simple-statistics';
import { exponential, logarithm } from '../exponential.js';

/*
 * Estimates of the differential entropy of a random vector from a sample of it. All are in nats a dimension, so that they compare
 * over widths. Scaling a vector by s adds ln s to each: only differences between samples that were scaled alike mean anything.
 */

/** Vectors of one width, one after the other. */
export interface Vectors {
  readonly values: Float32Array;
  readonly count: number;
  readonly width: number;
}

/** A sample's covariance, as far as entropies need it. */
export interface Spread {
  /** Eigenvalues of the covariance (n in the denominator), in descending order; none is negative. */
  readonly spectrum: Float64Array;
  /** The share of Ledoit and Wolf's target, the mean eigenvalue, that makes the covariance of so few vectors the least wrong. */
  readonly shrinkage: number;
}

/** The spread of vectors around their mean. */
export function spreadOf(vectors: Vectors): Spread {
  const { count, width } = vectors;
  const products = new Float64Array(width * width);
  let fourthPowers = 0;
  forEachCentered(vectors, meanOf(vectors), (difference) => {
    let square = 0;
    for (let i = 0; i < width; i++) {
      const value = difference[i];
      square += value * value;
      const row = i * width;
      for (let j = 0; j <= i; j++) products[row + j] += value * difference[j];
    }
    fourthPowers += square * square;
  });
  const covariance = Matrix.zeros(width, width);
  let norm = 0;
  for (let i = 0; i < width; i++) {
    for (let j = 0; j <= i; j++) {
      const value = products[i * width + j] / count;
      covariance.set(i, j, value);
      covariance.set(j, i, value);
      norm += (i === j ? 1 : 2) * value ** 2;
    }
  }
  const { realEigenvalues } = new EigenvalueDecomposition(covariance, { assumeSymmetric: true });
  const spectrum = Float64Array.from(realEigenvalues, (value) => Math.max(0, value))
    .sort()
    .reverse();
  const distance = norm - sum([...spectrum]) ** 2 / width;
  const error = (fourthPowers / count - norm) / count;
  return { spectrum, shrinkage: distance > 0 ? Math.min(1, Math.max(0, error / distance)) : 1 };
}

/** A share of the mean eigenvalue that is added to each, so that a direction without any variance has an entropy. */
const RIDGE = 1e-6;

/**
 * The entropy of the Gaussian of a covariance Σ, ½ ln det(2πeΣ) a dimension: the most that a vector of this covariance can have (Ruff et
 * al. 2020, section 2).
 *
 * @param shrunk whether to shrink Σ towards its mean eigenvalue (Ledoit and Wolf 2004), as for fewer than ten vectors a dimension
 */
export function gaussianEntropy({ spectrum, shrinkage }: Spread, shrunk: boolean): number {
  const share = shrunk ? shrinkage : 0;
  const center = mean([...spectrum]);
  const logarithms = Array.from(spectrum, (value) =>
    logarithm((1 - share) * value + (share + RIDGE) * center),
  );
  return 0.5 * (logarithm(2 * Math.PI * Math.E) + mean(logarithms));
}

/** The effective rank of a covariance, exp(−Σ p ln p) with p its eigenvalues as shares of their sum (Roy and Vetterli 2007). */
export function effectiveRank({ spectrum }: Spread): number {
  const total = sum([...spectrum]);
  return exponential(
    -sum(Array.from(spectrum, (value) => (value > 0 ? (value / total) * logarithm(value / total) : 0))),
  );
}

/**
 * The entropy of the isotropic Gaussian around a point of which vectors have this mean squared distance m, ½ ln(2πe·m/d) a dimension: what
 * Deep SVDD and Deep SAD minimise for normal samples in the words of Ruff et al. (2020, section 3).
 *
 * @param point by default the mean of the vectors
 */
export function distanceEntropy(vectors: Vectors, point: ArrayLike<number> = meanOf(vectors)): number {
  const { count, width } = vectors;
  let squares = 0;
  forEachCentered(vectors, point, (difference) => {
    for (let i = 0; i < width; i++) squares += difference[i] * difference[i];
  });
  return 0.5 * logarithm((2 * Math.PI * Math.E * squares) / (count * width));
}

/**
 * The entropy by the distances r of vectors to their k-th neighbour, ψ(n) − ψ(k) + ln V + d/n · Σ ln r with V the volume of the unit ball, a
 * dimension (Kozachenko and Leonenko 1987). It assumes no shape. Vectors that k others equal are left out.
 *
 * @param squaredDistances n × n, of every two vectors
 * @param width d
 * @param k which neighbour, fewer than there are vectors
 */
export function neighbourEntropy(squaredDistances: Float32Array, width: number, k: number): number {
  const count = Math.sqrt(squaredDistances.length);
  // Each vector is its own nearest.
  const nearest = new Float64Array(k + 1);
  let logarithms = 0;
  let apart = 0;
  for (let start = 0; start < squaredDistances.length; start += count) {
    nearest.fill(Number.POSITIVE_INFINITY);
    for (let j = start; j < start + count; j++) {
      if (squaredDistances[j] < nearest[k]) insert(nearest, squaredDistances[j]);
    }
    if (nearest[k] <= 0) continue;
    logarithms += 0.5 * logarithm(nearest[k]);
    apart++;
  }
  // ψ(n) − ψ(k) of integers.
  let digammas = 0;
  for (let i = k; i < count; i++) digammas += 1 / i;
  // That of a ball of d dimensions is 2π/d times that of d − 2.
  let volume = width % 2 === 0 ? 0 : Math.LN2;
  for (let d = 2 + (width % 2); d <= width; d += 2) volume += logarithm((2 * Math.PI) / d);
  return (digammas + volume) / width + logarithms / apart;
}

/** Puts a number into its place among ascending ones, whose greatest goes. */
function insert(ascending: Float64Array, value: number): void {
  let place = ascending.length - 1;
  for (; place > 0 && ascending[place - 1] > value; place--) ascending[place] = ascending[place - 1];
  ascending[place] = value;
}

function meanOf({ values, count, width }: Vectors): Float64Array {
  const sums = new Float64Array(width);
  for (let start = 0; start < values.length; start += width) {
    for (let i = 0; i < width; i++) sums[i] += values[start + i];
  }
  return sums.map((total) => total / count);
}

/** Calls back with the difference of each vector from a point, in an array that is used again. */
function forEachCentered(
  { values, width }: Vectors,
  point: ArrayLike<number>,
  each: (difference: Float64Array) => void,
): void {
  const difference = new Float64Array(width);
  for (let start = 0; start < values.length; start += width) {
    for (let i = 0; i < width; i++) difference[i] = values[start + i] - point[i];
    each(difference);
  }
}
