import { sigmoid, softplus } from '../exponential.js';
import { quantile } from '../quantile.js';

/**
 * A loss over a batch, as a function of one number for each sample: the squared distance between the network's output and its target,
 * which is the hypersphere center c, or the sample itself for a reconstruction; or the single output of a network, a logit. The batch's
 * loss is the mean over its samples.
 *
 * It is data: loss and slope are stated in any arithmetic, and what differs between runs or changes in training is in `numbers`, of
 * which whoever trains keeps a copy.
 */
export interface Objective {
  /** What outputs are compared with: the same point for every sample, each sample itself, or nothing: the loss is of the output. */
  readonly target: 'input' | 'none' | { readonly center: Float32Array };
  /** η, 1/ν, −R² and the like, as they are before the first step: at most 8, for which a GPU has places. */
  readonly numbers: readonly number[];
  /** The loss of one sample, or of each of a batch. `numbers` are those of the step. */
  lossIn<T>(arithmetic: Arithmetic<T>, measure: T, semiTarget: T, numbers: readonly T[]): T;
  /** The derivative of the loss by that number, the squared distance or the output. */
  slopeIn<T>(arithmetic: Arithmetic<T>, measure: T, semiTarget: T, numbers: readonly T[]): T;
  /** Which of the numbers follows the batches, where one does. */
  readonly follows?: Follows;
}

/** A number that after each step becomes −r², r a quantile of the distances in the step's batch. */
export interface Follows {
  /** Its place among the numbers. */
  readonly number: number;
  /** From 0 to 1. */
  readonly quantile: number;
  /** The first step after which it does so; steps count from 1. */
  readonly from: number;
}

/** Computes with numbers, or with a number for each sample of a batch at once. */
export interface Arithmetic<T> {
  constant(value: number): T;
  add(a: T, b: T): T;
  multiply(a: T, b: T): T;
  divide(a: T, b: T): T;
  /** log(1 + eᵃ), however large a is. */
  softplus(a: T): T;
  /** 1 / (1 + e⁻ᵃ), the derivative of the softplus. */
  sigmoid(a: T): T;
  /** One of three, as `value` is less than, equal to or greater than 0. */
  bySign(value: T, negative: T, zero: T, positive: T): T;
}

const PLAIN: Arithmetic<number> = {
  constant: (value) => value,
  add: (a, b) => a + b,
  multiply: (a, b) => a * b,
  divide: (a, b) => a / b,
  softplus,
  sigmoid,
  bySign: (value, negative, zero, positive) => (value < 0 ? negative : value > 0 ? positive : zero),
};

/** The loss of one sample: the number that it is a function of where that is not finite, which an objective may leave out. */
export function lossOf(
  objective: Objective,
  measure: number,
  semiTarget: number,
  numbers: readonly number[],
): number {
  return Number.isFinite(measure) ? objective.lossIn(PLAIN, measure, semiTarget, numbers) : measure;
}

/** The derivative of the loss of one sample by its squared distance, or by its output. */
export function slopeOf(
  objective: Objective,
  measure: number,
  semiTarget: number,
  numbers: readonly number[],
): number {
  return objective.slopeIn(PLAIN, measure, semiTarget, numbers);
}

/**
 * Lets the number that follows the batches follow one.
 *
 * @param numbers those of the training so far, changed in place
 * @param step the number of steps taken, this one included
 * @param squaredDistances those of the batch, before the weights moved
 */
export function followBatch(
  { follows }: Objective,
  numbers: number[],
  step: number,
  squaredDistances: ArrayLike<number>,
): void {
  if (!follows || step < follows.from) return;
  const distances = Float64Array.from(squaredDistances, Math.sqrt).sort();
  numbers[follows.number] = -(quantile(distances, follows.quantile) ** 2);
}
