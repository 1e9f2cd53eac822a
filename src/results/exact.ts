import { round } from 'es-toolkit/math/round';

/** In digits beyond these, rounding alone makes equal means differ, and equal differences. */
const EXACT_DIGITS = 12;

/** A mean or a difference of fractions, without the digits that rounding may have made: for what asks whether two are equal. */
export function exact(fraction: number): number {
  return round(fraction, EXACT_DIGITS);
}
