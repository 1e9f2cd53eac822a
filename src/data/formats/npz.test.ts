import { describe, expect, test } from '@jest/globals';
import { Uint8ArrayReader, Uint8ArrayWriter, ZipWriter } from '@zip.js/zip.js';
import { readNpy } from './npy.js';
import { readNpz } from './npz.js';
import { elementCount, type NumericArray } from './numeric-array.js';
import { fixture } from './testing/fixtures.js';
import { fuzzFlipped, fuzzRandom, fuzzTruncated } from './testing/fuzz.js';
import { writeNpz } from './write-npz.js';

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
    ['text', /save numbers in their place/],
    ['records', /structured_to_unstructured/],
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

/** An archive of one array X, whose header says another number of values than follow. */
async function lyingArchive(count: number, bytes: number): Promise<Uint8Array> {
  const header = `{'descr': '<f8', 'fortran_order': False, 'shape': (${count},), }`.padEnd(117);
  const content = Buffer.alloc(128 + bytes);
  content.write(`\x93NUMPY\x01\x00v\x00${header}\n`, 'latin1');
  const archive = new ZipWriter(new Uint8ArrayWriter(), { useWebWorkers: false });
  await archive.add('X.npy', new Uint8ArrayReader(content));
  return archive.close();
}

test('two arrays of one name, as where one was added to an archive, are refused', async () => {
  const archive = await writeNpz({ X: Float64Array.of(1), Y: Float64Array.of(2) });
  const renamed = Buffer.from(Buffer.from(archive).toString('latin1').replaceAll('Y.npy', 'X.npy'), 'latin1');
  await expect(readNpz(renamed, 'x.npz', ['X'])).rejects.toThrow(
    'x.npz: expected one array named X, found several; save the file anew with one of them',
  );
});

test('a file that is packed otherwise is told', async () => {
  const packed = Buffer.concat([Buffer.from([0x1f, 0x8b]), Buffer.alloc(400)]);
  await expect(readNpz(packed, 'x.npz', ['X'])).rejects.toThrow(
    'x.npz: expected a .npz (zip) archive, found a file compressed with gzip; unpack it',
  );
  await expect(readNpz(Buffer.from('PK\x03\x04'), 'x.npz', ['X'])).rejects.toThrow('not a whole .npz');
});

describe('an archive that says one thing and holds another', () => {
  test('more than the header says: no more is inflated than that', async () => {
    const archive = await lyingArchive(3, 2 ** 26);
    // What is damaged there would be noticed.
    archive.fill(0xff, archive.length >> 1, (archive.length >> 1) + 100);
    await expect(readNpz(archive, 'x.npz', ['X'])).rejects.toThrow(
      'x.npz (X.npy): more than the 152 bytes follow that its header says',
    );
  });

  test('less than the header says', async () => {
    await expect(readNpz(await lyingArchive(2 ** 28, 8), 'x.npz', ['X'])).rejects.toThrow('but 8 follow');
  });

  test('more than is ever read', async () => {
    await expect(readNpz(await lyingArchive(2 ** 28 + 1, 2 ** 17), 'x.npz', ['X'])).rejects.toThrow(
      'expected an array of at most 268435456 numbers, found the shape (268435457)',
    );
  });
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

  test('a shape as Python 2 writes it', () => {
    const longs = header.replace('2, 2', '2L, 2L');
    expect(readNpy(npy(longs, [1, 2, 3, 4]), 'x.npy').shape).toEqual([2, 2]);
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
      'expected an array of at most 268435456 numbers, found the shape (99999999999, 99999999999)',
    ],
    [
      'a shape past every number',
      npy(header.replace('2, 2', `${'9'.repeat(400)}, 0`), []),
      'at most 268435456',
    ],
    [
      'a header that would fill the memory',
      npy(' '.repeat(255), [], 2).fill(255, 8, 12),
      'a header of at most',
    ],
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
