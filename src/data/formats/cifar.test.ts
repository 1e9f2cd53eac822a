import { expect, test } from '@jest/globals';
import { readCifarBatch } from './cifar.js';

const RECORD = 3073;

/** Images whose bytes are all their class times ten. */
function batch(classes: readonly number[]): Uint8Array {
  return new Uint8Array(classes.flatMap((label) => [label, ...new Array(RECORD - 1).fill(label * 10)]));
}

test('classes and images', () => {
  const { classes, values } = readCifarBatch(batch([3, 9]), 'x.bin');
  expect(Array.from(classes)).toEqual([3, 9]);
  expect(values).toHaveLength(2 * 3072);
  expect(values.slice(0, 3072).every((value) => value === 30)).toBe(true);
  expect(values.slice(3072).every((value) => value === 90)).toBe(true);
});

test('a truncated or empty file is refused', () => {
  for (const length of [0, 1, RECORD - 1, RECORD + 1, 2 * RECORD - 1]) {
    expect(() => readCifarBatch(batch([3, 9]).slice(0, length), 'x.bin')).toThrow(
      `x.bin, byte ${length}: expected whole records`,
    );
  }
});

test('a class past 9 is refused', () => {
  expect(() => readCifarBatch(batch([3, 10]), 'x.bin')).toThrow(
    'x.bin, byte 3073: expected a class from 0 to 9, found 10',
  );
});
