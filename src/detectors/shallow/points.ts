import { UserError } from '../../errors.js';
import { type DetectorState, stateEntry } from '../state.js';

/** Samples, one after the other, of so many features each. */
export class Points {
  readonly count: number;
  private norms: Float64Array | undefined;
  private mean: Float32Array | undefined;

  constructor(
    readonly values: Float32Array,
    readonly features: number,
  ) {
    this.count = values.length / features;
  }

  /** ‖x‖² of each sample, computed when first asked for. */
  get squaredNorms(): Float64Array {
    if (this.norms) return this.norms;
    const norms = new Float64Array(this.count);
    let value = 0;
    for (let i = 0; i < this.count; i++) {
      for (let k = 0; k < this.features; k++, value++) norms[i] += this.values[value] * this.values[value];
    }
    this.norms = norms;
    return norms;
  }

  /** The mean of the samples, computed when first asked for. */
  get center(): Float32Array {
    if (this.mean) return this.mean;
    const sums = new Float64Array(this.features);
    let value = 0;
    for (let i = 0; i < this.count; i++) {
      for (let k = 0; k < this.features; k++, value++) sums[k] += this.values[value];
    }
    this.mean = Float32Array.from(sums, (sum) => sum / this.count);
    return this.mean;
  }

  /** The values of samples `from` up to but not including `to`, as a view. */
  slice(from: number, to: number): Float32Array {
    return this.values.subarray(from * this.features, to * this.features);
  }
}

/**
 * The samples in an array that was read from a file.
 *
 * @param count how many there must be, where that is known
 * @throws UserError where there are none, or others than whole samples of finite numbers in single precision
 */
export function savedPoints(
  arrays: DetectorState['arrays'],
  name: string,
  features: number,
  count?: number,
): Points {
  const saved = stateEntry(arrays, name, count === undefined ? undefined : count * features);
  const values = Float32Array.from(saved);
  if (values.length === 0 || values.length % features !== 0 || !values.every(Number.isFinite)) {
    throw new UserError(`the saved detector's ${name} should be samples of ${features} finite numbers`);
  }
  return new Points(values, features);
}
