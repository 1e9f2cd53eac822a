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
