/**
 * Some rows, one after the other.
 *
 * @param values rows of so many values each
 * @param indices which rows, in this order
 */
export function rowsAt(values: Float32Array, size: number, indices: ArrayLike<number>): Float32Array {
  const rows = new Float32Array(indices.length * size);
  for (let i = 0; i < indices.length; i++) {
    rows.set(values.subarray(indices[i] * size, (indices[i] + 1) * size), i * size);
  }
  return rows;
}
