import type { Product } from './geometry.js';

/** How the work of `correlate` is cut: what a thread and a workgroup hold. */
export interface CorrelateTile {
  /** Output channels of a thread, a multiple of 4, and groups of them in a workgroup. */
  readonly channels: number;
  readonly groups: number;
  /** Rows and columns of a thread. */
  readonly rows: number;
  readonly columns: number;
}

/** How the work of `weight-gradient` is cut. */
export interface GradientTile {
  /** Output and input channels of a thread. */
  readonly outputs: number;
  readonly inputs: number;
  /** Positions that it reads at a time. */
  readonly columns: number;
  /** Rows of a slice. */
  readonly rows: number;
}

/**
 * What bounds tiles. Another tile sums in another order, and so gives other bits: tiles are constants of a program, never tuned where it
 * runs.
 */
export interface Tiling {
  /** Sums that a thread of `correlate` holds in registers, and output channels of many-channel layers and of others. */
  readonly sums: number;
  readonly manyChannels: number;
  readonly fewChannels: number;
  /** Output channels, input channels for kernels of 5 and of 3 taps, and positions of a thread of `weight-gradient`. */
  readonly gradientOutputs: number;
  readonly gradientInputs: readonly [five: number, three: number];
  readonly gradientColumns: number;
  /** Workgroups of a lane that `weight-gradient` is cut into, at least, where there are rows enough. */
  readonly gradientGroups: number;
}

export const HARDWARE: Tiling = {
  ...{ sums: 64, manyChannels: 16, fewChannels: 8 },
  ...{ gradientOutputs: 8, gradientInputs: [2, 4], gradientColumns: 4, gradientGroups: 32 },
};

/** Of programs that stand in for a GPU, whose compilers take minutes and gigabytes for large tiles. */
export const SOFTWARE: Tiling = {
  ...{ sums: 16, manyChannels: 4, fewChannels: 4 },
  ...{ gradientOutputs: 2, gradientInputs: [1, 1], gradientColumns: 2, gradientGroups: 2 },
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
  const { sums, manyChannels, fewChannels } = tiling;
  const perThread = channels >= 64 ? manyChannels : Math.min(fewChannels, 4 * Math.ceil(channels / 4));
  const rowsPerThread = rows > 1 ? 2 : 1;
  const held = Math.max(2, Math.floor(sums / perThread / rowsPerThread));
  const most = Math.min(held - (held % 2), pooled ? columns + (columns % 2) : columns);
  const divisor = largestDivisor(columns, most);
  const fits = divisor > most / 2 && !(pooled && divisor % 2 === 1);
  return { channels: perThread, groups: 1, rows: rowsPerThread, columns: fits ? divisor : most };
}

/** The tile of a layer's weight gradient. */
export function gradientTile(
  tiling: Tiling,
  { outputs, inputs, factor, taps, rows, columns }: Product,
): GradientTile {
  const channels = outputs * factor * factor;
  const perThread = {
    outputs: largestDivisor(channels, tiling.gradientOutputs),
    inputs: largestDivisor(inputs, tiling.gradientInputs[taps > 3 ? 0 : 1]),
  };
  const groups = (channels / perThread.outputs) * (inputs / perThread.inputs);
  const slices = Math.min(rows, Math.ceil(tiling.gradientGroups / groups));
  return {
    ...perThread,
    columns: largestDivisor(columns, tiling.gradientColumns),
    rows: Math.ceil(rows / slices),
  };
}

/** The largest divisor of a number up to a bound. */
function largestDivisor(value: number, bound: number): number {
  for (let divisor = Math.min(bound, value); divisor > 1; divisor--) {
    if (value % divisor === 0) return divisor;
  }
  return 1;
}
