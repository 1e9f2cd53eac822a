import { GROUP, type Planes } from './kernels.js';

/** All positions of contiguous planes. */
export function wholePlanes(channels: number, height: number, width: number): Planes {
  const plane = height * width * GROUP;
  return {
    group: channels * plane,
    channel: plane,
    row: width * GROUP,
    column: GROUP,
    channels,
    height,
    width,
    phases: [0],
  };
}

/** Every `step`-th row and column of such planes, `height` × `width` of them: a phase from each of the `starts` on. */
export function everyOther(
  whole: Planes,
  step: number,
  height: number,
  width: number,
  starts: readonly { readonly row: number; readonly column: number }[],
): Planes {
  return {
    ...whole,
    row: step * whole.row,
    column: step * whole.column,
    height,
    width,
    phases: starts.map(({ row, column }) => row * whole.row + column * whole.column),
  };
}
