import { max, median, min } from 'simple-statistics';

/** Repeated measurements of one quantity. */
export interface Spread {
  readonly median: number;
  readonly min: number;
  readonly max: number;
}

/** Of at least one value. */
export function spreadOf(values: number[]): Spread {
  return { median: median(values), min: min(values), max: max(values) };
}

/** Such as `2.31 (2.28–2.40)`: three significant digits, the unit is the caller's. */
export function formatSpread({ median, min, max }: Spread): string {
  return `${digits(median)} (${digits(min)}–${digits(max)})`;
}

/** Three significant digits, never in exponent form. */
export function digits(value: number): string {
  return value >= 100 ? value.toFixed(0) : value.toPrecision(3);
}
