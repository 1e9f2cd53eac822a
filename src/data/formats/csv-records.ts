import { CsvError, parse as openParser } from 'csv-parse';
import { UserError } from '../../errors.js';

/** Some records of a CSV file, of any lengths, and the line on which each starts. */
export interface RecordBlock {
  readonly records: readonly (readonly string[])[];
  lineOf(record: number): number;
  /** How many lines it takes. */
  linesOf(record: number): number;
}

/** Bytes within which a row must end, so that a quote that is never closed does not fill the memory. */
const LONGEST_ROW = 1 << 24;

/**
 * Reads the records of CSV text, block by block: lines of cells, separated by commas and quoted as in RFC 4180.
 *
 * Text without a quote is split at line feeds and commas, which is all that CSV means there and several times as fast as to look at
 * each character. From the first piece with a quote on, or with a row that may be too long, csv-parse has the rest.
 *
 * @param pieces the text, cut anywhere
 * @param file what errors call it
 * @param longest bytes within which a row must end
 * @throws UserError, with the row (the first line is row 1) and after all records before it, where quotes are not as in RFC 4180 or a
 *   row is too long
 */
export async function* csvRecords(
  pieces: AsyncIterable<string>,
  file: string,
  longest = LONGEST_ROW,
): AsyncGenerator<RecordBlock> {
  // The characters that so many bytes of UTF-8 hold at least: no row of a text that short is too long.
  const surelyShort = longest / 3;
  let text = '';
  let line = 1;
  let parse: QuotedParser | undefined;
  for await (const piece of pieces) {
    if (parse) {
      yield* parse(piece);
      continue;
    }
    text += piece;
    if (piece.includes('"') || text.length > surelyShort) {
      parse = quotedParser(line, file, longest);
      yield* parse(text);
      continue;
    }
    const lines = text.split('\n');
    text = lines.pop() ?? '';
    yield plainBlock(lines.map(withoutReturn), line);
    line += lines.length;
  }
  if (parse) yield* parse();
  else if (text !== '') yield plainBlock([text], line);
}

/** Lines without a quote, of which the first has this number. */
function plainBlock(lines: readonly string[], first: number): RecordBlock {
  return {
    records: lines.map((line) => line.split(',')),
    lineOf: (record) => first + record,
    linesOf: () => 1,
  };
}

/** A line that a line feed ended, or a carriage return and a line feed. */
function withoutReturn(line: string): string {
  return line.endsWith('\r') ? line.slice(0, -1) : line;
}

/** Gives the records that a piece of text ends; without one, the last record. */
type QuotedParser = (piece?: string) => AsyncGenerator<RecordBlock>;

/** Parses text whose first line has this number. */
function quotedParser(first: number, file: string, longest: number): QuotedParser {
  let records: string[][] = [];
  let line = first;
  const parser = openParser({
    record_delimiter: ['\n', '\r\n'],
    relax_column_count: true,
    max_record_size: longest,
    // Taking records here, rather than from the stream, leaves those before a mistake in hand when it is found.
    on_record: (record: string[]) => {
      records.push(record);
      return null;
    },
  });
  // Whoever gives it text hears of it.
  parser.on('error', () => undefined);
  const take = (): RecordBlock => {
    const starts = [line];
    for (const cells of records) starts.push(starts[starts.length - 1] + linesOf(cells));
    const block = {
      records,
      lineOf: (record: number) => starts[record],
      linesOf: (record: number) => starts[record + 1] - starts[record],
    };
    line = starts[records.length];
    records = [];
    return block;
  };
  return async function* (piece) {
    const error = await new Promise<Error | null | undefined>((resolve) => {
      if (piece === undefined) parser.end(resolve);
      else parser.write(piece, resolve);
    });
    yield take();
    if (error) throw error instanceof CsvError ? refusal(error, `${file}, row ${line}`, longest) : error;
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
function refusal({ code, message }: CsvError, place: string, longest: number): UserError {
  if (code === 'CSV_MAX_RECORD_SIZE') {
    return new UserError(
      `${place}: expected a row of at most ${longest} bytes; is a quote opened there and never closed?`,
    );
  }
  const twice = 'write a quote within a quoted cell twice';
  const mistakes: ReadonlyMap<string, readonly [found: string, remedy: string]> = new Map([
    ['CSV_QUOTE_NOT_CLOSED', ['a quoted cell that never ends', twice]],
    [
      'CSV_INVALID_CLOSING_QUOTE',
      [
        'a quoted cell that goes on after its closing quote',
        `take away what follows the quote where it is a space, else ${twice}`,
      ],
    ],
    [
      'INVALID_OPENING_QUOTE',
      [
        'a quote within a cell that does not begin with one',
        `take away what is before the quote where it is a space, else put the cell in quotes and ${twice}`,
      ],
    ],
  ]);
  const [found, remedy] = mistakes.get(code) ?? [message, twice];
  return new UserError(`${place}: expected quotes as in RFC 4180, found ${found}; ${remedy}`);
}
