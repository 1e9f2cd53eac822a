import { describe, expect, test } from '@jest/globals';
import { readNpy } from './npy.js';
import { readNpz } from './npz.js';
import { elementCount, type NumericArray } from './numeric-array.js';
import { fixture } from './testing/fixtures.js';
import { fuzzFlipped, fuzzRandom, fuzzTruncated } from './testing/fuzz.js';

const UNSIGNED = [0, 1, 2, 3, 4, 5];
const SIGNED = [-2, -1, 0, 1, 2, 3];
const TYPES = ['u1', 'i1', 'u2', 'i2', 'u4', 'i4', 'u8', 'i8', 'f4', 'f8'];

describe.each(['stored.npz', 'deflated.npz'])('%s, written by NumPy', (name) => {
  const bytes = fixture(name);

  test.each(TYPES)('%s in C and Fortran order', async (type) => {
    const arrays = await readNpz(bytes, name, [type, `${type}_fortran`]);
    const expected = type.startsWith('u') ? UNSIGNED : SIGNED;
    for (const { shape, values } of arrays) {
      expect(shape).toEqual([3, 2]);
      expect(Array.from(values)).toEqual(expected);
    }
  });

  test('booleans, a scalar and big-endian numbers', async () => {
    const [bool, scalar, bigEndian] = await readNpz(bytes, name, ['bool', 'scalar', 'big_endian']);
    expect(bool).toEqual({ shape: [1, 2], values: new Float64Array([1, 0]) });
    expect(scalar).toEqual({ shape: [], values: new Float64Array([7]) });
    expect(Array.from(bigEndian.values)).toEqual(SIGNED);
  });

  test.each([
    ['objects', /objects\.npy\), byte \d+: an array of type '\|O' cannot be read/],
    ['half', /type '<f2' cannot be read/],
    ['text', /type '<U1' cannot be read/],
    ['records', /an array of type \[\('f0', '<i4'\), \('f1', '<f8'\)\] cannot be read/],
    ['huge', /64-bit integer 9007199254740992, beyond ±2\^53/],
    ['absent', /expected an array named absent, found u1, i1/],
  ])('refuses %s', async (array, message) => {
    await expect(readNpz(bytes, name, [array])).rejects.toThrow(message);
    await expect(readNpz(bytes, name, [array])).rejects.toHaveProperty('name', 'UserError');
  });

  test('a changed byte within the values is noticed by the checksum', async () => {
    const corrupt = bytes.slice();
    const start = Buffer.from(corrupt).indexOf('f8.npy') + 6;
    corrupt[start + 20 + 50] ^= 0xff;
    await expect(readNpz(corrupt, name, ['f8'])).rejects.toThrow(`${name}, byte `);
  });

  const names = ['u1', 'f8_fortran', 'i8'];
  const fuzzed = {
    read: (corrupt: Uint8Array) => readNpz(corrupt, 'fuzzed.npz', names),
    check: (arrays: NumericArray[]) => {
      expect(arrays.map(({ shape }) => shape)).toEqual([
        [3, 2],
        [3, 2],
        [3, 2],
      ]);
      expect(arrays.map(({ values }) => Array.from(values))).toEqual([UNSIGNED, SIGNED, SIGNED]);
    },
  };
  test('truncated anywhere: an error, or the right values', () => fuzzTruncated(fuzzed, bytes));
  test('with bytes replaced: an error, or the right values', () => fuzzFlipped(fuzzed, bytes));
  test('random bytes: an error', () => fuzzRandom(fuzzed, bytes));
});

describe('.npy', () => {
  function npy(header: string, data: number[], version = 1): Uint8Array {
    const length = version === 1 ? [header.length % 256, header.length >> 8] : [header.length, 0, 0, 0];
    return new Uint8Array([
      0x93,
      ...Buffer.from('NUMPY'),
      version,
      0,
      ...length,
      ...Buffer.from(header),
      ...data,
    ]);
  }
  const header = "{'descr': '|u1', 'fortran_order': False, 'shape': (2, 2), }\n";

  test.each([1, 2, 3])('format version %d', (version) => {
    expect(readNpy(npy(header, [1, 2, 3, 4], version), 'x.npy')).toEqual({
      shape: [2, 2],
      values: new Float64Array([1, 2, 3, 4]),
    });
  });

  test('three axes in Fortran order', () => {
    const cube = "{'descr': '|u1', 'fortran_order': True, 'shape': (1, 2, 3), }\n";
    expect(Array.from(readNpy(npy(cube, [1, 2, 3, 4, 5, 6]), 'x.npy').values)).toEqual([1, 3, 5, 2, 4, 6]);
  });

  test.each([
    [
      'another format version',
      npy(header, [1, 2, 3, 4], 4),
      'x.npy, byte 6: expected .npy format version 1, 2 or 3',
    ],
    ['another file', new Uint8Array(20), 'x.npy, byte 0: expected a NumPy array'],
    ['too few values', npy(header, [1, 2, 3]), 'needs 4 bytes, but 3 follow'],
    ['too many values', npy(header, [1, 2, 3, 4, 5]), 'needs 4 bytes, but 5 follow'],
    [
      'a shape that would fill the memory',
      npy(header.replace('2, 2', '99999999999, 99999999999'), [1]),
      'but 1 follow',
    ],
    ['a shape past every number', npy(header.replace('2, 2', `${'9'.repeat(400)}, 0`), []), 'but 0 follow'],
    [
      'no shape',
      npy(header.replace('shape', 'form'), [1, 2, 3, 4]),
      "byte 10: expected 'shape' in the .npy header",
    ],
    ['a negative extent', npy(header.replace('2, 2', '-2, -2'), [1, 2, 3, 4]), "expected 'shape'"],
  ])('refuses %s', (_, bytes, message) => {
    expect(() => readNpy(bytes, 'x.npy')).toThrow(message);
  });

  const whole = npy(header, [1, 2, 3, 4]);
  const fuzzed = {
    read: (bytes: Uint8Array) => readNpy(bytes, 'fuzzed.npy'),
    check: ({ shape, values }: NumericArray) => expect(values).toHaveLength(elementCount(shape)),
  };
  test('truncated anywhere: an error', () => fuzzTruncated(fuzzed, whole));
  test('with bytes replaced: an error, or well-formed values', () => fuzzFlipped(fuzzed, whole));
});
