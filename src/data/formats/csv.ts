import { UserError } from '../../errors.js';
import { readPieces } from '../../files/read-file.js';
import { counted } from '../../messages/counted.js';
import { isMissing, listed, numberIn } from '../table/cells.js';
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
  /** How many lines a row of this block takes: more than one where a cell in quotes has several. */
  linesOf(row: number): number;
}

/** What errors call a file that may be standard input. */
export function nameOf(path: string): string {
  return path === '-' ? 'standard input' : path;
}

/**
 * Reads a CSV table from a file, or from standard input where the path is `-`, as `csvBlocks` does.
 *
 * @param ifPipe what to do where it is a pipe, where standard input is read
 * @throws UserError as csvBlocks does, or where the file cannot be read
 */
export function openCsv(path: string, ifPipe?: string): AsyncGenerator<CsvBlock> {
  const bytes = path === '-' ? process.stdin : readPieces(path, { what: 'a CSV file', ifPipe });
  return csvBlocks(bytes, nameOf(path));
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
  for await (const { records, lineOf, linesOf } of csvRecords(likeCsv(textOf(bytes, file), file), file)) {
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
    for (const [row, { cells, record }] of filled.entries()) {
      if (cells.length !== columns.length) {
        throw new UserError(
          `${file}, row ${lineOf(record)}: ${otherLength(cells.length, columns.length, !rowsFound && row === 0)}`,
        );
      }
      if (repeats(cells, columns)) {
        throw new UserError(
          `${file}, row ${lineOf(record)}: the same cells as in the header; delete the line, or put a line of names above the rows ` +
            'where the header is a row',
        );
      }
    }
    if (!rowsFound) checkFirstRow(columns, filled[0].cells, file);
    rowsFound = true;
    yield {
      columns,
      rows: filled.map(({ cells }) => cells),
      numberOf: (row) => lineOf(filled[row].record),
      linesOf: (row) => linesOf(filled[row].record),
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

/** What is wrong with a row of another length than the header, and how to mend it. */
function otherLength(found: number, expected: number, isFirst: boolean): string {
  const remedy = 'a cell that contains a comma has to be in double quotes';
  return (
    `expected ${counted(expected, 'cell')}, one a column of the header, found ${found}; ` +
    (expected === 1 ? `is the first line a header that names all columns? If so, ${remedy}` : remedy) +
    (isFirst && expected > 1 && found === expected + 1
      ? '; where R wrote names before the rows, save the table with row.names = FALSE'
      : '')
  );
}

/** Whether a row holds the names of the columns, as where tables were joined; numbers that count columns may be a row's too. */
function repeats(cells: readonly string[], columns: readonly string[]): boolean {
  return cells.every((cell, column) => cell.trim() === columns[column]) && !columns.every(isValue);
}

/** Whether a cell of a header is more likely to be one of a row: a number, or what says that one is missing. */
function isValue(name: string): boolean {
  return isMissing(name) || Number.isFinite(numberIn(name));
}

/** Whether numbers name columns by counting them: 0, 1, 2 and so on, or from another integer on. */
export function areCounted(numbers: readonly number[]): boolean {
  const [first] = numbers;
  return (
    numbers.length >= (first === 0 ? 3 : FEWEST_ORDERED) &&
    numbers.every((number, column) => number === first + column)
  );
}

/** Numbers from which on a row is not likely to be in order by chance. */
const FEWEST_ORDERED = 6;

/** Whether numbers rise (1) or fall (-1) from each to the next, as wavelengths that name columns do; else 0. */
function orderOf(numbers: readonly number[]): number {
  if (numbers.length < FEWEST_ORDERED) return 0;
  const steps = numbers.slice(1).map((number, column) => Math.sign(number - numbers[column]));
  return steps.every((step) => step === steps[0]) ? steps[0] : 0;
}

/** The numbers among the cells of a line. */
function numbersOf(cells: readonly string[]): number[] {
  return cells.map(numberIn).filter(Number.isFinite);
}

/** Refuses a header of numbers in an order that the first row has too, so that the header may be a row as well. */
function checkFirstRow(columns: readonly string[], cells: readonly string[], file: string): void {
  const names = numbersOf(columns);
  const order = orderOf(names);
  if (
    order === 0 ||
    2 * names.length <= columns.length ||
    areCounted(names) ||
    orderOf(numbersOf(cells)) !== order
  ) {
    return;
  }
  throw new UserError(
    `${file}, row 1: expected a header that names the columns, found numbers that ${order > 0 ? 'rise' : 'fall'} as those of the first row do ` +
      `(${listed(columns)}); put a line of names above the rows, or other names into it`,
  );
}

function checkHeader(columns: readonly string[], place: string): void {
  const numbers = numbersOf(columns);
  const isRow = numbers.length > 0 && 2 * columns.filter(isValue).length > columns.length;
  if (isRow && !areCounted(numbers) && orderOf(numbers) === 0) {
    throw new UserError(
      `${place}: expected a header that names the columns, found ${numbers.length === columns.length ? 'numbers' : `mostly numbers (${listed(columns)})`}; put a line of names above the rows`,
    );
  }
  const nameless = columns.indexOf('');
  if (nameless >= 0) {
    throw new UserError(
      `${place}: column ${nameless + 1} has no name; name it, or leave it out if it is an index of the rows` +
        (nameless > 0 && nameless === columns.length - 1
          ? ' or what a comma at the end of each line makes'
          : ''),
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
