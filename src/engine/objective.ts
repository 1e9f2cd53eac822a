/**
 * A loss over a batch, as a function of each sample's squared distance between the network's output and its target: the
 * hypersphere center c, or the sample itself for a reconstruction. The batch's loss is the mean over its samples.
 */
export interface Objective extends Formula {
  /** The derivative of `loss` by the squared distance. */
  slope(squaredDistance: number, semiTarget: number): number;
}

/** What defines an objective: its loss in numbers, and its slope in any arithmetic. */
export interface Formula {
  /** What outputs are compared with: the same point for every sample, or each sample itself. */
  readonly target: 'input' | { readonly center: Float32Array };
  /** The loss of one sample. */
  loss(squaredDistance: number, semiTarget: number): number;
  /** The derivative of `loss` by the squared distance, of one sample or of a batch that lies on a device. */
  slopeIn<T>(arithmetic: Arithmetic<T>, squaredDistance: T, semiTarget: T): T;
  /** Called with a batch's squared distances after its step, where the objective adapts to them. */
  afterStep?(squaredDistances: Float32Array): void;
}

/** Computes with numbers, or with a number for each sample of a batch at once. */
export interface Arithmetic<T> {
  constant(value: number): T;
  add(a: T, b: T): T;
  multiply(a: T, b: T): T;
  divide(a: T, b: T): T;
  /** One of three, as `value` is less than, equal to or greater than 0. */
  bySign(value: T, negative: T, zero: T, positive: T): T;
}

const NUMBERS: Arithmetic<number> = {
  constant: (value) => value,
  add: (a, b) => a + b,
  multiply: (a, b) => a * b,
  divide: (a, b) => a / b,
  bySign: (value, negative, zero, positive) => (value < 0 ? negative : value > 0 ? positive : zero),
};

/** The objective that a formula defines. */
export function objectiveOf(formula: Formula): Objective {
  return {
    ...formula,
    slope: (squaredDistance, semiTarget) => formula.slopeIn(NUMBERS, squaredDistance, semiTarget),
  };
}
