import { UserError } from '../../errors.js';
import { readPieces } from '../../read-file.js';
import { listed, numberIn } from '../table/cells.js';
import { csvRecords } from './csv-records.js';
import { foreignText } from './foreign.js';
import { textOf } from './text.js';

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
export function openCsv(path: string): AsyncGenerator<CsvBlock> {
  return csvBlocks(path === '-' ? process.stdin : readPieces(path, { what: 'a CSV file' }), nameOf(path));
}

/**
 * Reads a CSV table in UTF-8, plain or compressed with gzip, block by block, holding a few blocks in memory: a header, then rows of as
 * many cells, separated by commas and quoted as in RFC 4180. Empty lines, and those of commas alone, are left out, and so is
 * a first line `sep=,`.
 *
 * @param bytes those of the file, such as a read stream
 * @param file what errors call it
 * @throws UserError, with the row (the header is row 1), where the bytes are anything else, or hold no row
 */
export async function* csvBlocks(bytes: AsyncIterable<Uint8Array>, file: string): AsyncGenerator<CsvBlock> {
  let columns: readonly string[] | undefined;
  let isFirst = true;
  let rowsFound = false;
  for await (const { records, lineOf } of csvRecords(likeCsv(textOf(bytes, file), file), file)) {
    const filled = records.flatMap((cells, record) => (isEmpty(cells) ? [] : [{ cells, record }]));
    if (isFirst && filled.length > 0) {
      isFirst = false;
      if (namesSeparator(filled[0].cells)) filled.shift();
    }
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
            'a cell that contains a comma has to be in double quotes' +
            (rowsFound || cells.length !== columns.length + 1
              ? ''
              : '; where R wrote names before the rows, save the table with row.names = FALSE'),
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

/** Refuses text that starts as that of another format does. */
async function* likeCsv(pieces: AsyncIterable<string>, file: string): AsyncGenerator<string> {
  let isStart = true;
  for await (const piece of pieces) {
    const foreign = isStart ? foreignText(piece) : undefined;
    isStart = false;
    if (foreign) {
      throw new UserError(
        `${file}, row 1: expected columns separated by commas, found ${foreign.found}; ${foreign.remedy}`,
      );
    }
    yield piece;
  }
}

/** The line by which spreadsheets tell the separator. */
function namesSeparator(cells: readonly string[]): boolean {
  return cells.length === 2 && cells[0] === 'sep=' && cells[1] === '';
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
