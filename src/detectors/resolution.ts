/**
 * What may be off, relatively, in a number that comes of sums of products in single precision: 2⁻²⁰, eight units in its last place. The
 * tests hold the kernels to less.
 */
export const SINGLE_PRECISION = 2 ** -20;

/** The greatest absolute value of a score; 0 of none. */
export function greatest(scores: Float64Array): number {
  return scores.reduce((most, score) => Math.max(most, Math.abs(score)), 0);
}
