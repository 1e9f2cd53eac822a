import { ByteReader } from './byte-reader.js';
import { elementCount } from './numeric-array.js';

/** An IDX array of unsigned bytes: the last index runs fastest. */
export interface ByteArray {
  readonly shape: readonly number[];
  readonly values: Uint8Array;
}

const UNSIGNED_BYTE = 0x08;

/** The most values. */
const MOST_BYTES = 2 ** 31;

/**
 * Reads an IDX file of unsigned bytes, the format of MNIST and Fashion-MNIST.
 *
 * @param file what errors call it
 * @throws UserError where it is no such file or its dimensions do not fit its length
 */
export function readIdx(bytes: Uint8Array, file: string): ByteArray {
  const reader = new ByteReader(bytes, file);
  const shape = readShape(reader);
  if (elementCount(shape) !== reader.remaining) {
    throw reader.error(
      `the dimensions ${shape.join(' × ')} need ${elementCount(shape)} bytes of values, but ${reader.remaining} follow`,
    );
  }
  return { shape, values: reader.bytes(reader.remaining, 'the values') };
}

/** Reads what comes before the values. */
function readShape(reader: ByteReader): number[] {
  const magic = reader.bytes(4, 'the magic number');
  const [zero, alsoZero, type, dimensions] = magic;
  if (zero !== 0 || alsoZero !== 0 || dimensions === 0) {
    throw reader.error(
      `expected an IDX file (00 00 08 and the number of dimensions), found ${hex(magic)}`,
      0,
    );
  }
  if (type !== UNSIGNED_BYTE) {
    throw reader.error(`expected IDX element type 08 (unsigned byte), found ${hex(magic.subarray(2, 3))}`, 2);
  }
  reader.littleEndian = false;
  const shape = Array.from({ length: dimensions }, () => reader.number('u4', 'a dimension'));
  if (!(elementCount(shape) <= MOST_BYTES)) {
    throw reader.error(`expected at most ${MOST_BYTES} values, found the dimensions ${shape.join(' × ')}`);
  }
  return shape;
}

function hex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join(' ');
}
