import { Uint8ArrayReader, Uint8ArrayWriter, ZipWriter } from '@zip.js/zip.js';
import { mapValues } from 'es-toolkit/object/mapValues';

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
  return npzArchive({ X: npy(features, [rows, columns]), y: npy(labels, [rows]) });
}

/** A .npz archive of features X, row by row, and columns of labels. */
export function npzOf(
  rows: readonly (readonly number[])[],
  labels: Readonly<Record<string, readonly number[]>>,
) {
  return npzArchive({
    X: npy(Float64Array.from(rows.flat()), [rows.length, rows[0].length]),
    ...mapValues(labels, (column) => npy(Float64Array.from(column), [column.length])),
  });
}

async function npzArchive(arrays: Readonly<Record<string, Uint8Array>>): Promise<Uint8Array> {
  const archive = new ZipWriter(new Uint8ArrayWriter(), { useWebWorkers: false });
  for (const [name, array] of Object.entries(arrays)) {
    await archive.add(`${name}.npy`, new Uint8ArrayReader(array));
  }
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
