import { markdownTable } from 'markdown-table';
import { max, mean, median, min, sampleStandardDeviation } from 'simple-statistics';

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

/** Such as `1.2 ± 0.4`: the mean and its standard error. */
export function meanAndError(values: number[]): string {
  const error = sampleStandardDeviation(values) / Math.sqrt(values.length);
  return `${mean(values).toFixed(1)} ± ${error.toFixed(1)}`;
}

/** A table of which all columns but the first are numbers. */
export function printTable(header: readonly string[], rows: readonly string[][]): void {
  console.log(markdownTable([header, ...rows], { align: ['l', ...header.slice(1).map(() => 'r')] }));
}
