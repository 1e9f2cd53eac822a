/** An array of numbers out of a file: the last index runs fastest. */
export interface NumericArray {
  readonly shape: readonly number[];
  readonly values: Float64Array;
}

/** How many elements an array of this shape has. */
export function elementCount(shape: readonly number[]): number {
  return shape.reduce((product, extent) => product * extent, 1);
}

/** The array whose `values` come first index fastest, as MATLAB and Fortran store them. */
export function fromColumnMajor(shape: readonly number[], values: Float64Array): NumericArray {
  const strides = shape.map((_, axis) => elementCount(shape.slice(axis + 1)));
  const rowMajor = new Float64Array(values.length);
  for (let from = 0; from < values.length; from++) {
    let rest = from;
    let to = 0;
    for (let axis = 0; axis < shape.length; axis++) {
      to += (rest % shape[axis]) * strides[axis];
      rest = Math.floor(rest / shape[axis]);
    }
    rowMajor[to] = values[from];
  }
  return { shape, values: rowMajor };
}
