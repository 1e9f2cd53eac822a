import { expect, test } from '@jest/globals';
import { shared } from './shared.js';

test.each([
  { values: Uint8Array.of(1, 255), type: Uint8Array },
  { values: Buffer.of(1, 255), type: Uint8Array },
  { values: Float32Array.of(0.5, -1), type: Float32Array },
  { values: Float64Array.of(0.5, -1), type: Float64Array },
])('copies a $values.constructor.name into shared memory as a $type.name', ({ values, type }) => {
  const copy = shared(values);
  expect(copy.constructor).toBe(type);
  expect(copy.buffer).toBeInstanceOf(SharedArrayBuffer);
  expect([...copy]).toEqual([...values]);
});

test('copies nothing that is in shared memory already', () => {
  const values = Buffer.from(new SharedArrayBuffer(4)).subarray(1, 3);
  const same = shared(values);
  expect(same.constructor).toBe(Uint8Array);
  expect([same.buffer, same.byteOffset, same.length]).toEqual([values.buffer, 1, 2]);
});
