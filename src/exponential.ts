/**
 * The exponential and the logarithm of our own, in double precision. Those of JavaScript are left to each implementation of it, as are powers
 * (of Node 20 and 24 they differ) and all other functions of its kind; these are sums and products in a fixed order, and so give the same
 * bits wherever they are computed.
 */

const LN2_HIGH = 0.6931471803691238;
const LN2_LOW = 1.9082149292705877e-10;

// Typed arrays, gone through by an index: with lists of numbers an exponential takes three times as long.

/** 1/13!, 1/12!, …, 1: the Taylor series of eˣ, which at |x| ≤ ln 2 / 2 is exact to rounding. */
const INVERSE_FACTORIALS = inverseFactorials(13);

/** 1/21, 1/19, …, 1: 1 + s/3 + s²/5 + …, for s ≤ 0.03, of which log((1 + t) / (1 − t)) is 2t times that of t². */
const INVERSE_ODDS = Float64Array.from({ length: 11 }, (_, i) => 1 / (21 - 2 * i));

/** 2⁻¹⁰²², the least normal number, 2⁻¹⁰²¹, …, 2¹⁰²³. */
const POWERS_OF_TWO = powersOfTwo();
const LEAST_EXPONENT = -1022;

/** eˣ, to within a few units in the last place; 0 or infinity where |x| is past 708, just before that of double precision is. */
export function exponential(x: number): number {
  if (Number.isNaN(x)) return x;
  if (Math.abs(x) > 708) return x < 0 ? 0 : Number.POSITIVE_INFINITY;
  const n = Math.round(x / Math.LN2);
  const r = x - n * LN2_HIGH - n * LN2_LOW;
  return seriesOf(INVERSE_FACTORIALS, r) * POWERS_OF_TWO[n - LEAST_EXPONENT];
}

/** A polynomial by Horner's rule, the coefficient of the highest power first. */
function seriesOf(coefficients: Float64Array, x: number): number {
  let sum = coefficients[0];
  for (let k = 1; k < coefficients.length; k++) sum = sum * x + coefficients[k];
  return sum;
}

/** log(1 + x) for 0 ≤ x ≤ 1, to within a few units in the last place. */
function logarithmOfSum(x: number): number {
  // A factor √2 is taken out of what is past it.
  const halved = x > Math.SQRT2 - 1;
  const t = halved ? (1 + x - Math.SQRT2) / (1 + x + Math.SQRT2) : x / (2 + x);
  return 2 * t * seriesOf(INVERSE_ODDS, t * t) + (halved ? Math.LN2 / 2 : 0);
}

const double = new DataView(new ArrayBuffer(8));

/** The natural logarithm of 0, which is −∞, or of a normal number, to within a few units in the last place. */
export function logarithm(x: number): number {
  if (x === 0) return Number.NEGATIVE_INFINITY;
  double.setFloat64(0, x);
  let exponent = (double.getUint32(0) >>> 20) - 1023;
  // Taken to [1, 2) by powers of two, exactly: to write its bits anew would take a third longer.
  let mantissa = (x * POWERS_OF_TWO[1 - exponent - LEAST_EXPONENT]) / 2;
  if (mantissa > Math.SQRT2) {
    mantissa /= 2;
    exponent++;
  }
  const t = (mantissa - 1) / (mantissa + 1);
  return exponent * LN2_HIGH + (2 * t * seriesOf(INVERSE_ODDS, t * t) + exponent * LN2_LOW);
}

/** log(1 + eˣ), without overflow. */
export function softplus(x: number): number {
  return x > 0 ? x + logarithmOfSum(exponential(-x)) : logarithmOfSum(exponential(x));
}

/** 1 / (1 + e⁻ˣ), the derivative of the softplus. */
export function sigmoid(x: number): number {
  if (x >= 0) return 1 / (1 + exponential(-x));
  const e = exponential(x);
  return e / (1 + e);
}

function powersOfTwo(): Float64Array {
  const values = new Float64Array(2046);
  values[0] = 2.2250738585072014e-308;
  for (let k = 1; k < values.length; k++) values[k] = 2 * values[k - 1];
  return values;
}

function inverseFactorials(degree: number): Float64Array {
  const values = new Float64Array(degree + 1).fill(1);
  for (let k = 1; k <= degree; k++) values[degree - k] = values[degree - k + 1] / k;
  return values;
}
