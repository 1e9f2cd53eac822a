import { createReadStream } from 'node:fs';
import { UserError } from '../../errors.js';
import { listed, numberIn } from '../table/cells.js';
import { csvRecords } from './csv-records.js';

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

/**
 * Reads a CSV table in UTF-8 block by block, holding a few blocks in memory: a header, then rows of as many cells, separated by
 * commas and quoted as in RFC 4180. Empty lines, and those of commas alone, are left out.
 *
 * @param bytes those of the file, such as a read stream
 * @param file what errors call it
 * @throws UserError, with the row (the header is row 1), where the bytes are anything else, or hold no row
 */
export async function* csvBlocks(bytes: AsyncIterable<Uint8Array>, file: string): AsyncGenerator<CsvBlock> {
  let columns: readonly string[] | undefined;
  let rowsFound = false;
  for await (const { records, lineOf } of csvRecords(decoded(bytes, file), file)) {
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

/**
 * The text of UTF-8 bytes, without a byte order mark.
 *
 * @throws UserError where they are no UTF-8
 */
async function* decoded(bytes: AsyncIterable<Uint8Array>, file: string): AsyncGenerator<string> {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  let offset = 0;
  const decode = (chunk?: Uint8Array) => {
    try {
      return decoder.decode(chunk, { stream: chunk !== undefined });
    } catch {
      throw new UserError(
        `${file}: expected UTF-8 text, found other bytes after byte ${offset}; save the table as CSV in UTF-8`,
      );
    }
  };
  for await (const chunk of bytes) {
    yield decode(chunk);
    offset += chunk.length;
  }
  decode();
}

/** Whether a line holds nothing, or commas alone, as spreadsheets leave them below a table. */
function isEmpty(cells: readonly string[]): boolean {
  return cells.every((cell) => cell.trim() === '');
}

/** Whether numbers name columns: 0, 1, 2 and so on, or in an order that no row is likely to have, as wavelengths do. */
function areNames(numbers: readonly number[]): boolean {
  if (numbers.length >= 3 && numbers.every((number, column) => number === column)) return true;
  const steps = numbers.slice(1).map((number, column) => Math.sign(number - numbers[column]));
  return steps.length >= 5 && steps[0] !== 0 && steps.every((step) => step === steps[0]);
}

function checkHeader(columns: readonly string[], place: string): void {
  if (columns.length === 1 && /[;\t|]/.test(columns[0])) {
    throw new UserError(
      `${place}: expected columns separated by commas, found "${columns[0]}"; save the table with commas`,
    );
  }
  const numbers = columns.filter((name) => Number.isFinite(numberIn(name)));
  if (2 * numbers.length > columns.length && !areNames(numbers.map(Number))) {
    throw new UserError(
      `${place}: expected a header that names the columns, found ${numbers.length === columns.length ? 'numbers' : `mostly numbers (${listed(columns)})`}; put a line of names above the rows`,
    );
  }
  const nameless = columns.indexOf('');
  if (nameless >= 0) {
    throw new UserError(
      `${place}: column ${nameless + 1} has no name; name it, or leave it out if it is an index of the rows`,
    );
  }
  const names = new Set<string>();
  const twice = columns.find((name) => {
    const isKnown = names.has(name);
    names.add(name);
    return isKnown;
  });
  if (twice !== undefined) throw new UserError(`${place}: two columns are named "${twice}"; rename one`);
}
