import { createReadStream } from 'node:fs';
import { CsvError, parse } from 'csv-parse';
import { UserError } from '../../errors.js';

/** A CSV file while it is read. */
export interface CsvRows {
  /** The names of the columns. */
  readonly header: readonly string[];
  /** The records after the header, some thousands at a time. */
  readonly blocks: AsyncIterable<CsvBlock>;
}

export interface CsvBlock {
  /** The fields of each record, as many as the header has. */
  readonly records: readonly (readonly string[])[];
  /** The line of the file on which each record ends; the header's is 1. */
  readonly rows: readonly number[];
}

const BLOCK_ROWS = 4096;

/**
 * Opens a CSV file to be read in bounded memory.
 *
 * @param path a file, or `-` for standard input
 * @throws UserError, with row, where it cannot be read or is no CSV table with a header; so do the blocks
 */
export async function openCsv(path: string): Promise<CsvRows> {
  const file = path === '-' ? 'standard input' : path;
  const blocks = readBlocks(path, file);
  const first = await blocks.next();
  if (first.done) throw new UserError(`${file}: expected a header and at least one row, found nothing`);
  const [header, ...records] = first.value.records;
  checkHeader(header, file);
  async function* following(): AsyncGenerator<CsvBlock> {
    if (records.length > 0) yield { records, rows: first.value.rows.slice(1) };
    yield* blocks;
  }
  return { header, blocks: following() };
}

async function* readBlocks(path: string, file: string): AsyncGenerator<CsvBlock> {
  const source = path === '-' ? process.stdin : createReadStream(path);
  const parser = parse({ bom: true, skip_empty_lines: true, trim: true, info: true });
  source.on('error', (error: Error) => parser.destroy(error));
  source.pipe(parser);
  let records: string[][] = [];
  let rows: number[] = [];
  try {
    for await (const { record, info } of parser) {
      records.push(record);
      rows.push(info.lines);
      if (records.length === BLOCK_ROWS) {
        yield { records, rows };
        [records, rows] = [[], []];
      }
    }
  } catch (error) {
    if (error instanceof CsvError) throw new UserError(`${file}: not a CSV table: ${error.message}`);
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') throw new UserError(`${file}: no such file`);
    if (code === 'EISDIR') throw new UserError(`${file}: expected a CSV file, found a folder`);
    throw error;
  }
  if (records.length > 0) yield { records, rows };
}

/** @throws UserError where a first record names no columns */
export function checkHeader(columns: readonly string[], file: string): void {
  if (columns.length < 2) {
    throw new UserError(
      `${file}, row 1: expected at least two columns separated by commas, found one: "${columns[0]}"`,
    );
  }
  if (columns.every((name) => name !== '' && !Number.isNaN(Number(name)))) {
    throw new UserError(`${file}, row 1: expected a header that names the columns, found numbers`);
  }
  const twice = columns.find((name, column) => columns.indexOf(name) !== column);
  if (twice !== undefined)
    throw new UserError(`${file}, row 1: two columns are named "${twice}"; rename one`);
}
