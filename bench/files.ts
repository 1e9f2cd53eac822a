import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { SampleShape, TrainingSet } from '../src/data/dataset.js';

/** Runs `work` on a new folder, which is removed afterwards. */
export async function inFolder<T>(work: (folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'deepsad-bench-'));
  try {
    return await work(folder);
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** The numbers of a file of nothing but 32-bit floats. */
export async function readFloats(...path: string[]): Promise<Float32Array> {
  return new Float32Array(Uint8Array.from(await readFile(join(...path))).buffer);
}

/** The training set in a folder: training.f32, and semi-targets.i8 with one for each sample. */
export async function readTrainingSet(folder: string, shape: SampleShape): Promise<TrainingSet> {
  const semiTargets = Int8Array.from(await readFile(join(folder, 'semi-targets.i8')));
  const samples = await readFloats(folder, 'training.f32');
  return { shape, count: semiTargets.length, samples, semiTargets };
}
