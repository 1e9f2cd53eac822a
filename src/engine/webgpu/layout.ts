/** A part of a lane's memory, in floats. Its place is known once all uses are. */
export interface Tensor {
  readonly size: number;
  /** The first and last moment of its use. */
  first: number;
  last: number;
  place: number;
}

/** Tensors begin at multiples of as many floats, so that no line of the cache has two. */
const ALIGNMENT = 64;

/** Rounds floats up to a multiple of the alignment. */
export function aligned(size: number): number {
  return Math.ceil(size / ALIGNMENT) * ALIGNMENT;
}

/**
 * Gives each tensor its place, so that no two overlap that are in use at one moment: the largest first, each at the lowest free place.
 *
 * @returns the floats of a lane
 */
export function placeTensors(tensors: readonly Tensor[]): number {
  const placed: Tensor[] = [];
  let end = 0;
  for (const tensor of [...tensors].sort((a, b) => b.size - a.size)) {
    const living = placed
      .filter(({ first, last }) => first <= tensor.last && last >= tensor.first)
      .sort((a, b) => a.place - b.place);
    tensor.place = 0;
    for (const { place, size } of living) {
      if (tensor.place + aligned(tensor.size) <= place) break;
      tensor.place = Math.max(tensor.place, place + aligned(size));
    }
    placed.push(tensor);
    end = Math.max(end, tensor.place + aligned(tensor.size));
  }
  return end;
}
