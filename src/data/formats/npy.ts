import { ByteReader, isNumberType, type NumberType, numberSize } from './byte-reader.js';
import { elementCount, fromColumnMajor, type NumericArray } from './numeric-array.js';

const MAGIC = '\x93NUMPY';

/**
 * Reads a NumPy .npy array, format version 1, 2 or 3, C or Fortran order, of booleans, integers or floats of 4 or 8 bytes.
 *
 * @param file what errors call it
 * @throws UserError where it is no such file, its shape does not fit its length, or an integer is beyond ±2^53
 */
export function readNpy(bytes: Uint8Array, file: string): NumericArray {
  const reader = new ByteReader(bytes, file);
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
      `an array of type ${typeName} cannot be read; save it as float64, float32, bool or an integer type, ` +
        'for example with X.astype("float64")',
      headerOffset,
    );
  }
  const fortranOrder = field(/'fortran_order':\s*(True|False)/, "'fortran_order'") === 'True';
  const shape = (field(/'shape':\s*\(([\d\s,]*)\)/, "'shape'").match(/\d+/g) ?? []).map(Number);
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

/** The number type of a NumPy type string such as `'<f8'`; a boolean is a byte of 0 or 1. */
function numberType(name: string): NumberType | undefined {
  const type = name === "'|b1'" ? 'u1' : name.replace(/^'[<>|](.*)'$/, '$1');
  return isNumberType(type) ? type : undefined;
}
