import ceil from 'es-toolkit/compat/ceil';
import floor from 'es-toolkit/compat/floor';

/** A positive number rounded down to so many significant digits. */
export function floorTo(digits: number, value: number): number {
  return floor(value, decimalsOf(digits, value));
}

/** A positive number rounded up to so many significant digits. */
export function ceilTo(digits: number, value: number): number {
  return ceil(value, decimalsOf(digits, value));
}

/** The decimals at which a number has so many significant digits. */
function decimalsOf(digits: number, value: number): number {
  const [, exponent] = value.toExponential().split('e');
  return digits - 1 - Number(exponent);
}
