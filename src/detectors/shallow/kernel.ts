import { radialBasis, squaredDistances, symmetricDistances } from './distances.js';
import type { Points } from './points.js';

/** A kernel function: the radial basis function exp(−γ‖x − y‖²), or the inner product ⟨x, y⟩. */
export type Kernel = { readonly type: 'rbf'; readonly gamma: number } | { readonly type: 'linear' };

/** Values that one block of distances holds. */
const BLOCK = 2 ** 22;

/** The squared distances of each point to all others, computed in blocks of bounded size; a row is valid until the next. */
export function* distanceRows(points: Points, others: Points): Generator<[index: number, row: Float32Array]> {
  const width = others.count;
  const height = Math.min(points.count, Math.max(1, Math.floor(BLOCK / width)));
  const block = new Float32Array(height * width);
  for (let from = 0; from < points.count; from += height) {
    const to = Math.min(from + height, points.count);
    squaredDistances(points.slice(from, to), others, block.subarray(0, (to - from) * width));
    for (let i = from; i < to; i++) yield [i, block.subarray((i - from) * width, (i - from + 1) * width)];
  }
}

/**
 * The squared distances of each point to all others, to be gone through several times: kept in memory where that takes at most
 * `limit` bytes, else computed anew each time.
 */
export class RepeatedDistances {
  private readonly kept: Float32Array | undefined;

  constructor(
    readonly points: Points,
    readonly others: Points,
    limit: number,
  ) {
    const size = points.count * others.count;
    if (size * Float32Array.BYTES_PER_ELEMENT > limit) return;
    this.kept = new Float32Array(size);
    squaredDistances(points.values, others, this.kept);
  }

  /** Bytes of memory that it holds. */
  get bytes(): number {
    return this.kept?.byteLength ?? 0;
  }

  /** The row of each point, which must not be changed and is valid until the next. */
  *rows(): Generator<[index: number, row: Float32Array]> {
    if (!this.kept) {
      yield* distanceRows(this.points, this.others);
      return;
    }
    const width = this.others.count;
    for (let i = 0; i < this.points.count; i++) yield [i, this.kept.subarray(i * width, (i + 1) * width)];
  }
}

/**
 * Turns the squared distances of a point to others into the kernel's values.
 *
 * @param index which of the points it is
 * @param out receives one value for each of the others; may be `distances` itself
 */
export function kernelValues(
  kernel: Kernel,
  distances: Float32Array,
  points: Points,
  index: number,
  others: Points,
  out: Float32Array,
): void {
  if (kernel.type === 'rbf') {
    radialBasis(kernel.gamma, distances, out);
  } else {
    const squaredNorm = points.squaredNorms[index];
    const { squaredNorms } = others;
    for (let j = 0; j < distances.length; j++) out[j] = (squaredNorm + squaredNorms[j] - distances[j]) / 2;
  }
}

/** Squared distances among the training samples, shared by all bandwidths: in memory where they fit, else computed anew. */
export class DistanceMatrix {
  private readonly matrix: Float32Array | undefined;

  /** @param memoryLimit bytes that this matrix and a kernel matrix of the same size may take together */
  constructor(
    readonly points: Points,
    readonly memoryLimit: number,
  ) {
    if (2 * this.rowBytes * points.count > memoryLimit) return;
    this.matrix = new Float32Array(points.count ** 2);
    symmetricDistances(points, this.matrix);
  }

  get rowBytes(): number {
    return this.points.count * Float32Array.BYTES_PER_ELEMENT;
  }

  /** The distances of sample `index` to all; `scratch` may be used to hold them. */
  row(index: number, scratch: Float32Array): Float32Array {
    const { points, matrix } = this;
    if (matrix) return matrix.subarray(index * points.count, (index + 1) * points.count);
    squaredDistances(points.slice(index, index + 1), points, scratch);
    return scratch;
  }
}

/** What a solver may hold on to at once, however small the memory limit. */
const FEWEST_ROWS = 4;

/** Values that rows are given memory for at a time: an array each would be cleared by hand, and collected as garbage. */
const SLAB = 2 ** 22;

/**
 * The rows of a kernel matrix over the training samples, computed when first asked for. Where the matrix does not fit into
 * memory, the rows that were not used for the longest time make room.
 */
export class KernelMatrix {
  readonly count: number;
  /** K(x, x) of each sample, rounded as the rows are: a solver must find one matrix in both. */
  diagonal: Float32Array;
  /** In the order of their last use. */
  private readonly rows = new Map<number, Float32Array>();
  /** Arrays for further rows, among them those of an earlier kernel. */
  private readonly spare: Float32Array[] = [];
  /** How many rows have memory. */
  private given = 0;
  private readonly capacity: number;

  constructor(
    private readonly distances: DistanceMatrix,
    private kernel: Kernel,
  ) {
    this.count = distances.points.count;
    this.diagonal = diagonalOf(kernel, distances.points);
    // Where the distances are kept too, the limit is twice what all rows take.
    const fitting = Math.floor(distances.memoryLimit / distances.rowBytes);
    this.capacity = Math.min(this.count, Math.max(FEWEST_ROWS, fitting));
  }

  /** Becomes the matrix of another kernel, in the same memory. */
  changeKernel(kernel: Kernel): void {
    this.kernel = kernel;
    this.diagonal = diagonalOf(kernel, this.distances.points);
    for (const row of this.rows.values()) this.spare.push(row);
    this.rows.clear();
  }

  /** K(x_index, ·) over all training samples; valid until three other rows have been asked for. */
  row(index: number): Float32Array {
    let row = this.rows.get(index);
    if (row) {
      // Only a matrix that does not fit has to know which row was used last.
      if (this.capacity >= this.count) return row;
      this.rows.delete(index);
    } else {
      row = this.makeRoom();
      const { points } = this.distances;
      kernelValues(this.kernel, this.distances.row(index, row), points, index, points, row);
    }
    this.rows.set(index, row);
    return row;
  }

  /** An array for one more row: a spare or new one, or that of the row whose last use is the longest ago. */
  private makeRoom(): Float32Array {
    if (this.spare.length === 0 && this.given < this.capacity) this.giveMemory();
    const spare = this.spare.pop();
    if (spare) return spare;
    const [oldest, row] = this.rows.entries().next().value as [number, Float32Array];
    this.rows.delete(oldest);
    return row;
  }

  /** Memory for further rows, which the system gives only as they are written. */
  private giveMemory(): void {
    const { count } = this;
    const more = Math.min(this.capacity - this.given, Math.ceil(SLAB / count));
    const slab = new Float32Array(more * count);
    for (let row = more - 1; row >= 0; row--) this.spare.push(slab.subarray(row * count, (row + 1) * count));
    this.given += more;
  }
}

function diagonalOf(kernel: Kernel, points: Points): Float32Array {
  return kernel.type === 'rbf'
    ? new Float32Array(points.count).fill(1)
    : Float32Array.from(points.squaredNorms);
}
