import { UserError } from '../../errors.js';
import { packedIn } from '../../files/foreign-bytes.js';
import { listed } from '../table/cells.js';
import { ByteReader, type NumberType, numberSize } from './byte-reader.js';
import { inflateAtMost, inflateStart, MOST_NUMBERS } from './inflate.js';
import { elementCount, fromColumnMajor, type NumericArray } from './numeric-array.js';

// Names and numbers as in "MAT-File Format" of The MathWorks, level 5.

const VERSION_OFFSET = 124;

const MATRIX = 14;
const COMPRESSED = 15;

const NUMBER_TYPES = new Map<number, NumberType>([
  [1, 'i1'],
  [2, 'u1'],
  [3, 'i2'],
  [4, 'u2'],
  [5, 'i4'],
  [6, 'u4'],
  [7, 'f4'],
  [9, 'f8'],
  [12, 'i8'],
  [13, 'u8'],
]);

/** Classes of arrays that are not plain numbers, by number. The numeric classes, double to uint64, follow. */
const OTHER_CLASSES = ['of an unknown class', 'a cell array', 'a struct', 'an object', 'text', 'sparse'];
const LAST_NUMERIC_CLASS = 15;
const COMPLEX = 0x0800;

/** One data element: its type, and a reader of its data. */
interface Element {
  readonly type: number;
  readonly data: ByteReader;
  readonly offset: number;
}

/** What comes before the values of a variable. */
interface Header {
  readonly name: string;
  readonly arrayClass: number;
  readonly complex: boolean;
  readonly shape: readonly number[];
}

/** A variable, of which what comes before the values was read. */
interface Variable {
  readonly element: Element;
  readonly header: Header;
}

/** The most dimensions of an array. */
const MOST_DIMENSIONS = 64;

/** The most variables of a file. */
const MOST_VARIABLES = 10_000;

/** The least and most compressed bytes in which the header of a variable is looked for. */
const [SHORTEST_START, LONGEST_START] = [128, 4096];

/** The most bytes of a variable besides its values. */
const OVERHEAD = 2 ** 13;

/**
 * Reads the named variables of a MATLAB 5 .mat file (`save -v6` or `-v7`), in the order of `names`: real, full arrays of
 * numbers or logicals. Other variables may be in the file; of compressed ones only what comes before the values is inflated.
 *
 * @param file what errors call it
 * @throws UserError where it is no such file, is truncated or corrupt, lacks a variable or has several of its name, or a named variable is of another kind or has
 *   more than MOST_NUMBERS numbers
 */
export function readMat(bytes: Uint8Array, file: string, names: readonly string[]): NumericArray[] {
  const wanted = new Map<string, Variable>();
  const found: string[] = [];
  for (const variable of variablesIn(bytes, file)) {
    const { name } = variable.header;
    found.push(name);
    if (!names.includes(name)) continue;
    if (wanted.has(name)) {
      throw new UserError(
        `${file}: expected one variable named ${name}, found several; save the file anew with one of them`,
      );
    }
    wanted.set(name, variable);
  }
  return names.map((name) => {
    const variable = wanted.get(name);
    if (!variable) {
      throw new UserError(`${file}: expected a variable named ${name}, found ${listed(found) || 'none'}`);
    }
    return readValues(variable.element, variable.header, file);
  });
}

/**
 * The names of the variables in a file that `readMat` reads.
 *
 * @param file what errors call it
 * @throws UserError where it is no such file, is truncated or corrupt
 */
export function namesInMat(bytes: Uint8Array, file: string): string[] {
  return Array.from(variablesIn(bytes, file), ({ header }) => header.name);
}

function* variablesIn(bytes: Uint8Array, file: string): Generator<Variable> {
  const reader = openFile(bytes, file);
  for (let found = 0; reader.remaining > 0; found++) {
    if (found === MOST_VARIABLES) {
      throw reader.error(`expected at most ${MOST_VARIABLES} variables, found more`);
    }
    const element = readElement(reader);
    const header = element.type === COMPRESSED ? compressedHeader(element, file) : readHeader(element);
    yield { element, header };
  }
}

/** Checks the header and returns a reader, in the file's byte order, of the elements that follow. */
function openFile(bytes: Uint8Array, file: string): ByteReader {
  const text = Buffer.from(bytes.subarray(0, VERSION_OFFSET)).toString('latin1');
  if (text.startsWith('MATLAB 7.3') || text.startsWith('\x89HDF')) {
    throw new UserError(
      `${file}, byte 0: a MATLAB 7.3 (HDF5) file cannot be read; save it again in MATLAB with save(…, '-v7')`,
    );
  }
  if (text.startsWith('# Created by Octave')) {
    throw new UserError(
      `${file}, byte 0: a text file of Octave's cannot be read; save it again in Octave with save('-v7', …)`,
    );
  }
  const packed = packedIn(bytes);
  if (packed !== undefined) throw new UserError(`${file}: expected a MATLAB 5 file, found ${packed}`);
  const reader = new ByteReader(bytes, file);
  reader.bytes(VERSION_OFFSET, 'the header');
  const version = reader.bytes(2, 'the version');
  const endian = Buffer.from(reader.bytes(2, 'the byte order')).toString('latin1');
  const littleEndian = endian === 'IM';
  if ((!littleEndian && endian !== 'MI') || version[littleEndian ? 1 : 0] !== 1) {
    throw reader.error(
      "expected a MATLAB 5 file (version 0x0100, then IM or MI); save it again in MATLAB with save(…, '-v7')",
      VERSION_OFFSET,
    );
  }
  reader.littleEndian = littleEndian;
  return reader;
}

/**
 * Reads the tag of the next element and skips its data. Up to 4 bytes of data may stand in the tag itself; all other data
 * but compressed is padded to a multiple of 8 bytes.
 */
function readElement(reader: ByteReader): Element {
  const { offset } = reader;
  const first = reader.number('u4', 'the type of a data element');
  const smallLength = first >>> 16;
  if (smallLength > 0) {
    if (smallLength > 4) {
      throw reader.error(`expected at most 4 bytes in a small data element, found ${smallLength}`, offset);
    }
    const data = reader.part(smallLength, 'a small data element');
    reader.bytes(4 - smallLength, 'the padding of a small data element');
    return { type: first & 0xffff, data, offset };
  }
  const length = reader.number('u4', 'the length of a data element');
  const data = reader.part(length, 'a data element');
  if (first !== COMPRESSED) reader.bytes(Math.min(-length & 7, reader.remaining), 'padding');
  return { type: first, data, offset };
}

/** Reads what comes before the values of a variable. Its data go on with these. */
function readHeader({ type, data, offset }: Element): Header {
  if (type !== MATRIX)
    throw data.error(`expected an array (data type ${MATRIX}), found type ${type}`, offset);

  const [flags] = readNumbers(data, 'the array flags');
  const arrayClass = flags & 0xff;
  if (arrayClass > LAST_NUMERIC_CLASS) {
    // Function handles and objects have a layout of their own, in which nothing can be asked for by name.
    return { name: '(unnamed)', arrayClass, complex: false, shape: [] };
  }
  const shapeOffset = data.offset;
  const shape = Array.from(readNumbers(data, 'the dimensions'));
  if (shape.some((extent) => extent < 0 || !Number.isInteger(extent))) {
    throw data.error(`expected dimensions, found ${shape.join(' × ')}`, shapeOffset);
  }
  const nameElement = readElement(data);
  const name = Buffer.from(nameElement.data.bytes(nameElement.data.remaining, 'the name')).toString('latin1');
  return { name, arrayClass, complex: (flags & COMPLEX) !== 0, shape };
}

/** The header of a compressed variable, of which no more is inflated than that takes. */
function compressedHeader(element: Element, file: string): Header {
  const { data } = element;
  const compressed = data.rest();
  for (let length = SHORTEST_START; ; length *= 2) {
    const start = inflated(element, () => inflateStart(compressed, length));
    try {
      return readHeader(elementWithin(start, element, file, false));
    } catch (error) {
      // What is cut off may be read with more of it.
      if (length >= Math.min(LONGEST_START, compressed.length)) throw error;
    }
  }
}

function inflated<T>({ data, offset }: Element, inflate: () => T): T {
  try {
    return inflate();
  } catch (error) {
    throw data.error(`a compressed variable is corrupt (${(error as Error).message})`, offset);
  }
}

/**
 * The element within a compressed element. Byte offsets in it count from the start of its uncompressed content.
 *
 * @param isWhole false where the content is cut off
 */
function elementWithin(
  content: Uint8Array,
  { data, offset }: Element,
  file: string,
  isWhole: boolean,
): Element {
  const reader = new ByteReader(content, `${file} (content of the variable compressed at byte ${offset})`);
  reader.littleEndian = data.littleEndian;
  if (isWhole) return readElement(reader);
  const type = reader.number('u4', 'the type of a data element');
  reader.number('u4', 'the length of a data element');
  return { type, data: reader, offset: 0 };
}

function readValues(element: Element, header: Header, file: string): NumericArray {
  const { name, arrayClass, complex, shape } = header;
  const kind = complex ? 'complex' : OTHER_CLASSES[arrayClass];
  if (kind !== undefined) {
    throw element.data.error(
      `variable ${name} is ${kind}; expected a full array of real numbers, as full(double(${name})) gives in MATLAB`,
    );
  }
  const count = elementCount(shape);
  if (!(count <= MOST_NUMBERS)) {
    throw element.data.error(
      `variable ${name} is ${shape.join(' × ')}; expected at most ${MOST_NUMBERS} numbers`,
      element.offset,
    );
  }
  const data = element.type === COMPRESSED ? valuesWithin(element, count, file) : element.data;
  const { offset } = data;
  const values = readNumbers(data, `variable ${name}`, count);
  if (values.length !== count) {
    throw data.error(
      `variable ${name} is ${shape.join(' × ')}, but ${values.length} values follow; the file is corrupt`,
      offset,
    );
  }
  return fromColumnMajor(shape, values);
}

/** The data of a compressed variable from its values on. */
function valuesWithin(element: Element, count: number, file: string): ByteReader {
  const compressed = element.data.rest();
  const content = inflated(element, () => inflateAtMost(compressed, 'zlib', OVERHEAD + 8 * count));
  const whole = elementWithin(content, element, file, true);
  readHeader(whole);
  return whole.data;
}

/**
 * All numbers of the next element, whatever type stores them: MATLAB picks the smallest that holds the values.
 *
 * @param most how many there may be; of more, one more is read
 */
function readNumbers(reader: ByteReader, what: string, most = MOST_DIMENSIONS): Float64Array {
  const { type, data, offset } = readElement(reader);
  const numberType = NUMBER_TYPES.get(type);
  if (numberType === undefined)
    throw data.error(`${what}: expected numbers, found data type ${type}`, offset);
  return data.numbers(
    numberType,
    Math.min(Math.floor(data.remaining / numberSize(numberType)), most + 1),
    what,
  );
}
