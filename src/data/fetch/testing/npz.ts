import { Uint8ArrayReader, Uint8ArrayWriter, ZipWriter } from '@zip.js/zip.js';

/**
 * A .npz archive of a table: features X, rows × columns, and labels y, of which the first `anomalies` are 1.
 *
 * @param featureAt the feature at a place in X, counted along the rows
 */
export async function npzTable(
  rows: number,
  columns: number,
  anomalies: number,
  featureAt = (place: number) => (place * 7919) % 101,
): Promise<Uint8Array> {
  const features = Float64Array.from({ length: rows * columns }, (_, place) => featureAt(place));
  const labels = Float64Array.from({ length: rows }, (_, row) => (row < anomalies ? 1 : 0));
  const archive = new ZipWriter(new Uint8ArrayWriter(), { useWebWorkers: false });
  await archive.add('X.npy', new Uint8ArrayReader(npy(features, [rows, columns])));
  await archive.add('y.npy', new Uint8ArrayReader(npy(labels, [rows])));
  return archive.close();
}

function npy(values: Float64Array, shape: readonly number[]): Uint8Array {
  const header = `{'descr': '<f8', 'fortran_order': False, 'shape': (${shape.join(', ')},), }`;
  const padded = `${header.padEnd(117)}\n`;
  const length = Buffer.alloc(2);
  length.writeUInt16LE(padded.length);
  const start = [Buffer.from('\x93NUMPY\x01\x00', 'latin1'), length, Buffer.from(padded)];
  return Buffer.concat([...start, Buffer.from(values.buffer)]);
}
