import { GROUP } from './kernels.js';

/**
 * All positions of contiguous planes, as the kernels take them: [group, channel, row, column, channels, height, width, where each
 * phase begins …], where strides and beginnings count floats.
 */
export function wholePlanes(channels: number, height: number, width: number): Int32Array {
  const plane = height * width * GROUP;
  return Int32Array.of(channels * plane, plane, width * GROUP, GROUP, channels, height, width, 0);
}

/** Every `step`-th row and column of such planes, `height` × `width` of them: a phase from each of the `starts` on. */
export function everyOther(
  whole: Int32Array,
  step: number,
  height: number,
  width: number,
  starts: readonly { readonly row: number; readonly column: number }[],
): Int32Array {
  const [group, channel, rowStride, columnStride, channels] = whole;
  return Int32Array.of(
    group,
    channel,
    step * rowStride,
    step * columnStride,
    channels,
    height,
    width,
    ...starts.map(({ row, column }) => row * rowStride + column * columnStride),
  );
}
