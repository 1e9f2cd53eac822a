import { type Entry, Uint8ArrayReader, ZipReader } from '@zip.js/zip.js';
import { UserError } from '../../errors.js';
import { packedIn } from '../../files/foreign-bytes.js';
import { listed } from '../table/cells.js';
import { LONGEST_START, npyLength, readNpy } from './npy.js';
import type { NumericArray } from './numeric-array.js';

/** The first byte of a zip archive. */
const ZIP = 'P'.charCodeAt(0);

/** The most arrays of an archive. */
const MOST_ENTRIES = 10_000;

/**
 * Reads the named arrays of a NumPy .npz archive, stored or deflated, in the order of `names`.
 *
 * @param file what errors call it
 * @throws UserError where it is no such archive, its checksums fail, it lacks an array or has several of its name, or an array cannot be read
 */
export async function readNpz(
  bytes: Uint8Array,
  file: string,
  names: readonly string[],
): Promise<NumericArray[]> {
  const entries = await entriesOf(bytes, file);
  const arrays: NumericArray[] = [];
  for (const name of names) {
    const [entry, other] = entries.filter(({ filename }) => filename === `${name}.npy`);
    if (other) {
      throw new UserError(
        `${file}: expected one array named ${name}, found several; save the file anew with one of them`,
      );
    }
    if (!entry) {
      const found = listed(entries.map(nameOf));
      throw new UserError(
        `${file}: expected an array named ${name}, found ${found || 'none'}; name it so, as savez(…, ${name}=…) of NumPy does`,
      );
    }
    arrays.push(readNpy(await content(entry, file), `${file} (${name}.npy)`));
  }
  return arrays;
}

/**
 * The names of the arrays in a .npz archive.
 *
 * @param file what errors call it
 * @throws UserError where it is no such archive
 */
export async function namesInNpz(bytes: Uint8Array, file: string): Promise<string[]> {
  return (await entriesOf(bytes, file)).map(nameOf);
}

function nameOf({ filename }: Entry): string {
  return filename.replace(/\.npy$/, '');
}

async function entriesOf(bytes: Uint8Array, file: string): Promise<Entry[]> {
  const archive = new ZipReader(new Uint8ArrayReader(bytes), {
    checkCrc32: true,
    useWebWorkers: false,
  });
  const entries: Entry[] = [];
  try {
    for await (const entry of archive.getEntriesGenerator()) {
      if (entries.length === MOST_ENTRIES) {
        throw new UserError(`${file}: expected at most ${MOST_ENTRIES} arrays, found more`);
      }
      entries.push(entry);
    }
  } catch (error) {
    if (error instanceof UserError) throw error;
    const found = bytes[0] === ZIP ? undefined : packedIn(bytes);
    if (found !== undefined) throw new UserError(`${file}: expected a .npz (zip) archive, found ${found}`);
    throw new UserError(
      `${file}, byte 0: not a whole .npz (zip) archive (${(error as Error).message}); save or copy it again`,
    );
  }
  return entries;
}

/** Takes an array out of an archive, of which no more is inflated than the array's own header says. */
async function content(entry: Entry, file: string): Promise<Uint8Array> {
  if (entry.directory) throw new UserError(`${file}: ${entry.filename} is a folder, not an array`);
  const bytes = new ArrayBytes(`${file} (${entry.filename})`);
  let refused: unknown;
  const collected = new WritableStream<Uint8Array>({
    write(piece) {
      try {
        bytes.add(piece);
      } catch (error) {
        refused = error;
        throw error;
      }
    },
  });
  try {
    await entry.getData(collected);
  } catch (error) {
    // From Node 26 on the stream's own error comes here, that it was closed.
    if (refused) throw refused;
    throw new UserError(
      `${file}, byte ${entry.offset}: ${entry.filename} is corrupt or stored in an unknown way (${(error as Error).message}); save or copy the file again`,
    );
  }
  return bytes.whole();
}

/** The bytes of an array as they come out of an archive: as many as its header says, and no more. */
class ArrayBytes {
  private bytes = new Uint8Array(LONGEST_START);
  private length = 0;
  /** How many there may be; undefined until all of the header must be there. */
  private most: number | undefined;

  /** @param file what errors call the array */
  constructor(private readonly file: string) {}

  /** @throws UserError where there are too many */
  add(piece: Uint8Array): void {
    if (this.most === undefined) {
      const start = piece.subarray(0, LONGEST_START - this.length);
      this.append(start);
      if (this.length < LONGEST_START) return;
      this.most = npyLength(this.bytes, this.file);
      const all = new Uint8Array(Math.max(this.most, this.length));
      all.set(this.bytes);
      this.bytes = all;
      this.add(piece.subarray(start.length));
      return;
    }
    if (this.length + piece.length > this.most) {
      throw new UserError(
        `${this.file}: more than the ${this.most} bytes follow that its header says; save the file again`,
      );
    }
    this.append(piece);
  }

  whole(): Uint8Array {
    return this.bytes.subarray(0, this.length);
  }

  private append(piece: Uint8Array): void {
    this.bytes.set(piece, this.length);
    this.length += piece.length;
  }
}
