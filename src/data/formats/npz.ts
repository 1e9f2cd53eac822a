import { type Entry, Uint8ArrayReader, Uint8ArrayWriter, ZipReader } from '@zip.js/zip.js';
import { UserError } from '../../errors.js';
import { readNpy } from './npy.js';
import type { NumericArray } from './numeric-array.js';

/**
 * Reads the named arrays of a NumPy .npz archive, stored or deflated, in the order of `names`.
 *
 * @param file what errors call it
 * @throws UserError where it is no such archive, its checksums fail, it lacks an array, or an array cannot be read
 */
export async function readNpz(
  bytes: Uint8Array,
  file: string,
  names: readonly string[],
): Promise<NumericArray[]> {
  const archive = new ZipReader(new Uint8ArrayReader(bytes), {
    checkCrc32: true,
    useWebWorkers: false,
  });
  const entries = await archive.getEntries().catch((error: Error) => {
    throw new UserError(
      `${file}, byte 0: not a whole .npz (zip) archive (${error.message}); save or copy it again`,
    );
  });
  const arrays: NumericArray[] = [];
  for (const name of names) {
    const entry = entries.find(({ filename }) => filename === `${name}.npy`);
    if (!entry) {
      const found = entries.map(({ filename }) => filename.replace(/\.npy$/, '')).join(', ');
      throw new UserError(`${file}: expected an array named ${name}, found ${found || 'none'}`);
    }
    arrays.push(readNpy(await content(entry, file), `${file} (${name}.npy)`));
  }
  return arrays;
}

async function content(entry: Entry, file: string): Promise<Uint8Array> {
  if (entry.directory) throw new UserError(`${file}: ${entry.filename} is a folder, not an array`);
  return entry.getData(new Uint8ArrayWriter()).catch((error: Error) => {
    throw new UserError(
      `${file}, byte ${entry.offset}: ${entry.filename} is corrupt or stored in an unknown way (${error.message}); save or copy the file again`,
    );
  });
}
