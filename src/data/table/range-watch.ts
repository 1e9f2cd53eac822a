import { few, shown } from './cells.js';

/** Rows from which on it is said that a feature lies elsewhere. */
const FEWEST = 10;
const MOSTLY = 0.99;
/** Features that the message names. */
const LISTED = 3;

/** Watches over whether features of other rows lie where those of the training rows do. */
export class RangeWatch {
  private rows = 0;
  private readonly outside: Uint32Array;

  /**
   * @param names what messages call each feature
   * @param range the least and the greatest value of each over the training rows; one that is constant there is not watched
   */
  constructor(
    private readonly names: readonly string[],
    private readonly range: { readonly low: ArrayLike<number>; readonly high: ArrayLike<number> },
  ) {
    this.outside = new Uint32Array(names.length);
  }

  /** Looks at the row of unscaled features that starts at `from`: NaN where one is missing. */
  see(values: ArrayLike<number>, from: number): void {
    const { low, high } = this.range;
    for (let j = 0; j < this.outside.length; j++) {
      const value = values[from + j];
      if ((value < low[j] || value > high[j]) && low[j] < high[j]) this.outside[j]++;
    }
    this.rows++;
  }

  /** The warning about features of which nearly all values lie outside of the training rows' range, as those in another unit do. */
  notices(file: string): string[] {
    if (this.rows < FEWEST) return [];
    const elsewhere = [...this.names.keys()].filter((j) => this.outside[j] >= MOSTLY * this.rows);
    if (elsewhere.length === 0) return [];
    const { low, high } = this.range;
    const rounded = (value: number) => Number(value.toPrecision(4));
    const listed = few(
      elsewhere,
      LISTED,
      (j) => `${shown(this.names[j])} (${rounded(low[j])} to ${rounded(high[j])})`,
    );
    return [
      `${file}: nearly all values lie outside of those of the training rows in ${listed}; are they in the same unit?`,
    ];
  }
}
