import type { Arithmetic, Objective } from '../objective.js';

/** Arithmetic on expressions of WGSL. */
export const EXPRESSIONS: Arithmetic<string> = {
  constant: literal,
  add: (a, b) => `(${a} + ${b})`,
  multiply: (a, b) => `(${a} * ${b})`,
  divide: (a, b) => `(${a} / ${b})`,
  softplus: (a) => `(max(${a}, 0.0) + log(1.0 + exp(-abs(${a}))))`,
  // A function of kernels/common.wgsl.
  sigmoid: (a) => `sigmoid(${a})`,
  bySign: (value, negative, zero, positive) =>
    `select(select(${zero}, ${positive}, ${value} > 0.0), ${negative}, ${value} < 0.0)`,
};

/** The slope of an objective as kernels/objective.wgsl has it: equal for objectives that differ in their numbers alone. */
export function slopeExpression({ numbers, slopeIn }: Objective): string {
  const names = numbers.map((_, i) => `arena[numbers + ${i}u]`);
  return slopeIn(EXPRESSIONS, 'measure', 'semiTarget', names);
}

/** A number as a literal of a 32-bit float. */
function literal(value: number): string {
  const text = `${Math.fround(value)}f`;
  return value < 0 ? `(${text})` : text;
}
