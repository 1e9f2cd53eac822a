import { elementCount } from '../data/formats/numeric-array.js';

/**
 * Reorders the axes of an array, whose last index runs fastest before and after.
 *
 * @param shape its axes
 * @param axes which of these each axis of the result is
 */
export function transpose(
  values: Float32Array,
  shape: readonly number[],
  axes: readonly number[],
): Float32Array {
  const strides = shape.map((_, axis) => elementCount(shape.slice(axis + 1)));
  const result = new Float32Array(values.length);
  let to = 0;
  const copy = (depth: number, from: number) => {
    if (depth === axes.length) {
      result[to++] = values[from];
      return;
    }
    const axis = axes[depth];
    for (let i = 0; i < shape[axis]; i++) copy(depth + 1, from + i * strides[axis]);
  };
  copy(0, 0);
  return result;
}

/** The axes that undo a transposition by `axes`. */
export function inverse(axes: readonly number[]): number[] {
  return axes.map((_, axis) => axes.indexOf(axis));
}
