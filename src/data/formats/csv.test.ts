import { gzipSync } from 'node:zlib';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { csvBlocks } from './csv.js';
import { csvRecords } from './csv-records.js';
import { fuzzFlipped, fuzzRandom, fuzzTruncated } from './testing/fuzz.js';

/** The bytes in pieces of so many, over and over. */
async function* pieces(bytes: Uint8Array, ...sizes: readonly number[]): AsyncGenerator<Uint8Array> {
  for (let start = 0, i = 0; start < bytes.length; start += sizes[i++ % sizes.length]) {
    yield bytes.subarray(start, start + sizes[i % sizes.length]);
  }
}

interface Table {
  readonly columns: readonly string[];
  /** Each with its number before it. */
  readonly rows: readonly (readonly [number, ...string[]])[];
}

async function read(text: string | Uint8Array, file = 'x.csv', size = 7): Promise<Table> {
  const bytes = typeof text === 'string' ? new TextEncoder().encode(text) : text;
  let columns: readonly string[] = [];
  const rows: [number, ...string[]][] = [];
  for await (const block of csvBlocks(pieces(bytes, size), file)) {
    columns = block.columns;
    block.rows.forEach((cells, row) => {
      rows.push([block.numberOf(row), ...cells.map((cell) => cell.trim())]);
    });
  }
  return { columns, rows };
}

test('a header, and rows that come in pieces of any size', async () => {
  for (const size of [1, 2, 5, 1000]) {
    expect(await read('a, b ,class\n1,2.5,good\n-3e2, 4 ,bad', 'x.csv', size)).toEqual({
      columns: ['a', 'b', 'class'],
      rows: [
        [2, '1', '2.5', 'good'],
        [3, '-3e2', '4', 'bad'],
      ],
    });
  }
});

test('a byte order mark, quotes, lines within cells, empty lines, CRLF and letters of several bytes', async () => {
  const text = '\ufeff"kind, of",a\r\n"x ""y""\r\nz",1\r\n\r\nü€😀,2\r\n  \r\n"",3 ';
  for (const size of [1, 2, 3, 1000]) {
    const { columns, rows } = await read(text, 'x.csv', size);
    expect(columns).toEqual(['kind, of', 'a']);
    expect(rows).toEqual([
      [2, 'x "y"\r\nz', '1'],
      [5, 'ü€😀', '2'],
      [7, '', '3'],
    ]);
  }
});

test('what is written is read, however it is cut', async () => {
  const cell = fc.string({ unit: fc.constantFrom('a', '1', ',', '"', '\n', ' ', 'é'), maxLength: 5 });
  await fc.assert(
    fc.asyncProperty(
      // A row of nothing is an empty line.
      fc.array(fc.tuple(cell, cell, cell).filter((row) => row.some((text) => text.trim() !== ''))),
      fc.integer({ min: 1, max: 9 }),
      async (cells, size) => {
        fc.pre(cells.length > 0);
        const quoted = cells.map((row) => row.map((text) => `"${text.replaceAll('"', '""')}"`).join(','));
        const { rows } = await read(`a,b,c\n${quoted.join('\n')}\n`, 'x.csv', size);
        expect(rows.map(([, ...row]) => row)).toEqual(cells.map((row) => row.map((text) => text.trim())));
        let line = 2;
        cells.forEach((row, index) => {
          expect(rows[index][0]).toBe(line);
          line += 1 + row.join('').split('\n').length - 1;
        });
      },
    ),
    { numRuns: 200, seed: 1 },
  );
});

/** All that comes of a table: its header, the rows with their numbers, and the first mistake, which leaves out rows beside it. */
async function outcome(text: string, sizes: readonly number[]): Promise<unknown> {
  const rows: unknown[] = [];
  try {
    for await (const block of csvBlocks(pieces(new TextEncoder().encode(text), ...sizes), 'x.csv')) {
      block.rows.forEach((cells, row) => {
        rows.push([block.columns, block.numberOf(row), cells]);
      });
    }
  } catch (error) {
    return String(error);
  }
  return rows;
}

test('a table that begins without a quote is read as if it began with one, however both are cut', async () => {
  const text = (maxLength: number, ...units: string[]) =>
    fc.string({ unit: fc.constantFrom(...units), maxLength, size: 'max' });
  const blankLines = text(3, '\n', ' \n', '\r\n');
  const name = fc.oneof(fc.constant('a'), text(2, 'a', '€', ' ', '1', '\ufeff'));
  const letters = ['\r', ' ', '1', 'é', '😀'];
  const rest = text(15, ...letters, ',', ',', '\n', '\n', '\r\n', '"');
  const row = fc.tuple(text(3, ...letters), text(3, ...letters)).map((cells) => `${cells}\n`);
  const body = fc.oneof(
    rest.map((rest) => `\r\n${rest}`),
    fc.tuple(fc.array(row, { maxLength: 5 }), rest).map(([rows, rest]) => `,b\n${rows.join('')}${rest}`),
  );
  const sizes = fc.array(fc.integer({ min: 1, max: 12 }), { minLength: 1, maxLength: 5 });
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom('', '\ufeff'),
      blankLines,
      name,
      body,
      sizes,
      sizes,
      async (mark, blank, name, body, sizes, otherSizes) => {
        expect(await outcome(`${mark}${blank}${name}${body}`, sizes)).toEqual(
          await outcome(`${mark}${blank}"${name}"${body}`, otherSizes),
        );
      },
    ),
    { numRuns: 2000, seed: 1 },
  );
});

test('carriage returns end lines where one alone ends the first, and stay in cells where not', async () => {
  const expected = {
    columns: ['a', 'b'],
    rows: [
      [2, '1', '2'],
      [4, '3', ''],
    ],
  };
  for (const size of [1, 2, 3, 100]) {
    expect(await read('a,b\r1,2\r\r3,\r', 'x.csv', size)).toEqual(expected);
    expect(await read('"a",b\r1,2\r\n\r3,', 'x.csv', size)).toEqual(expected);
  }
  expect((await read('a,b\nx\ry,2\n')).rows).toEqual([[2, 'x\ry', '2']]);
  expect((await read('"a\r",b\n1,2\n')).columns).toEqual(['a', 'b']);
});

test('a line that names the separator is left out', async () => {
  expect(await read('sep=,\r\na,b\r\n1,2\r\n')).toEqual({ columns: ['a', 'b'], rows: [[3, '1', '2']] });
  // Only the first, however the bytes arrive.
  for (const size of [1, 7, 100]) {
    await expect(read('sep=,\nsep=,\na,b\n1,2\n', 'x.csv', size)).rejects.toThrow(
      'row 2: column 2 has no name',
    );
  }
});

describe('a file compressed with gzip', () => {
  test('is read as what it holds', async () => {
    const rows = Array.from({ length: 50_000 }, (_, i) => `${i},${i % 7}`).join('\n');
    const table = await read(gzipSync(`a,b\n${rows}\n`), 'x.csv.gz', 1000);
    expect(table.rows.length).toBe(50_000);
    expect(table.rows[49_999]).toEqual([50_001, '49999', `${49_999 % 7}`]);
  });

  test.each([64, 1 << 20])(
    'may have several members, and zeros after these, in pieces of %d',
    async (size) => {
      const members = [gzipSync('a,b\n1,2\n'), gzipSync('3,4\n')];
      for (const padding of [0, 1, 500, 200_000]) {
        const { rows } = await read(Buffer.concat([...members, Buffer.alloc(padding)]), 'x.csv.gz', size);
        expect(rows).toEqual([
          [2, '1', '2'],
          [3, '3', '4'],
        ]);
      }
    },
  );

  test.each([1, 64, 1 << 20])('is refused where anything else follows, in pieces of %d', async (size) => {
    const [first, second] = [gzipSync('a,b\n1,2\n'), gzipSync('3,4\n')];
    for (const padding of [1, 500, 200_000].filter((zeros) => zeros <= 1000 * size)) {
      for (const rest of [second, Buffer.from('notes')]) {
        const bytes = Buffer.concat([first, Buffer.alloc(padding), rest]);
        await expect(read(bytes, 'x.csv.gz', size)).rejects.toThrow('x.csv.gz: not a whole gzip file (');
      }
    }
  });

  test('is refused where it is cut off, damaged or no table', async () => {
    const whole = gzipSync('a,b\n1,2\n');
    await expect(read(whole.subarray(0, 15))).rejects.toThrow('x.csv: not a whole gzip file (');
    const damaged = Buffer.from(whole);
    damaged[20] ^= 0xff;
    await expect(read(damaged)).rejects.toThrow('x.csv: not a whole gzip file (');
    await expect(read(gzipSync(''))).rejects.toThrow('found nothing');
  });
});

test.each([
  [
    'PK\x03\x04',
    'a zip archive, as .npz and .xlsx files are; save it as CSV in UTF-8, or unpack it; only experiments take .npz',
  ],
  ['\x93NUMPY\x01\x00', 'a NumPy array (.npy)'],
  ['MATLAB 5.0 MAT-file', 'a MATLAB file (.mat)'],
  ['PAR1\x15\x04\x15', 'a Parquet file'],
  ['SQLite format 3\0', 'a database of SQLite'],
  ['\xff\xfea\x00', 'text in UTF-16'],
  ['BZh91AY&SY', 'a file compressed with bzip2; unpack it'],
  ['BZh11AY&SY', 'a file compressed with bzip2; unpack it'],
  ['\xfd7zXZ\x00\x00', 'a file compressed with xz; unpack it'],
  ['\x28\xb5\x2f\xfd\x00X', 'a file compressed with Zstandard; unpack it'],
])('a file that starts with %j is refused', async (start, found) => {
  const bytes = Buffer.from(`${start} and more`, 'latin1');
  await expect(read(bytes)).rejects.toThrow(
    `x.csv: expected a text of values separated by commas, found ${found}`,
  );
  await expect(read(gzipSync(bytes))).rejects.toThrow(
    `x.csv: expected a text of values separated by commas, found ${found.replace(/;|$/, ', in a gzip file$&')}`,
  );
});

test.each([
  'PAR1,PAR2',
  'MATLAB,R',
  'MATLAB 5,R',
  'SQLite fast,slow',
  'BZh,7z',
  `${'n'.repeat(252)},mustard`,
])('a line of names such as %s is that of a table', async (names) => {
  const { columns } = await read(Buffer.from(`${names}\n1,2\n3,4\n`));
  expect(columns).toEqual(names.split(','));
});

test('archives of tables are told by their content, however they are packed', async () => {
  const header = Buffer.alloc(512);
  header.write('table.csv');
  header.write('ustar\0', 257);
  const archive = Buffer.concat([header, Buffer.from('a,b\n1,2\n')]);
  const remedy = 'unpack it, or compress the table alone with gzip (.csv.gz)';
  await expect(read(archive)).rejects.toThrow(`found a tar archive; ${remedy}`);
  await expect(read(gzipSync(archive))).rejects.toThrow(`found a tar archive, in a gzip file; ${remedy}`);
  await expect(read(gzipSync(gzipSync('a,b\n1,2\n')))).rejects.toThrow(
    `found a file compressed with gzip, in a gzip file; ${remedy}`,
  );
});

test.each([
  ['an empty file', '', 'x.csv: expected a header and at least one row, found nothing'],
  ['a header alone', 'a,b\n', 'x.csv: expected a header and at least one row, found only a header'],
  [
    'another separator',
    'a;b\n1;0\n',
    'x.csv, row 1: expected columns separated by commas, found columns separated by semicolons',
  ],
  [
    'another separator and quotes',
    '"a";"b"\n"1";"0"\n',
    'x.csv, row 1: expected columns separated by commas, found columns separated by semicolons',
  ],
  ['a line that names it', 'sep=;\na;b\n1;0\n', 'found columns separated by semicolons'],
  ['semicolons and a comma in a name', 'a;b, c;d\n1;0;2\n', 'found columns separated by semicolons'],
  ['spaces', 'a b  c\n1.5  -2 1e3\n', 'found columns separated by spaces'],
  [
    'a pointer of Git LFS',
    'version https://git-lfs.github.com/spec/v1\noid sha256:4d\nsize 12\n',
    'git lfs pull',
  ],
  ['tabs', 'a\tb\n1\t0\n', 'found columns separated by tabs'],
  ['ARFF', '% made by Weka\n\n@RELATION parts\n', 'found an ARFF file; save it as CSV'],
  ['JSON', '[{"a": 1, "b": 2}]', 'found JSON; write it as CSV'],
  ['a web page', '<!DOCTYPE html><html>', 'found a web page or XML'],
  ["Octave's text", '# Created by Octave 8.4\n# name: X\n', "found a text file of Octave's"],
  [
    'row names of R',
    '"a","b"\n"1",3,4\n',
    'row 2: expected 2 cells, one a column of the header, found 3; a cell that contains a comma has to be in double quotes; where R wrote names',
  ],
  ['no header', '1,2\n3,4\n', 'row 1: expected a header that names the columns, found numbers'],
  ['a column twice', 'a,a\n3,4\n', 'row 1: two columns are named "a"; rename one'],
  ['a column without a name', ',a\n0,4\n', 'row 1: column 1 has no name; name it, or leave it out'],
  ['a comma at the end of each line', 'a,b,\n0,4,\n', 'or what a comma at the end of each line makes'],
  [
    'a comment above the header',
    '# of 2020\na,b\n0,4\n',
    'row 2: expected 1 cell, one a column of the header, found 2; is the first line',
  ],
  [
    'a short row',
    'a,b,c\n1,2,0\n\n1,0\n',
    'x.csv, row 4: expected 3 cells, one a column of the header, found 2',
  ],
  ['a long row', 'a,b\n1,2,0\n', 'x.csv, row 2: expected 2 cells, one a column of the header, found 3'],
  [
    'an open quote',
    'a,b\n1,2\n1,"0\n2,3\n',
    'x.csv, row 3: expected quotes as in RFC 4180, found a quoted cell that never ends',
  ],
  [
    'text after a quote',
    'a,b\n1,2\n"1"x,0\n2,"3"\n',
    'row 3: expected quotes as in RFC 4180, found a quoted cell that goes on',
  ],
  ...['"x" ,0', '0, "x"'].map((row): [string, string, string] => [
    `a space beside a quote, ${row},`,
    `a,b\n${row}\n`,
    'the quote where it is a space, else ',
  ]),
])('%s is refused', async (_, text, message) => {
  await expect(read(text, 'x.csv', 100)).rejects.toThrow(message);
  await expect(read(text, 'x.csv', 100)).rejects.toHaveProperty('name', 'UserError');
});

test.each([
  ['1.4,1.1,-2.3,1.2,setosa', '1.3,1.2,-2.1,1.5,setosa'],
  ['5,?,3,1', '4,2,3,1'],
  ['1.5,NA,?', '1.2,3,4'],
  ['1,2,3', '4,5,6'],
  ['3,1,2,ok', '3,2,2,ok'],
  ['1e-3,2.5', '2e-3,2'],
  ['.1,.2,.4,.5,.6,.9,ok', '.2,.3,.4,.6,.7,.8,ok'],
  ['9,8,7,5,4,2', '8.5,8,6,5,3,1'],
])('the header %j above %j is a row', async (header, row) => {
  await expect(read(`${header}\n${row}\n`)).rejects.toThrow(
    'x.csv, row 1: expected a header that names the columns, found',
  );
});

test.each([
  ['0,1,2,3,label', '0,1,2,3,4'],
  ['label,0,1,2', 'a,3,1,2'],
  ['400.5,401,401.5,402,402.5,403,y', '.1,.3,.2,.5,.4,.3,a'],
  ['1,2,3,4,5,6,7', '1,3,5,8,9,12,13'],
  ['1,2,a,b', '3,4,5,6'],
  ['RI,Na,Mg', '1.5,13,4'],
  ['x1,x2', 'x2,x1'],
])('the header %j above %j names columns', async (header, row) => {
  expect((await read(`${header}\n${row}\n`)).columns).toEqual(header.split(','));
});

test.each(['color,wood\nred,oak\ncolor,wood\nred,pine\n', 'red,oak\nblue,oak\n"red", oak\n'])(
  'a row of the cells of the header is refused: %j',
  async (text) => {
    await expect(read(text)).rejects.toThrow(
      'x.csv, row 3: the same cells as in the header; delete the line, or put a line of names above the rows',
    );
  },
);

test.each([',,', ',', ' , ,', '"",,""'])('a line %j of commas alone is empty', async (line) => {
  const { rows } = await read(`a,b,c\n1,2,3\n${line}\n4,,\n${line}\n`);
  expect(rows).toEqual([
    [2, '1', '2', '3'],
    [4, '4', '', ''],
  ]);
});

test('a null character is refused, wherever it stands', async () => {
  for (const text of ['a,b\n1,\0\n', 'a,"b"\0\n1,2\n']) {
    await expect(read(text, 'x.csv', 100)).rejects.toThrow(
      'x.csv: expected UTF-8 text, found a null character after byte 0',
    );
  }
});

test('text of another encoding is refused', async () => {
  const latin1 = Buffer.from('a,b\n1,0\nKöln,1\n', 'latin1');
  await expect(read(latin1)).rejects.toThrow(
    'x.csv: expected UTF-8 text, found other bytes after byte 7; save',
  );
  await expect(read(latin1.subarray(0, 10))).rejects.toThrow('x.csv: expected UTF-8 text');
});

describe.each([
  ['a quote that is never closed', '"', 'x\n'],
  ['a line that never ends', '', 'x'],
  ['a line of letters of several bytes that never ends', '', '€'],
])('%s does not fill the memory', (_, opening, text) => {
  /** Gives pieces of one row, and says how many were taken until it was refused. */
  async function takenUntilRefused(longest: number, piece: string): Promise<number> {
    let taken = 0;
    async function* long(): AsyncGenerator<string> {
      yield `a,b\n1,${opening}`;
      for (; taken < 1000; taken++) yield piece;
    }
    const reading = (async () => {
      for await (const _ of csvRecords(long(), 'x.csv', longest));
    })();
    await expect(reading).rejects.toThrow(
      `x.csv, row 2: expected a row of at most ${longest} bytes; is a quote opened there`,
    );
    return taken;
  }

  test.each([1, 16, 64])('with room for %d pieces', async (room) => {
    const piece = text.repeat(1024 / text.length);
    const taken = await takenUntilRefused(room * Buffer.byteLength(piece), piece);
    expect(taken).toBeGreaterThanOrEqual(room - 1);
    expect(taken).toBeLessThanOrEqual(room + 1);
  });
});

test('a long table is read as far as its rows are taken', async () => {
  let sent = 0;
  async function* long(): AsyncGenerator<Uint8Array> {
    yield Buffer.from('a,b\n');
    for (; sent < 100; sent++) yield Buffer.alloc(1 << 16, '1,2\n');
  }
  let rows = 0;
  for await (const block of csvBlocks(long(), 'x.csv')) {
    rows += block.rows.length;
    if (rows >= 1 << 16) break;
  }
  expect(sent).toBeLessThan(8);
});

const fuzzed = {
  read: (bytes: Uint8Array) => read(bytes, 'fuzzed.csv'),
  check: ({ columns, rows }: Table) => {
    for (const row of rows) expect(row).toHaveLength(columns.length + 1);
  },
};
const whole = new Uint8Array(Buffer.from('length,width,"kind"\n1.5,2,good\n-3e2,4,"bad"\n7,8,"go\nod"\n'));
test('truncated anywhere: an error, or rows as the header has it', () => fuzzTruncated(fuzzed, whole));
test('with bytes replaced: an error, or rows as the header has it', () => fuzzFlipped(fuzzed, whole));
test('random bytes: an error, or rows as the header has it', () => fuzzRandom(fuzzed, whole));
