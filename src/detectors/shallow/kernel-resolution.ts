import { greatest, SINGLE_PRECISION } from '../resolution.js';
import type { Kernel } from './kernel.js';
import type { Points } from './points.js';

/** A solution of `Dual`, w = Σ β φ(x), and what the solver left open. */
export interface KernelSum {
  readonly kernel: Kernel;
  /** The samples, all whose β is not 0 among them. */
  readonly supportVectors: Points;
  /** β of each. */
  readonly coefficients: Float64Array;
  /** The largest violation of the KKT conditions, in units of the scores. */
  readonly violation: number;
  /** The duality gap. */
  readonly gap: number;
}

/**
 * How near to each other two scores ρ − ⟨w, φ(x)⟩ say nothing: for the rounding of the sums they come of, and for what the solver left
 * open; ∞ where w is not told from 0.
 *
 * With the linear kernel w = 0 may be the optimum: wherever the constraints allow weights by which the mean of the samples is the origin.
 * All scores are equal then. Those of a solution near to it are not, and may differ by far more than the violation v of the KKT
 * conditions, as ⟨w, x⟩ does where x is large. So it is w that is judged. For all w′ that the constraints allow,
 *
 *     ⟨w, w − w′⟩ = βᵀK(β − β′) ≤ gap,
 *
 * and with w′ = 0 the left is ‖w‖²: where that is more than the gap, 0 is none of them. Where penalties are large, so is the gap. But v is
 * the steepest descent of a move that shifts a unit of weight from samples to others, ½ Σ |β − β′| of which lead to β′, so that for β′
 * that weigh no more than β does, the left is at most v Σ |β|, too.
 *
 * With a radial basis function w is never 0: the φ(x) of samples that differ are linearly independent, and Σ β = 1.
 */
export function resolutionOf(scores: Float64Array, sum: KernelSum): number {
  const { kernel, supportVectors, coefficients, violation, gap } = sum;
  // Values of the radial basis function are 1 at most, and take no norms, which would go through all features.
  const norms = kernel.type === 'rbf' ? undefined : supportVectors.squaredNorms;
  let weight = 0;
  let magnitude = 0;
  coefficients.forEach((coefficient, i) => {
    weight += Math.abs(coefficient);
    magnitude += Math.abs(coefficient) * (norms?.[i] ?? 1);
  });
  const rounding = SINGLE_PRECISION * magnitude;
  if (kernel.type === 'linear') {
    const open = Math.max(rounding, Math.min(gap, violation * weight));
    if (squaredLength(linearWeights(sum)) <= open) return Number.POSITIVE_INFINITY;
  }
  return Math.max(violation, rounding, SINGLE_PRECISION * greatest(scores));
}

/** w of the linear kernel, in the space of the samples. */
export function linearWeights({ supportVectors, coefficients }: KernelSum): Float64Array {
  const weights = new Float64Array(supportVectors.features);
  coefficients.forEach((coefficient, i) => {
    supportVectors.slice(i, i + 1).forEach((value, k) => {
      weights[k] += coefficient * value;
    });
  });
  return weights;
}

function squaredLength(vector: Float64Array): number {
  return vector.reduce((sum, value) => sum + value * value, 0);
}
