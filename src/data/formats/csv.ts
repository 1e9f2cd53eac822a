import { once } from 'node:events';
import { createReadStream } from 'node:fs';
import { CsvError, parse } from 'csv-parse';
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
  let records: string[][] = [];
  let line = 1;
  const parser = parse({
    bom: true,
    record_delimiter: ['\n', '\r\n'],
    relax_column_count: true,
    max_record_size: LONGEST_ROW,
    // Taking records here, rather than from the stream, leaves those before a mistake in hand when it is found.
    on_record: (record: string[]) => {
      records.push(record);
      return null;
    },
  });
  parser.resume();
  const failed = new Promise<never>((_, reject) => {
    parser.on('error', (error) => {
      const { lineOf } = block(records, line);
      reject(error instanceof CsvError ? refusal(error, `${file}, row ${lineOf(records.length)}`) : error);
    });
  });
  // Whoever waits for the parser hears of it.
  failed.catch(() => undefined);
  const take = (): RecordBlock => {
    const taken = block(records, line);
    line = taken.lineOf(records.length);
    records = [];
    return taken;
  };
  const checkEncoding = utf8Check(file);
  for await (const chunk of bytes) {
    // Records wait for the next piece, so that the last line comes with those before it.
    if (records.length > 0) yield take();
    checkEncoding(chunk);
    await Promise.race([failed, new Promise<void>((resolve) => parser.write(chunk, () => resolve()))]);
  }
  checkEncoding();
  const ended = once(parser, 'end');
  ended.catch(() => undefined);
  parser.end();
  await Promise.race([failed, ended]);
  yield take();
}

/** Records of which the first starts on the line `first`. */
function block(records: readonly (readonly string[])[], first: number): RecordBlock {
  let starts: Float64Array | undefined;
  return {
    records,
    lineOf(record) {
      if (!starts) {
        starts = new Float64Array(records.length + 1);
        starts[0] = first;
        for (const [i, cells] of records.entries()) starts[i + 1] = starts[i] + linesOf(cells);
      }
      return starts[record];
    },
  };
}

/** How many lines a record takes. */
function linesOf(cells: readonly string[]): number {
  let lines = 1;
  for (const cell of cells) {
    for (let at = cell.indexOf('\n'); at >= 0; at = cell.indexOf('\n', at + 1)) lines++;
  }
  return lines;
}

/** What a parser's error means for the table's author. */
function refusal({ code, message }: CsvError, place: string): UserError {
  if (code === 'CSV_MAX_RECORD_SIZE') {
    return new UserError(
      `${place}: expected a row of at most ${LONGEST_ROW} characters; is a quote opened there and never closed?`,
    );
  }
  const found: Partial<Record<string, string>> = {
    CSV_QUOTE_NOT_CLOSED: 'a quoted cell that never ends',
    CSV_INVALID_CLOSING_QUOTE: 'a quoted cell that goes on after its closing quote',
    INVALID_OPENING_QUOTE: 'a quote within a cell that does not begin with one',
  };
  return new UserError(
    `${place}: expected quotes as in RFC 4180, found ${found[code] ?? message}; write a quote within a quoted cell twice`,
  );
}

/** Refuses the first piece of a file that is no UTF-8; to be called without one at the end. */
function utf8Check(file: string): (chunk?: Uint8Array) => void {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  let offset = 0;
  return (chunk) => {
    try {
      if (chunk) decoder.decode(chunk, { stream: true });
      else decoder.decode();
    } catch {
      throw new UserError(
        `${file}: expected UTF-8 text, found other bytes after byte ${offset}; save the table as CSV in UTF-8`,
      );
    }
    offset += chunk?.length ?? 0;
  };
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
