/** What a file turns out to be that was taken for another, and what to do about it. */
export interface Foreign {
  readonly found: string;
  readonly remedy: string;
}

const AS_CSV = 'save it as CSV in UTF-8';
const UNPACKED = 'unpack it, or compress it with gzip (.csv.gz)';
const FOR_EXPERIMENTS = `${AS_CSV}; only experiments take .npz and .mat`;

/** How files that are no text start. */
const BINARY: readonly (readonly [magic: string, found: string, remedy: string])[] = [
  ['PK\x03\x04', 'a zip archive, as .npz and .xlsx files are', FOR_EXPERIMENTS],
  ['\x93NUMPY', 'a NumPy array (.npy)', AS_CSV],
  ['MATLAB', 'a MATLAB file (.mat)', FOR_EXPERIMENTS],
  ['\x89HDF', 'an HDF5 file, as .h5 and MATLAB 7.3 files are', AS_CSV],
  ['PAR1', 'a Parquet file', AS_CSV],
  ['\xd0\xcf\x11\xe0', 'a file of an old Excel', AS_CSV],
  ['BZh9', 'a file compressed with bzip2', UNPACKED],
  ['\xfd7zXZ', 'a file compressed with xz', UNPACKED],
  ['\x28\xb5\x2f\xfd', 'a file compressed with Zstandard', UNPACKED],
  ['7z\xbc\xaf', 'a 7z archive', UNPACKED],
  ['ARROW1\0', 'a Feather file', AS_CSV],
  ['SQLite f', 'a database of SQLite', AS_CSV],
  ['%PDF-', 'a PDF', AS_CSV],
  ['\xff\xfe', 'text in UTF-16', AS_CSV],
  ['\xfe\xff', 'text in UTF-16', AS_CSV],
];

/** How many bytes tell a binary file. */
export const LONGEST_MAGIC = 8;

/** What a file is that starts with these bytes; undefined where it may be text. */
export function foreignBytes(bytes: Uint8Array): Foreign | undefined {
  const start = Buffer.from(bytes.subarray(0, LONGEST_MAGIC)).toString('latin1');
  const [, found, remedy] = BINARY.find(([magic]) => start.startsWith(magic)) ?? [];
  return found === undefined || remedy === undefined ? undefined : { found, remedy };
}

const TEXTS: readonly (readonly [start: RegExp, found: string, remedy: string])[] = [
  [/^(%.*\s+|\s+)*@relation\b/i, 'an ARFF file', 'save it as CSV, as Weka does by "Save as"'],
  [/^\s*(\{\s*"|\[\s*[[{])/, 'JSON', 'write it as CSV, as to_csv(…, index=False) of pandas does'],
  [/^\s*<(!doctype|html|\?xml)\b/i, 'a web page or XML', 'download the table itself'],
  [
    /^version https:\/\/git-lfs\./,
    'what stands for a file in Git LFS',
    'get the table itself by git lfs pull',
  ],
  [/^# Created by Octave/, "a text file of Octave's", AS_CSV],
];

/** Several words, and several numbers, which spaces separate. */
const [WORDS, NUMBERS] = [/\S +\S/, /^ *[-+.\de]+(?: +[-+.\de]+)+ *\r?$/i];

const SEPARATORS: ReadonlyMap<string, string> = new Map([
  [';', 'semicolons'],
  ['\t', 'tabs'],
  ['|', 'vertical bars'],
]);

/** What a text is that is taken for a CSV table, by its start, with the first line whole; undefined where it may be one. */
export function foreignText(text: string): Foreign | undefined {
  const [, found, remedy] = TEXTS.find(([start]) => start.test(text)) ?? [];
  if (found !== undefined && remedy !== undefined) return { found, remedy };
  // A spreadsheet names the separator in a line of its own.
  const [first = ''] = text
    .trimStart()
    .replace(/^sep=(.)\r?\n/, '$1')
    .split('\n', 1);
  const outside = first.replace(/"[^"]*"/g, '');
  // Names may hold one of the others: the more frequent one separates them.
  const count = (character: string) => outside.split(character).length - 1;
  const [, separator] =
    [...SEPARATORS].find(([character]) => count(character) > count(',')) ??
    (isSpaced(text) ? [' ', 'spaces'] : []);
  return separator === undefined
    ? undefined
    : {
        found: `columns separated by ${separator}`,
        remedy: 'save the table with commas between columns, and with points in numbers',
      };
}

/** Whether the first line is words and the second, which is whole, numbers, without a comma in either. */
function isSpaced(text: string): boolean {
  const [names, numbers, next] = text.split('\n', 3);
  return next !== undefined && !names.includes(',') && WORDS.test(names) && NUMBERS.test(numbers);
}
