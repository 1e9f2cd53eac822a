import { describe, expect, test } from '@jest/globals';
import { type ByteArray, readIdx } from './idx.js';
import { elementCount } from './numeric-array.js';
import { fuzzFlipped, fuzzRandom, fuzzTruncated } from './testing/fuzz.js';

const images = new Uint8Array([0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0, 3, 1, 2, 3, 4, 5, 6]);

describe('an IDX file', () => {
  test('shape and values', () => {
    const { shape, values } = readIdx(images, 'x');
    expect(shape).toEqual([2, 1, 3]);
    expect(Array.from(values)).toEqual([1, 2, 3, 4, 5, 6]);
  });

  const fuzzed = {
    read: (corrupt: Uint8Array) => readIdx(corrupt, 'fuzzed'),
    check: ({ shape, values }: ByteArray) => expect(values).toHaveLength(elementCount(shape)),
  };
  test('every truncated file is refused', () => {
    for (let length = 0; length < images.length; length++) {
      expect(() => readIdx(images.slice(0, length), 'x')).toThrow(/^x.*byte \d+: /);
    }
    return fuzzTruncated(fuzzed, images);
  });
  test('with bytes replaced: an error, or well-formed values', () => fuzzFlipped(fuzzed, images));
  test('random bytes: an error, or well-formed values', () => fuzzRandom(fuzzed, images));
});

test.each([
  ['another magic number', [1, 0, 8, 1, 0, 0, 0, 0], 'x, byte 0: expected an IDX file'],
  ['no dimensions', [0, 0, 8, 0, 1], 'x, byte 0: expected an IDX file'],
  [
    'another element type',
    [0, 0, 13, 1, 0, 0, 0, 0],
    'x, byte 2: expected IDX element type 08 (unsigned byte), found 0d',
  ],
  ['too many values', [...images, 7], 'the dimensions 2 × 1 × 3 need 6 bytes of values, but 7 follow'],
  [
    'huge dimensions',
    [0, 0, 8, 2, 255, 255, 255, 255, 255, 255, 255, 255],
    'expected at most 2147483648 values',
  ],
  ['what is compressed', [0x1f, 0x8b, 8, 0], 'x, byte 0: expected an IDX file'],
])('refuses %s', (_, bytes, message) => {
  expect(() => readIdx(new Uint8Array(bytes), 'x')).toThrow(message);
});
