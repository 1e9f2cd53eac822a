import { Uint8ArrayReader, Uint8ArrayWriter, ZipWriter } from '@zip.js/zip.js';

/** The earliest date that a zip file can hold. */
const NO_DATE = new Date(1980, 0, 1);

/**
 * Packs arrays as `numpy.savez_compressed` does: one .npy a name in a zip file, each one-dimensional. Images as support vectors take a
 * tenth so. Compressed by the package's own code, the same arrays make the same bytes on every version of Node.
 */
export async function writeNpz(
  arrays: Readonly<Record<string, Float32Array | Float64Array>>,
): Promise<Uint8Array> {
  const zip = new ZipWriter(new Uint8ArrayWriter(), {
    level: 1,
    useCompressionStream: false,
    lastModDate: NO_DATE,
    extendedTimestamp: false,
    useWebWorkers: false,
  });
  for (const [name, values] of Object.entries(arrays)) {
    await zip.add(`${name}.npy`, new Uint8ArrayReader(toNpy(values)));
  }
  return zip.close();
}

/** NumPy's format, version 1.0: magic, length of the header, header padded to a multiple of 64 bytes, little-endian values. */
function toNpy(values: Float32Array | Float64Array): Buffer {
  const size = values.BYTES_PER_ELEMENT;
  const header = `{'descr': '<f${size}', 'fortran_order': False, 'shape': (${values.length},), }`;
  const padded = `${header.padEnd(Math.ceil((header.length + 11) / 64) * 64 - 11)}\n`;
  const length = Buffer.alloc(2);
  length.writeUInt16LE(padded.length);
  const body = Buffer.alloc(size * values.length);
  values.forEach((value, index) => {
    if (size === 4) body.writeFloatLE(value, size * index);
    else body.writeDoubleLE(value, size * index);
  });
  return Buffer.concat([
    Buffer.from('\x93NUMPY\x01\x00', 'latin1'),
    length,
    Buffer.from(padded, 'latin1'),
    body,
  ]);
}
