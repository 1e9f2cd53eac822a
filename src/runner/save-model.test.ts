import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { Uint8ArrayReader, Uint8ArrayWriter, ZipReader } from '@zip.js/zip.js';
import { saveModel } from './save-model.js';

const SCORES = { scores: Float64Array.of(0.1, 2), anomalies: Uint8Array.of(0, 1) };

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'model-'));
});
afterEach(() => rmSync(directory, { recursive: true }));

test('scores.csv has a line a test sample, with every digit', async () => {
  const run = join(directory, 'models', 'run');
  await saveModel(run, { ...SCORES, scores: Float64Array.of(0.1 + 0.2, 2), state: {} });
  expect(readFileSync(join(run, 'scores.csv'), 'utf8')).toBe(
    'index,anomaly,score\n0,0,0.30000000000000004\n1,1,2\n',
  );
  expect(readdirSync(run)).toEqual(['scores.csv']);
});

test('weights.npz holds each array as NumPy would write it', async () => {
  const long = Float32Array.from({ length: 1000 }, (_, index) => index / 3);
  await saveModel(directory, { ...SCORES, state: { 'layer0.kernel': long, center: Float32Array.of(-0.1) } });
  const zip = new ZipReader(new Uint8ArrayReader(readFileSync(join(directory, 'weights.npz'))));
  const entries = await zip.getEntries();
  expect(entries.map((entry) => entry.filename)).toEqual(['layer0.kernel.npy', 'center.npy']);
  for (const [index, values] of [long, Float32Array.of(-0.1)].entries()) {
    const entry = entries[index];
    if (entry.directory) throw new Error('a folder');
    const npy = Buffer.from(await entry.getData(new Uint8ArrayWriter(), { useWebWorkers: false }));
    expect(npy.subarray(0, 8).toString('latin1')).toBe('\x93NUMPY\x01\x00');
    const start = 10 + npy.readUInt16LE(8);
    expect(start % 64).toBe(0);
    expect(npy.subarray(10, start).toString('latin1')).toMatch(
      new RegExp(`^{'descr': '<f4', 'fortran_order': False, 'shape': \\(${values.length},\\), } *\\n$`),
    );
    const read = Float32Array.from(values, (_, at) => npy.readFloatLE(start + 4 * at));
    expect(read).toEqual(values);
    expect(npy).toHaveLength(start + 4 * values.length);
  }
});

test('the same model makes the same bytes', async () => {
  const model = { ...SCORES, state: { center: Float32Array.of(1, 2) } };
  await saveModel(join(directory, 'a'), model);
  await saveModel(join(directory, 'b'), model);
  const bytes = (run: string) => readFileSync(join(directory, run, 'weights.npz'));
  expect(bytes('a')).toEqual(bytes('b'));
});
