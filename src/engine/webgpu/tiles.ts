import type { Product } from './geometry.js';

/** How the work of `correlate` is cut: what a thread holds. */
export interface CorrelateTile {
  /** Output channels, a multiple of 4. */
  readonly channels: number;
  readonly rows: number;
  readonly columns: number;
}

/** How the work of `weight-gradient` is cut. */
export interface GradientTile {
  /** Output channels, input channels and rows of the kernel that a thread holds. */
  readonly outputs: number;
  readonly inputs: number;
  readonly kernelRows: number;
  /** Positions that it reads at a time. */
  readonly columns: number;
  /** Rows of a slice. */
  readonly rows: number;
}

/**
 * The tiles to take where layers are large enough, by the width of the grid of positions: the first entry whose `width` is not exceeded.
 * Another tile sums in another order, and so gives other bits: tiles are constants of a program, never tuned where it runs.
 */
export interface Tiling {
  readonly correlate: readonly (CorrelateTile & { readonly width: number })[];
  /** `groups`: workgroups that a lane is cut into, at least, where there are rows enough. */
  readonly gradient: readonly (Omit<GradientTile, 'rows'> & Bounds & { readonly groups: number })[];
}

/** Which layers an entry is for: width of the grid, taps and input channels, each at most so many. */
interface Bounds {
  readonly width: number;
  readonly taps: number;
  readonly channels: number;
}

const ANY = Number.POSITIVE_INFINITY;

/** Measured on an H100 (docs/gpu.md). */
export const HARDWARE: Tiling = {
  correlate: [
    { width: 4, channels: 4, rows: 4, columns: 4 },
    { width: 8, channels: 4, rows: 2, columns: 8 },
    { width: 16, channels: 4, rows: 1, columns: 16 },
    { width: ANY, channels: 8, rows: 2, columns: 4 },
  ],
  gradient: [
    { width: ANY, taps: ANY, channels: 1, outputs: 4, inputs: 1, kernelRows: 5, columns: 2, groups: 32 },
    { width: 8, taps: 3, channels: ANY, outputs: 8, inputs: 4, kernelRows: 1, columns: 4, groups: 32 },
    { width: 8, taps: ANY, channels: ANY, outputs: 4, inputs: 4, kernelRows: 1, columns: 4, groups: 32 },
    { width: 16, taps: 3, channels: ANY, outputs: 4, inputs: 4, kernelRows: 1, columns: 4, groups: 32 },
    { width: 16, taps: ANY, channels: 8, outputs: 4, inputs: 4, kernelRows: 1, columns: 4, groups: 32 },
    { width: 16, taps: ANY, channels: ANY, outputs: 8, inputs: 2, kernelRows: 1, columns: 4, groups: 32 },
    { width: ANY, taps: ANY, channels: ANY, outputs: 4, inputs: 4, kernelRows: 1, columns: 4, groups: 32 },
  ],
};

/** Of programs that stand in for a GPU, whose compilers take minutes and gigabytes for large tiles. */
export const SOFTWARE: Tiling = {
  correlate: [{ width: ANY, channels: 4, rows: 2, columns: 2 }],
  gradient: [
    {
      ...{ width: ANY, taps: ANY, channels: ANY },
      outputs: 2,
      inputs: 1,
      kernelRows: 1,
      columns: 2,
      groups: 2,
    },
  ],
};

/**
 * The tile of a product with so many output channels at `rows` × `columns` positions.
 *
 * @param pooled whether a thread should hold whole windows of 2 × 2
 */
export function correlateTile(
  tiling: Tiling,
  channels: number,
  rows: number,
  columns: number,
  pooled: boolean,
): CorrelateTile {
  const wanted = entryFor(tiling.correlate, ({ width }) => columns <= width);
  const across = Math.min(wanted.columns, columns);
  return {
    channels: Math.min(wanted.channels, 4 * Math.ceil(channels / 4)),
    rows: Math.min(pooled ? Math.max(2, wanted.rows) : wanted.rows, rows),
    columns: pooled && across % 2 === 1 ? across + 1 : across,
  };
}

/** The tile of a layer's weight gradient. */
export function gradientTile(
  tiling: Tiling,
  { outputs, inputs, factor, taps, rows, columns }: Product,
): GradientTile {
  const wanted = entryFor(
    tiling.gradient,
    (bound) => columns <= bound.width && taps <= bound.taps && inputs <= bound.channels,
  );
  const channels = outputs * factor * factor;
  const perThread = {
    outputs: largestDivisor(channels, wanted.outputs),
    inputs: largestDivisor(inputs, wanted.inputs),
    kernelRows: Math.min(taps, wanted.kernelRows),
  };
  const groups = (channels / perThread.outputs) * (inputs / perThread.inputs);
  const slices = Math.min(rows, Math.ceil(wanted.groups / groups));
  return {
    ...perThread,
    columns: largestDivisor(columns, wanted.columns),
    rows: Math.ceil(rows / slices),
  };
}

function entryFor<T>(entries: readonly T[], fits: (entry: T) => boolean): T {
  const found = entries.find(fits);
  if (!found) throw new Error('no tile for a layer');
  return found;
}

/** The largest divisor of a number up to a bound. */
function largestDivisor(value: number, bound: number): number {
  for (let divisor = Math.min(bound, value); divisor > 1; divisor--) {
    if (value % divisor === 0) return divisor;
  }
  return 1;
}
