/**
 * Squared Euclidean distances between the samples of `a` and those of `b`, one row a sample of `a`.
 *
 * @param a n × features values, one sample after the other
 * @param b m × features values
 * @param out receives n × m distances
 */
export function squaredDistances(
  a: Float32Array,
  b: Float32Array,
  features: number,
  out: Float32Array,
): void {
  let entry = 0;
  for (let rowA = 0; rowA < a.length; rowA += features) {
    for (let rowB = 0; rowB < b.length; rowB += features) {
      let sum = 0;
      for (let feature = 0; feature < features; feature++) {
        const difference = a[rowA + feature] - b[rowB + feature];
        sum += difference * difference;
      }
      out[entry++] = sum;
    }
  }
}
