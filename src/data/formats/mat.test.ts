import { deflateSync } from 'node:zlib';
import { describe, expect, test } from '@jest/globals';
import { namesInMat, readMat } from './mat.js';
import { elementCount, type NumericArray } from './numeric-array.js';
import { fixture } from './testing/fixtures.js';
import { fuzzFlipped, fuzzRandom, fuzzTruncated } from './testing/fuzz.js';

const TYPES = ['u1', 'i1', 'u2', 'i2', 'u4', 'i4', 'u8', 'i8', 'f4', 'f8'];

const checkArrays = (arrays: NumericArray[]) => {
  for (const { shape, values } of arrays) expect(values).toHaveLength(elementCount(shape));
};

describe.each(['plain.mat', 'compressed.mat'])('%s, written by SciPy', (name) => {
  const bytes = fixture(name);

  test.each(TYPES)('%s', (type) => {
    const [{ shape, values }] = readMat(bytes, name, [type]);
    expect(shape).toEqual([3, 2]);
    expect(Array.from(values)).toEqual(type.startsWith('u') ? [0, 1, 2, 3, 4, 5] : [-2, -1, 0, 1, 2, 3]);
  });

  test('names of its variables', () => {
    expect(namesInMat(bytes, name)).toEqual([
      ...TYPES,
      'complex',
      'text',
      'cells',
      'struct',
      'sparse',
      'logical',
    ]);
  });

  test('logicals, and variables in the order asked for', () => {
    const [logical, first] = readMat(bytes, name, ['logical', 'u1']);
    expect(logical).toEqual({ shape: [1, 2], values: new Float64Array([1, 0]) });
    expect(first.values).toHaveLength(6);
  });

  test.each([
    ['complex', 'variable complex is complex; expected a full array of real numbers'],
    ['text', 'variable text is text;'],
    ['cells', 'variable cells is a cell array;'],
    ['struct', 'variable struct is a struct;'],
    [
      'sparse',
      'variable sparse is sparse; expected a full array of real numbers, as full(double(sparse)) gives',
    ],
    ['absent', 'expected a variable named absent, found u1, i1'],
  ])('refuses %s', (variable, message) => {
    expect(() => readMat(bytes, name, [variable])).toThrow(message);
  });

  const fuzzed = {
    read: (corrupt: Uint8Array) => readMat(corrupt, 'fuzzed.mat', ['u1', 'i8', 'f8']),
    check: checkArrays,
  };
  test('truncated anywhere: an error, or well-formed values', () => fuzzTruncated(fuzzed, bytes));
  test('with bytes replaced: an error, or well-formed values', () => fuzzFlipped(fuzzed, bytes));
  test('random bytes: an error, or well-formed values', () => fuzzRandom(fuzzed, bytes));
});

/** Writes .mat elements by hand, for what SciPy does not write. */
class MatWriter {
  readonly #bytes: number[] = [];

  constructor(readonly littleEndian: boolean) {}

  number(value: number, size: number): this {
    const bytes = Array.from({ length: size }, (_, i) => Math.floor(value / 256 ** i) % 256);
    return this.bytes(this.littleEndian ? bytes : bytes.reverse());
  }

  bytes(bytes: Iterable<number>): this {
    this.#bytes.push(...bytes);
    return this;
  }

  element(type: number, content: Uint8Array): this {
    this.number(type, 4).number(content.length, 4).bytes(content);
    return type === 15 ? this : this.bytes(new Array(-content.length & 7).fill(0));
  }

  small(type: number, content: readonly number[]): this {
    const tag = content.length * 65536 + type;
    return this.number(tag, 4).bytes([...content, 0, 0, 0, 0].slice(0, 4));
  }

  done(): Uint8Array {
    return new Uint8Array(this.#bytes);
  }
}

interface Matrix {
  shape: readonly number[];
  storageType: number;
  content: Uint8Array;
}

/** A variable X of class double, whose values are stored as another type. */
function matrix(littleEndian: boolean, { shape, storageType, content }: Matrix): Uint8Array {
  const writer = () => new MatWriter(littleEndian);
  const dimensions = shape.reduce((all, extent) => all.number(extent, 4), writer()).done();
  const flags = writer().number(6, 4).number(0, 4).done();
  return writer()
    .element(6, flags)
    .element(5, dimensions)
    .small(1, [0x58])
    .element(storageType, content)
    .done();
}

function matFile(littleEndian: boolean, elements: (writer: MatWriter) => MatWriter): Uint8Array {
  const writer = new MatWriter(littleEndian);
  writer
    .bytes(Buffer.from('MATLAB 5.0 MAT-file'.padEnd(124)))
    .number(0x0100, 2)
    .number(0x4d49, 2);
  return elements(writer).done();
}

test('a file that is packed is told', () => {
  const packed = Buffer.concat([Buffer.from([0x1f, 0x8b]), Buffer.alloc(400)]);
  expect(() => readMat(packed, 'x.mat', ['X'])).toThrow(
    'x.mat: expected a MATLAB 5 file, found a file compressed with gzip; unpack it',
  );
});

describe('files written by hand', () => {
  const bytesOfSix = { shape: [3, 2], storageType: 2, content: new Uint8Array([1, 3, 5, 2, 4, 6]) };

  test.each([true, false])('doubles stored as bytes, little-endian %s', (littleEndian) => {
    const file = matFile(littleEndian, (writer) => writer.element(14, matrix(littleEndian, bytesOfSix)));
    expect(readMat(file, 'x.mat', ['X'])).toEqual([
      { shape: [3, 2], values: new Float64Array([1, 2, 3, 4, 5, 6]) },
    ]);
  });

  test('values in a small data element', () => {
    const writer = () => new MatWriter(true);
    const content = writer()
      .element(6, writer().number(6, 4).number(0, 4).done())
      .element(5, writer().number(1, 4).number(3, 4).done())
      .small(1, [0x58])
      .small(2, [7, 8, 9])
      .done();
    const file = matFile(true, (all) => all.element(14, content));
    expect(readMat(file, 'x.mat', ['X'])).toEqual([{ shape: [1, 3], values: new Float64Array([7, 8, 9]) }]);
  });

  test.each([
    ['dimensions that fill the memory', { ...bytesOfSix, shape: [4294967295, 4294967295] }],
    ['negative dimensions', { ...bytesOfSix, shape: [4294967293, 4294967294] }],
    ['fewer values than dimensions', { ...bytesOfSix, content: new Uint8Array(5) }],
    ['values that are no numbers', { ...bytesOfSix, storageType: 16 }],
    ['an integer beyond 2^53', { shape: [1, 1], storageType: 13, content: new Uint8Array(8).fill(255) }],
  ])('refuses %s, plain and compressed', (_, variable) => {
    const content = matrix(true, variable);
    const plain = matFile(true, (writer) => writer.element(14, content));
    const compressed = matFile(true, (writer) =>
      writer.element(15, deflateSync(new MatWriter(true).element(14, content).done())),
    );
    expect(() => readMat(plain, 'x.mat', ['X'])).toThrow(/^x\.mat, byte \d+: /);
    expect(() => readMat(compressed, 'x.mat', ['X'])).toThrow(
      /^x\.mat( \(content of the variable compressed at byte 128\))?, byte \d+: /,
    );
  });

  const compressed = (content: Uint8Array) => deflateSync(new MatWriter(true).element(14, content).done());
  const sixValues = compressed(matrix(true, bytesOfSix));

  test('two variables of one name are refused', () => {
    const file = matFile(true, (all) => all.element(15, sixValues).element(15, sixValues));
    expect(() => readMat(file, 'x.mat', ['X'])).toThrow(
      'x.mat: expected one variable named X, found several; save the file anew with one of them',
    );
  });

  test('of a compressed variable that is not asked for, no more than its name is inflated', () => {
    const writer = () => new MatWriter(true);
    const junk = deflateSync(
      writer()
        .number(14, 4)
        .number(2 ** 24, 4)
        .element(6, writer().number(6, 4).number(0, 4).done())
        .element(5, writer().number(1, 4).number(1, 4).done())
        .small(1, [0x5a])
        .bytes(Buffer.alloc(2 ** 16))
        .done(),
      { level: 0 },
    );
    // What is damaged there would be noticed.
    junk.fill(0xff, 5000);
    const file = matFile(true, (all) => all.element(15, junk).element(15, sixValues));
    expect(readMat(file, 'x.mat', ['X'])[0].shape).toEqual([3, 2]);
    expect(() => readMat(file, 'x.mat', ['Z'])).toThrow('byte 128: a compressed variable is corrupt');
  });

  test('of a compressed variable no more is inflated than its dimensions say', () => {
    const bomb = compressed(matrix(true, { ...bytesOfSix, content: new Uint8Array(2 ** 16) }));
    const file = matFile(true, (all) => all.element(15, bomb));
    expect(() => readMat(file, 'x.mat', ['X'])).toThrow(
      'byte 128: a compressed variable is corrupt (it holds more than the 8240 bytes that it says)',
    );
  });

  test("Octave's text", () => {
    expect(() => readMat(Buffer.from('# Created by Octave 8.4.0'), 'x.mat', ['X'])).toThrow(
      "x.mat, byte 0: a text file of Octave's cannot be read; save it again in Octave with save('-v7', …)",
    );
  });

  test('a MATLAB 7.3 file, and how to mend it', () => {
    const bytes = Buffer.from('MATLAB 7.3 MAT-file, Platform: GLNXA64'.padEnd(600));
    expect(() => readMat(bytes, 'x.mat', ['X'])).toThrow(
      "7.3 (HDF5) file cannot be read; save it again in MATLAB with save(…, '-v7')",
    );
  });

  test('a file that is no .mat file', () => {
    expect(() => readMat(new Uint8Array(200), 'x.mat', ['X'])).toThrow(
      'x.mat, byte 124: expected a MATLAB 5 file',
    );
    expect(() => readMat(new Uint8Array(0), 'x.mat', ['X'])).toThrow(
      'x.mat, byte 0: the header should take 124 bytes',
    );
  });
});
