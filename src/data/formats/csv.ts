import { createReadStream } from 'node:fs';
import Papa from 'papaparse';
import { UserError } from '../../errors.js';

/** Some rows of a CSV table, one after the other. */
export interface CsvBlock {
  /** The names in the header: the same in every block of a table. */
  readonly columns: readonly string[];
  /** The cells of each row, one a column, as the file has them: space around them is not yet trimmed. */
  readonly rows: readonly (readonly string[])[];
  /** The number of a row of this block: the line of the file on which it starts, where the header is row 1. */
  numberOf(row: number): number;
}

/** What errors call a file that may be standard input. */
export function nameOf(path: string): string {
  return path === '-' ? 'standard input' : path;
}

/**
 * Reads a CSV table from a file, or from standard input where the path is `-`, as `csvBlocks` does.
 *
 * @throws UserError as csvBlocks does, or where the file cannot be read
 */
export async function* openCsv(path: string): AsyncGenerator<CsvBlock> {
  try {
    yield* csvBlocks(path === '-' ? process.stdin : createReadStream(path), nameOf(path));
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === undefined) throw error;
    const reasons: Partial<Record<string, string>> = {
      ENOENT: 'no such file',
      EISDIR: 'expected a CSV file, found a folder',
    };
    throw new UserError(`${path}: ${reasons[code] ?? message}`);
  }
}

/** Characters within which a row must end, so that a quote that is never closed does not fill the memory. */
const LONGEST_ROW = 1 << 24;

/**
 * Reads a CSV table in UTF-8 block by block, holding a few blocks in memory: a header, then rows of as many cells, separated by
 * commas and quoted as in RFC 4180. Empty lines are left out.
 *
 * @param bytes those of the file, such as a read stream
 * @param file what errors call it
 * @throws UserError, with the row (the header is row 1), where the bytes are anything else, or hold no row
 */
export async function* csvBlocks(bytes: AsyncIterable<Uint8Array>, file: string): AsyncGenerator<CsvBlock> {
  let columns: readonly string[] | undefined;
  let rowsFound = false;
  for await (const { records, lineOf } of recordBlocks(bytes, file)) {
    const filled = records.flatMap((cells, record) => (isEmpty(cells) ? [] : [{ cells, record }]));
    if (!columns && filled.length > 0) {
      const [{ cells, record }] = filled.splice(0, 1);
      columns = cells.map((name) => name.trim());
      checkHeader(columns, `${file}, row ${lineOf(record)}`);
    }
    if (!columns || filled.length === 0) continue;
    for (const { cells, record } of filled) {
      if (cells.length !== columns.length) {
        throw new UserError(
          `${file}, row ${lineOf(record)}: expected ${columns.length} cells, one a column of the header, found ${cells.length}; ` +
            'a cell that contains a comma has to be in double quotes',
        );
      }
    }
    rowsFound = true;
    yield {
      columns,
      rows: filled.map(({ cells }) => cells),
      numberOf: (row) => lineOf(filled[row].record),
    };
  }
  if (!rowsFound) {
    throw new UserError(
      `${file}: expected a header and at least one row, found ${columns ? 'only a header' : 'nothing'}`,
    );
  }
}

/** Some records of a CSV file, of any lengths, and the line on which each starts. */
interface RecordBlock {
  readonly records: readonly (readonly string[])[];
  lineOf(record: number): number;
}

async function* recordBlocks(bytes: AsyncIterable<Uint8Array>, file: string): AsyncGenerator<RecordBlock> {
  const parser = new Papa.Parser({ delimiter: ',', newline: '\n' });
  let line = 1;
  /** Text whose record has not ended yet. */
  let pending = '';
  for await (const { text, last } of texts(bytes, file)) {
    pending += text;
    const whole = last ? pending : pending.slice(0, pending.lastIndexOf('\n') + 1);
    const { data, errors, meta } = parser.parse(whole, 0, !last) as Papa.ParseResult<string[]>;
    const lineOf = linesOf(data, whole, line);
    const malformed = errors.find(({ row = 0 }) => row < data.length);
    if (malformed) {
      throw new UserError(
        `${file}, row ${lineOf(malformed.row ?? 0)}: expected quotes as in RFC 4180, found a quoted cell that ` +
          `${malformed.code === 'MissingQuotes' ? 'never ends' : 'goes on after its closing quote'}; write a quote within a cell twice`,
      );
    }
    line = lineOf(data.length);
    pending = pending.slice(meta.cursor);
    if (!last && pending.length > LONGEST_ROW) {
      throw new UserError(
        `${file}, row ${line}: expected a row of at most ${LONGEST_ROW} characters; is a quote opened there and never closed?`,
      );
    }
    yield { records: data, lineOf };
  }
}

/** Decodes UTF-8, without a byte order mark. The last text is marked. */
async function* texts(
  bytes: AsyncIterable<Uint8Array>,
  file: string,
): AsyncGenerator<{ readonly text: string; readonly last: boolean }> {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  let offset = 0;
  const decode = (chunk?: Uint8Array): string => {
    try {
      return chunk ? decoder.decode(chunk, { stream: true }) : decoder.decode();
    } catch {
      throw new UserError(
        `${file}: expected UTF-8 text, found other bytes after byte ${offset}; save the table as CSV in UTF-8`,
      );
    }
  };
  for await (const chunk of bytes) {
    yield { text: decode(chunk), last: false };
    offset += chunk.length;
  }
  yield { text: decode(), last: true };
}

/** The lines on which records start, of which the first starts on `first`, and the line after them all. */
function linesOf(
  records: readonly (readonly string[])[],
  text: string,
  first: number,
): (record: number) => number {
  // Only a quoted cell can hold an end of line.
  if (!text.includes('"')) return (record) => first + record;
  const starts = new Float64Array(records.length + 1);
  starts[0] = first;
  records.forEach((cells, record) => {
    starts[record + 1] =
      starts[record] + cells.reduce((lines, cell) => lines + cell.split('\n').length - 1, 1);
  });
  return (record) => starts[record];
}

function isEmpty(cells: readonly string[]): boolean {
  return cells.length === 1 && cells[0].trim() === '';
}

function checkHeader(columns: readonly string[], place: string): void {
  if (columns.length === 1 && /[;\t|]/.test(columns[0])) {
    throw new UserError(
      `${place}: expected columns separated by commas, found "${columns[0]}"; save the table with commas`,
    );
  }
  if (columns.every((name) => name !== '' && !Number.isNaN(Number(name)))) {
    throw new UserError(`${place}: expected a header that names the columns, found numbers`);
  }
  const nameless = columns.indexOf('');
  if (nameless >= 0) {
    throw new UserError(
      `${place}: column ${nameless + 1} has no name; name it, or leave it out if it is an index of the rows`,
    );
  }
  const twice = columns.find((name, column) => columns.indexOf(name) !== column);
  if (twice !== undefined) throw new UserError(`${place}: two columns are named "${twice}"; rename one`);
}
