/** What a file turns out to be that was taken for another, and what to do about it where that was a table. */
export interface Foreign {
  readonly found: string;
  readonly remedy: string;
}

/** What to do about a file that a table can be saved from. */
export const AS_CSV = 'save it as CSV in UTF-8';
const UNPACKED = 'unpack it, or compress the table alone with gzip (.csv.gz)';
const EXPERIMENTS = 'only experiments take .npz and .mat';

/**
 * Bytes by which files are told, what these are, what to do, and where the bytes stand if not at the start. So many that no line of names
 * begins with them: one may with PAR1 or MATLAB.
 */
type Magics = readonly (readonly [magic: string, found: string, remedy: string, at?: number])[];

/** Those of files that hold others. */
const PACKED: Magics = [
  ['PK\x03\x04', 'a zip archive, as .npz and .xlsx files are', `${AS_CSV}, or unpack it; ${EXPERIMENTS}`],
  ['\x1f\x8b', 'a file compressed with gzip', UNPACKED],
  ['1AY&SY', 'a file compressed with bzip2', UNPACKED, 4],
  ['\xfd7zXZ', 'a file compressed with xz', UNPACKED],
  ['\x28\xb5\x2f\xfd', 'a file compressed with Zstandard', UNPACKED],
  ['7z\xbc\xaf', 'a 7z archive', UNPACKED],
  ['ustar\0', 'a tar archive', UNPACKED, 257],
  ['ustar  \0', 'a tar archive', UNPACKED, 257],
];

/** Those of others that are no text. */
const BINARY: Magics = [
  ['\x93NUMPY', 'a NumPy array (.npy)', AS_CSV],
  ['MATLAB 5.0 MAT-file', 'a MATLAB file (.mat)', `${AS_CSV}; ${EXPERIMENTS}`],
  ['MATLAB 7.3 MAT-file', 'a MATLAB file (.mat)', `${AS_CSV}; ${EXPERIMENTS}`],
  ['\x89HDF', 'an HDF5 file, as .h5 and MATLAB 7.3 files are', AS_CSV],
  ['PAR1\x15', 'a Parquet file', AS_CSV],
  ['\xd0\xcf\x11\xe0', 'a file of an old Excel', AS_CSV],
  ['ARROW1\0', 'a Feather file', AS_CSV],
  ['SQLite format 3\0', 'a database of SQLite', AS_CSV],
  ['%PDF-', 'a PDF', AS_CSV],
  ['\xff\xfe', 'text in UTF-16', AS_CSV],
  ['\xfe\xff', 'text in UTF-16', AS_CSV],
];

/** How many bytes tell a file that is no text. */
export const LONGEST_START = 265;

/** What a file is that starts with these bytes; undefined where it may be text. */
export function foreignBytes(bytes: Uint8Array): Foreign | undefined {
  const [, found, remedy] = entryOf(bytes, [...PACKED, ...BINARY]) ?? [];
  return found === undefined || remedy === undefined ? undefined : { found, remedy };
}

/** What a file is that starts with these bytes and was taken for anything but a table, in the words of a message; undefined where it may be text. */
export function foundIn(bytes: Uint8Array): string | undefined {
  return packedIn(bytes) ?? entryOf(bytes, BINARY)?.[1];
}

/** `foundIn` of what holds another file. */
export function packedIn(bytes: Uint8Array): string | undefined {
  const [, found] = entryOf(bytes, PACKED) ?? [];
  return found && `${found}; unpack it`;
}

function entryOf(bytes: Uint8Array, entries: Magics) {
  const start = Buffer.from(bytes.subarray(0, LONGEST_START)).toString('latin1');
  return entries.find(([magic, , , at = 0]) => start.startsWith(magic, at));
}
