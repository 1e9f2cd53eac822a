import { UserError } from '../../errors.js';
import { gigabytes } from '../../messages/gigabytes.js';
import { optionName } from '../../messages/vocabulary.js';
import { expectWhole } from '../../whole-number.js';

/** How windows are cut out of a series. */
export interface Windowing {
  /** Time steps of a window. */
  readonly windowLength: number;
  /** Time steps from the start of one window to that of the next, at most `windowLength`. */
  readonly stride: number;
}

/** @throws UserError where windows are no whole number of steps, or steps would lie between them */
export function checkWindowing({ windowLength, stride }: Windowing): void {
  expectWhole('windowLength', windowLength, 1);
  expectWhole('stride', stride, 1);
  if (stride <= windowLength) return;
  throw new UserError(
    `${optionName('stride')}: expected at most ${optionName('windowLength')}, ${windowLength}, found ${stride}`,
  );
}

/**
 * The first time step of each window, in ascending order: one every `stride` steps, and one that ends with the last step, so that every
 * step is in a window.
 *
 * @param steps how many time steps the series has, at least `windowLength`
 */
export function windowStarts(steps: number, windowing: Windowing): Uint32Array {
  const { windowLength, stride } = windowing;
  const last = steps - windowLength;
  return Uint32Array.from({ length: windowCount(steps, windowing) }, (_, i) => Math.min(i * stride, last));
}

/** How many windows `windowStarts` gives. */
export function windowCount(steps: number, { windowLength, stride }: Windowing): number {
  return Math.ceil((steps - windowLength) / stride) + 1;
}

/** Bytes of all windows above which a longer stride is asked for. */
const MOST_BYTES = 8e9;

/**
 * Refuses more windows than are kept in memory.
 *
 * @param size how many values a window has
 * @param fewer what else than a longer stride makes fewer of them, for the message
 */
export function checkBytes(windows: number, size: number, place: string, fewer: string): void {
  const bytes = windows * size * Float32Array.BYTES_PER_ELEMENT;
  if (bytes <= MOST_BYTES) return;
  throw new UserError(
    `${place}: its windows would take ${gigabytes(bytes)}; choose a longer stride, or ${fewer}`,
  );
}

/** Whether a step of each window is anomalous: 1 or 0. */
export function windowLabels(
  starts: ArrayLike<number>,
  windowLength: number,
  anomalies: Uint8Array,
): Uint8Array {
  return Uint8Array.from(starts, (start) =>
    anomalies.subarray(start, start + windowLength).includes(1) ? 1 : 0,
  );
}
