import { beforeAll, beforeEach, expect, test } from '@jest/globals';
import type { Gpu } from './gpu.js';
import { contentOf, Pool } from './pool.js';

let written: number[];
let pool: Pool;
beforeAll(() => {
  Object.assign(globalThis, { GPUBufferUsage: { COPY_DST: 1, COPY_SRC: 2, STORAGE: 4 } });
});
beforeEach(() => {
  written = [];
  const device = {
    pushErrorScope: () => {},
    popErrorScope: async () => null,
    createBuffer: () => ({}),
    queue: { writeBuffer: (_buffer: unknown, at: number) => written.push(at / 4) },
  };
  pool = new Pool({ device, largestBuffer: 1e6 } as unknown as Gpu);
  written = [];
});

test('samples are brought once for all that use them at a time', async () => {
  const [samples, others] = [Float32Array.of(0.1, 2), Float32Array.of(0.1, 2)];
  const found = await pool.bring(samples);
  expect(await pool.bring(samples)).toBe(found);
  expect(written).toHaveLength(1);
  // Only an array itself is known to stay as it is.
  expect((await pool.bring(others)).range.from).not.toBe(found.range.from);
  expect(written).toHaveLength(2);
});

test('they leave with the last, and not before', async () => {
  const samples = Float32Array.of(0.1, 2);
  const { range } = await pool.bring(samples);
  await pool.bring(samples);
  pool.release(samples);
  expect((await pool.reserve([2]))[0].from).not.toBe(range.from);
  pool.release(samples);
  expect((await pool.reserve([2]))[0].from).toBe(range.from);
  await pool.bring(samples);
  expect(written).toHaveLength(2);
});

test('they are what is in the array now, whatever was in it before', () => {
  const samples = Float32Array.from([0, 1, 51 / 255]);
  expect(contentOf(samples)).toEqual(Uint8Array.of(0, 255, 51));
  samples[0] = 1;
  expect(contentOf(samples)).toEqual(Uint8Array.of(255, 255, 51));
  const floats = Float32Array.of(0.1, 2);
  expect(contentOf(floats)).toBe(floats);
});

test('samples whose values are bytes / 255 are brought as bytes', async () => {
  const bytes = Float32Array.from({ length: 256 }, (_, byte) => byte / 255);
  expect(await pool.bring(bytes)).toMatchObject({ bytes: true, range: { words: 64 } });
  for (const value of [-1 / 255, 256 / 255, 0.5, Number.NaN]) {
    expect(await pool.bring(Float32Array.of(0, value))).toMatchObject({ bytes: false, range: { words: 2 } });
  }
});
