import { expect, test } from '@jest/globals';
import { Uint8ArrayReader, Uint8ArrayWriter, ZipReader } from '@zip.js/zip.js';
import { readNpz } from './npz.js';
import { writeNpz } from './write-npz.js';

const long = Float32Array.from({ length: 1000 }, (_, index) => index / 3);

test('arrays are written as NumPy would write them', async () => {
  const zip = new ZipReader(
    new Uint8ArrayReader(await writeNpz({ 'layer0.kernel': long, rho: Float64Array.of(-0.1) })),
  );
  const entries = await zip.getEntries();
  expect(entries.map((entry) => entry.filename)).toEqual(['layer0.kernel.npy', 'rho.npy']);
  for (const [index, type] of ['<f4', '<f8'].entries()) {
    const entry = entries[index];
    if (entry.directory) throw new Error('a folder');
    const npy = Buffer.from(await entry.getData(new Uint8ArrayWriter(), { useWebWorkers: false }));
    const count = [long.length, 1][index];
    expect(npy.subarray(0, 8).toString('latin1')).toBe('\x93NUMPY\x01\x00');
    const start = 10 + npy.readUInt16LE(8);
    expect(start % 64).toBe(0);
    expect(npy.subarray(10, start).toString('latin1')).toMatch(
      new RegExp(`^{'descr': '${type}', 'fortran_order': False, 'shape': \\(${count},\\), } *\\n$`),
    );
    expect(npy).toHaveLength(start + [4, 8][index] * count);
  }
});

test('arrays are read back to the last bit', async () => {
  const rho = Float64Array.of(0.1, -1e-300);
  const [first, second] = await readNpz(await writeNpz({ long, rho }), 'arrays.npz', ['long', 'rho']);
  expect(Float32Array.from(first.values)).toEqual(long);
  expect(second).toEqual({ shape: [2], values: rho });
});

test('the same arrays make the same bytes', async () => {
  expect(await writeNpz({ long })).toEqual(await writeNpz({ long }));
});
