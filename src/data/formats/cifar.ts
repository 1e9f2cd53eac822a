import { UserError } from '../../errors.js';

/** Images of 3 × 32 × 32 bytes, one after the other, channel by channel, and the class of each. */
export interface CifarImages {
  readonly classes: Uint8Array;
  readonly values: Uint8Array;
}

export const CIFAR_SHAPE = [3, 32, 32] as const;
const CLASSES = 10;
const IMAGE_BYTES = 3 * 32 * 32;
const RECORD_BYTES = 1 + IMAGE_BYTES;

/**
 * Reads one batch of the binary version of CIFAR-10: records of a class and the red, green and blue planes.
 *
 * @param file what errors call it
 * @throws UserError where the file is no whole number of records or a class is not in 0 … 9
 */
export function readCifarBatch(bytes: Uint8Array, file: string): CifarImages {
  const count = bytes.length / RECORD_BYTES;
  if (count === 0 || !Number.isInteger(count)) {
    throw new UserError(
      `${file}, byte ${bytes.length}: expected whole records of ${RECORD_BYTES} bytes (the binary version of CIFAR-10), ` +
        `but the file ends ${bytes.length % RECORD_BYTES} bytes into one; it is truncated or of another format`,
    );
  }
  const classes = new Uint8Array(count);
  const values = new Uint8Array(count * IMAGE_BYTES);
  for (let i = 0; i < count; i++) {
    const start = i * RECORD_BYTES;
    if (bytes[start] >= CLASSES) {
      throw new UserError(
        `${file}, byte ${start}: expected a class from 0 to ${CLASSES - 1}, found ${bytes[start]}`,
      );
    }
    classes[i] = bytes[start];
    values.set(bytes.subarray(start + 1, start + RECORD_BYTES), i * IMAGE_BYTES);
  }
  return { classes, values };
}
