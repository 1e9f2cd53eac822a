import { GROUP } from './kernels.js';

/**
 * All positions of contiguous planes, as the kernels take them: [offset, group, channel, row, column, channels, height, width],
 * where strides count floats.
 */
export function wholePlanes(channels: number, height: number, width: number): Int32Array {
  const plane = height * width * GROUP;
  return Int32Array.of(0, channels * plane, plane, width * GROUP, GROUP, channels, height, width);
}

/** Every `step`-th row and column of such planes, `height` × `width` of them from the first `row` and `column` on. */
export function everyOther(
  whole: Int32Array,
  step: number,
  row: number,
  column: number,
  height: number,
  width: number,
): Int32Array {
  const [offset, group, channel, rowStride, columnStride, channels] = whole;
  return Int32Array.of(
    offset + row * rowStride + column * columnStride,
    group,
    channel,
    step * rowStride,
    step * columnStride,
    channels,
    height,
    width,
  );
}
