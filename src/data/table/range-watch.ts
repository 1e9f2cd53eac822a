import { partition } from 'es-toolkit/array/partition';
import { count, few } from '../../messages/counted.js';
import { shown } from './cells.js';

/** Values from which on it is said that a feature lies elsewhere. */
const FEWEST = 10;
const MOSTLY = 0.99;
/** Features that a message names. */
const LISTED = 3;

/** A feature, and its least and greatest value over the training rows. */
export interface WatchedFeature {
  readonly name: string;
  readonly low: number;
  readonly high: number;
}

/** Watches over whether features of other rows lie where those of the training rows do. */
export class RangeWatch {
  private readonly seen: Uint32Array;
  private readonly outside: Uint32Array;

  constructor(private readonly features: readonly WatchedFeature[]) {
    this.seen = new Uint32Array(features.length);
    this.outside = new Uint32Array(features.length);
  }

  /** Looks at the unscaled value of a feature in another row: NaN where it is missing, which counts for nothing. */
  see(feature: number, value: number): void {
    const { low, high } = this.features[feature];
    if (Number.isNaN(value)) return;
    this.seen[feature]++;
    if (value < low || value > high) this.outside[feature]++;
  }

  /**
   * The warnings about features of which nearly all values lie outside of the training rows' range, as those in another unit do, and about
   * those that were constant: whatever departs from these has no scale, so that a single value may outweigh all other features.
   */
  notices(file: string): string[] {
    const { features, seen, outside } = this;
    const [constant, others] = partition(
      [...features.keys()].filter((j) => outside[j] > 0),
      (j) => features[j].low === features[j].high,
    );
    const elsewhere = others.filter((j) => seen[j] >= FEWEST && outside[j] >= MOSTLY * seen[j]);
    return [...this.elsewhere(elsewhere, file), ...this.departing(constant, file)];
  }

  private elsewhere(found: readonly number[], file: string): string[] {
    if (found.length === 0) return [];
    const rounded = (value: number) => Number(value.toPrecision(4));
    const listed = few(found, LISTED, (j) => {
      const { name, low, high } = this.features[j];
      return `${shown(name)} (${rounded(low)} to ${rounded(high)})`;
    });
    return [
      `${file}: nearly all values lie outside of those of the training rows in ${listed}; are they in the same unit?`,
    ];
  }

  private departing(found: readonly number[], file: string): string[] {
    if (found.length === 0) return [];
    const listed = few(found, LISTED, (j) => {
      const { name, low } = this.features[j];
      return `${shown(name)} (${low} there, here another value in ${count(this.outside[j])} of ${count(this.seen[j])} rows)`;
    });
    return [
      `${file}: constant in the training rows and not here: ${listed}; such values have no scale and may outweigh all else, so leave out of ` +
        'the training what is no feature',
    ];
  }
}
