import { expect, test } from '@jest/globals';
import { readPart } from './part.js';

function idx(shape: readonly number[], values: readonly number[]) {
  const dimensions = shape.flatMap((extent) => [0, 0, extent >> 8, extent & 255]);
  return {
    file: `${shape.length} dimensions`,
    bytes: new Uint8Array([0, 0, 8, shape.length, ...dimensions, ...values]),
  };
}

const idxPart = (images: ReturnType<typeof idx>, labels: ReturnType<typeof idx>) =>
  readPart({ format: 'idx', classes: ['zero', 'one'] }, [images, labels]);

test('IDX images and labels', async () => {
  const { shape, samples } = await idxPart(idx([2, 1, 3], [1, 2, 3, 4, 5, 6]), idx([2], [1, 0]));
  expect(shape).toEqual([1, 1, 3]);
  expect(samples).toEqual({
    count: 2,
    values: Uint8Array.of(1, 2, 3, 4, 5, 6),
    classes: Uint8Array.of(1, 0),
  });
});

test.each([
  [
    'images of two dimensions',
    idx([2, 3], [1, 2, 3, 4, 5, 6]),
    idx([2], [1, 0]),
    'expected images × height × width, found dimensions 2 × 3',
  ],
  [
    'no images',
    idx([0, 1, 3], []),
    idx([0], []),
    'expected images × height × width, found dimensions 0 × 1 × 3',
  ],
  [
    'another number of labels',
    idx([2, 1, 1], [1, 2]),
    idx([3], [1, 0, 1]),
    'expected 2 labels, one for each image, found dimensions 3',
  ],
  [
    'a label past the classes',
    idx([2, 1, 1], [1, 2]),
    idx([2], [1, 2]),
    'expected labels from 0 to 1, found 2 for sample 2 (counted from 1)',
  ],
])('IDX: refuses %s', async (_, images, labels, message) => {
  await expect(idxPart(images, labels)).rejects.toThrow(message);
});

test('CIFAR-10 batches follow each other', async () => {
  const batch = (labels: readonly number[]) =>
    new Uint8Array(labels.flatMap((label) => [label, ...new Array(3072).fill(label)]));
  const { shape, samples } = await readPart({ format: 'cifar', classes: Array.from('0123456789') }, [
    { file: 'first', bytes: batch([7, 8]) },
    { file: 'second', bytes: batch([9]) },
  ]);
  expect(shape).toEqual([3, 32, 32]);
  expect(samples.count).toBe(3);
  expect(Array.from(samples.classes)).toEqual([7, 8, 9]);
  expect([0, 3072, 6144, 9215].map((at) => samples.values[at])).toEqual([7, 8, 9, 9]);
});
