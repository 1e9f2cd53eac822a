import { shortened } from '../../messages/visible.js';
import { ByteReader, isNumberType, type NumberType, numberSize } from './byte-reader.js';
import { MOST_NUMBERS } from './inflate.js';
import { elementCount, fromColumnMajor, type NumericArray } from './numeric-array.js';

const MAGIC = '\x93NUMPY';

/** The most bytes of a header: the name of a type and a shape take a few hundred. */
const LONGEST_HEADER = 2 ** 16;

/** The most bytes that come before the elements of an array. */
export const LONGEST_START = MAGIC.length + 6 + LONGEST_HEADER;

/** What comes before the elements of an array. */
interface Header {
  readonly type: NumberType;
  readonly typeName: string;
  readonly fortranOrder: boolean;
  readonly shape: readonly number[];
}

/**
 * Reads a NumPy .npy array, format version 1, 2 or 3, C or Fortran order, of booleans, integers or floats of 4 or 8 bytes.
 *
 * @param file what errors call it
 * @throws UserError where it is no such file, has more than MOST_NUMBERS elements, its shape does not fit its length, or an integer is
 *   beyond ±2^53
 */
export function readNpy(bytes: Uint8Array, file: string): NumericArray {
  const reader = new ByteReader(bytes, file);
  const { type, typeName, fortranOrder, shape } = readHeader(reader);
  const count = elementCount(shape);
  if (count * numberSize(type) !== reader.remaining) {
    throw reader.error(
      `the shape (${shape.join(', ')}) of type ${typeName} needs ${count * numberSize(type)} bytes, but ` +
        `${reader.remaining} follow the header; the array is truncated or corrupt; save or copy the file again`,
    );
  }
  reader.littleEndian = !typeName.includes('>');
  const values = reader.numbers(type, count, 'the array');
  return fortranOrder ? fromColumnMajor(shape, values) : { shape, values };
}

/**
 * How many bytes an array takes by its header.
 *
 * @param start its first LONGEST_START bytes, or all of a shorter one
 * @throws UserError as readNpy does where the header is wrong
 */
export function npyLength(start: Uint8Array, file: string): number {
  const reader = new ByteReader(start, file);
  const { type, shape } = readHeader(reader);
  return reader.offset + elementCount(shape) * numberSize(type);
}

function readHeader(reader: ByteReader): Header {
  if (Buffer.from(reader.bytes(MAGIC.length, 'the magic string')).toString('latin1') !== MAGIC) {
    throw reader.error('expected a NumPy array, which starts with \\x93NUMPY', 0);
  }
  const version = reader.number('u1', 'the format version');
  if (version < 1 || version > 3) {
    throw reader.error(`expected .npy format version 1, 2 or 3, found ${version}`, MAGIC.length);
  }
  reader.number('u1', 'the minor format version');
  const headerLength = reader.number(version === 1 ? 'u2' : 'u4', 'the header length');
  const headerOffset = reader.offset;
  if (headerLength > LONGEST_HEADER) {
    throw reader.error(`expected a header of at most ${LONGEST_HEADER} bytes, found ${headerLength}`);
  }
  const header = Buffer.from(reader.bytes(headerLength, 'the header')).toString('utf8');
  const field = (pattern: RegExp, expected: string): string => {
    const value = pattern.exec(header)?.[1];
    if (value === undefined) throw reader.error(`expected ${expected} in the .npy header`, headerOffset);
    return value;
  };

  const typeName = field(/'descr':\s*('[^']*'|\[.*?\])/, "'descr', the type of the elements,");
  const type = numberType(typeName);
  if (type === undefined) {
    throw reader.error(
      `an array of type ${shortened(typeName)} cannot be read; ${remedyFor(typeName)}`,
      headerOffset,
    );
  }
  const fortranOrder = field(/'fortran_order':\s*(True|False)/, "'fortran_order'") === 'True';
  // Python 2 writes an integer as 112L.
  const shape = (field(/'shape':\s*\(([\dL\s,]*)\)/, "'shape'").match(/\d+/g) ?? []).map(Number);
  if (!(elementCount(shape) <= MOST_NUMBERS)) {
    throw reader.error(
      `expected an array of at most ${MOST_NUMBERS} numbers, found the shape (${shape.join(', ')})`,
      headerOffset,
    );
  }
  return { type, typeName, fortranOrder, shape };
}

/** How to save the elements of a type that is none of numbers. */
function remedyFor(typeName: string): string {
  if (/^'[<>|]?[US]\d+'$/.test(typeName)) {
    return 'it holds texts: save numbers in their place, for example (y == "anomaly").astype(int), or the table as .csv';
  }
  if (typeName.startsWith('[')) {
    return 'it holds records of named fields: save a plain array of their numbers, as structured_to_unstructured of numpy.lib.recfunctions gives, or the table as .csv';
  }
  return 'save it as float64, float32, bool or an integer type, for example with X.astype("float64")';
}

/** The number type of a NumPy type string such as `'<f8'`; a boolean is a byte of 0 or 1. */
function numberType(name: string): NumberType | undefined {
  const type = name === "'|b1'" ? 'u1' : name.replace(/^'[<>|](.*)'$/, '$1');
  return isNumberType(type) ? type : undefined;
}
