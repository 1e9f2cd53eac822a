/**
 * The exponential and the logarithm of our own, in double precision. Those of JavaScript are left to each implementation of it; these are
 * sums and products in a fixed order, and so give the same bits wherever they are computed.
 */

const LN2_HIGH = 0.6931471803691238;
const LN2_LOW = 1.9082149292705877e-10;

/** 1/13!, 1/12!, …, 1: the Taylor series of eˣ, which at |x| ≤ ln 2 / 2 is exact to rounding. */
const INVERSE_FACTORIALS = inverseFactorials(13);

/** eˣ, to within a few units in the last place; 0 or infinity where |x| is past 708, just before that of double precision is. */
export function exponential(x: number): number {
  if (Number.isNaN(x)) return x;
  if (Math.abs(x) > 708) return x < 0 ? 0 : Number.POSITIVE_INFINITY;
  const n = Math.round(x / Math.LN2);
  const r = x - n * LN2_HIGH - n * LN2_LOW;
  let series = 0;
  for (const coefficient of INVERSE_FACTORIALS) series = series * r + coefficient;
  return series * powerOfTwo(n);
}

const double = new DataView(new ArrayBuffer(8));

function powerOfTwo(exponent: number): number {
  double.setUint32(0, (exponent + 1023) << 20);
  return double.getFloat64(0);
}

/** log(1 + x) for 0 ≤ x ≤ 1, to within a few units in the last place. */
function logarithmOfSum(x: number): number {
  // log((1 + t) / (1 − t)) = 2 (t + t³/3 + t⁵/5 + …), with t ≤ 0.172 once a factor √2 is taken out.
  const halved = x > Math.SQRT2 - 1;
  const t = halved ? (1 + x - Math.SQRT2) / (1 + x + Math.SQRT2) : x / (2 + x);
  let series = 0;
  for (let k = 21; k >= 1; k -= 2) series = series * t * t + 1 / k;
  return 2 * t * series + (halved ? Math.LN2 / 2 : 0);
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

function inverseFactorials(degree: number): number[] {
  const values = [1];
  for (let k = 1; k <= degree; k++) values.unshift(values[0] / k);
  return values;
}
