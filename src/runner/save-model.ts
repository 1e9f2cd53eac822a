import { join } from 'node:path';
import { Uint8ArrayReader, Uint8ArrayWriter, ZipWriter } from '@zip.js/zip.js';
import { stringify } from 'csv-stringify/sync';
import writeFileAtomic from 'write-file-atomic';
import { makeFolder } from '../folders.js';

/** What --save-models keeps of a run. */
export interface SavedModel {
  /** The anomaly score of each test sample. */
  readonly scores: Float64Array;
  /** 1 for an anomaly, 0 for a normal sample. */
  readonly anomalies: Uint8Array;
  /** What the detector learned: arrays by name. */
  readonly state: Readonly<Record<string, Float32Array>>;
}

/** Writes scores.csv (index, anomaly, score: a line a test sample) and, for a detector with a state, weights.npz into a folder. */
export async function saveModel(directory: string, { scores, anomalies, state }: SavedModel): Promise<void> {
  makeFolder(directory, 'give another --out');
  const lines = Array.from(scores, (score, index) => [index, anomalies[index], score]);
  await writeFileAtomic(join(directory, 'scores.csv'), stringify([['index', 'anomaly', 'score'], ...lines]));
  if (Object.keys(state).length > 0) {
    await writeFileAtomic(join(directory, 'weights.npz'), await toNpz(state));
  }
}

/** The earliest date that a zip file can hold: the same arrays make the same bytes. */
const NO_DATE = new Date(1980, 0, 1);

/** Packs arrays as `numpy.savez` does: one .npy a name in an uncompressed zip file, each one-dimensional. */
async function toNpz(arrays: Readonly<Record<string, Float32Array>>): Promise<Buffer> {
  const zip = new ZipWriter(new Uint8ArrayWriter(), {
    level: 0,
    lastModDate: NO_DATE,
    extendedTimestamp: false,
    useWebWorkers: false,
  });
  for (const [name, values] of Object.entries(arrays)) {
    await zip.add(`${name}.npy`, new Uint8ArrayReader(toNpy(values)));
  }
  return Buffer.from(await zip.close());
}

/** NumPy's format, version 1.0: magic, length of the header, header padded to a multiple of 64 bytes, little-endian values. */
function toNpy(values: Float32Array): Buffer {
  const header = `{'descr': '<f4', 'fortran_order': False, 'shape': (${values.length},), }`;
  const padded = `${header.padEnd(Math.ceil((header.length + 11) / 64) * 64 - 11)}\n`;
  const length = Buffer.alloc(2);
  length.writeUInt16LE(padded.length);
  const body = Buffer.alloc(4 * values.length);
  values.forEach((value, index) => {
    body.writeFloatLE(value, 4 * index);
  });
  return Buffer.concat([
    Buffer.from('\x93NUMPY\x01\x00', 'latin1'),
    length,
    Buffer.from(padded, 'latin1'),
    body,
  ]);
}
