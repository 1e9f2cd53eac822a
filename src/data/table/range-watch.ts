import { few, shown } from './cells.js';

/** Values from which on it is said that a feature lies elsewhere. */
const FEWEST = 10;
const MOSTLY = 0.99;
/** Features that the message names. */
const LISTED = 3;

/** A feature, and its least and greatest value over the training rows. */
interface WatchedFeature {
  readonly name: string;
  readonly low: number;
  readonly high: number;
}

/** Watches over whether features of other rows lie where those of the training rows do. */
export class RangeWatch {
  private readonly seen: Uint32Array;
  private readonly outside: Uint32Array;

  /** @param features of numbers; one that is constant over the training rows is not watched */
  constructor(private readonly features: readonly WatchedFeature[]) {
    this.seen = new Uint32Array(features.length);
    this.outside = new Uint32Array(features.length);
  }

  /** Looks at the unscaled value of a feature in another row: NaN where it is missing, which counts for nothing. */
  see(feature: number, value: number): void {
    if (Number.isNaN(value)) return;
    const { low, high } = this.features[feature];
    this.seen[feature]++;
    if (value < low || value > high) this.outside[feature]++;
  }

  /** The warning about features of which nearly all values lie outside of the training rows' range, as those in another unit do. */
  notices(file: string): string[] {
    const { seen, outside } = this;
    const elsewhere = this.features.filter(
      ({ low, high }, j) => low < high && seen[j] >= FEWEST && outside[j] >= MOSTLY * seen[j],
    );
    if (elsewhere.length === 0) return [];
    const rounded = (value: number) => Number(value.toPrecision(4));
    const listed = few(
      elsewhere,
      LISTED,
      ({ name, low, high }) => `${shown(name)} (${rounded(low)} to ${rounded(high)})`,
    );
    return [
      `${file}: nearly all values lie outside of those of the training rows in ${listed}; are they in the same unit?`,
    ];
  }
}
