/**
 * What Adam (Kingma and Ba 2015) keeps of the two moments of the gradient at each step, as kernels have it in their text too: `adam` of the
 * native engine, and adam.wgsl.
 */
export const BETA1 = 0.9;
export const BETA2 = 0.999;

/** What is added to the root of the second moment. */
const EPSILON = 1e-8;

/** What each moment is divided by after so many steps, since it began at 0: 1 − β₁ᵗ and 1 − β₂ᵗ. */
export type Corrections = readonly [first: number, second: number];

/** The corrections of the steps of one training. */
export class BiasCorrections {
  /** β₁ᵗ and β₂ᵗ after t steps. */
  private power1 = 1;
  private power2 = 1;

  /** Those of the next step. */
  next(): Corrections {
    this.power1 *= BETA1;
    this.power2 *= BETA2;
    return [1 - this.power1, 1 - this.power2];
  }
}

/**
 * Rate and ε of a step w ← w − rate · m / (√v + ε), which has both corrections before the quotient: there they are numbers and not operations
 * on all weights.
 */
export function correctedStep(learningRate: number, [first, second]: Corrections) {
  const root = Math.sqrt(second);
  return { rate: (learningRate * root) / first, epsilon: EPSILON * root };
}
