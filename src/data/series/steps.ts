import { UserError } from '../../errors.js';
import { readPieces } from '../../files/read-file.js';
import { areCounted } from '../formats/csv.js';
import { csvRecords } from '../formats/csv-records.js';
import { textOf } from '../formats/text.js';
import { labelName } from '../label-names.js';
import { isMissing, listed, noNumber, numberIn, shown } from '../table/cells.js';

const SERIES = { what: 'a time series' };

/** One time step of a series: its values, as numbers and as the file has them, and the line it is on, counted from 1. */
export interface Step {
  readonly cells: readonly string[];
  readonly values: readonly number[];
  readonly row: number;
}

/**
 * Reads a file of comma-separated finite numbers without a header, a time step a line, in bounded memory.
 *
 * @throws UserError, with row and column counted from 1, where the file is missing, empty or anything else
 */
export async function* readSteps(file: string): AsyncGenerator<Step> {
  let columns: number | undefined;
  for await (const { cells, row } of readLines(file, 'a time step')) {
    const place = `${file}, row ${row}`;
    if (columns === undefined) checkNoNames(cells, place);
    const values = parseStep(cells, place, columns === undefined);
    columns ??= values.length;
    if (values.length !== columns) {
      throw new UserError(`${place}: expected ${columns} values as in row 1, found ${values.length}`);
    }
    yield { cells, values, row };
  }
}

/** Truth values as numbers, as Python has them. */
const TRUTH = new Map([
  ['false', 0],
  ['true', 1],
]);

/**
 * Reads whether each time step is anomalous: a line of 0 or 1 for each, or of false or true in any case.
 *
 * @throws UserError, with the row counted from 1, where the file is missing or empty, or a label is another
 */
export async function readStepLabels(file: string): Promise<Uint8Array> {
  const labels: number[] = [];
  for await (const { cells, row } of readLines(file, 'a label')) {
    const [cell] = cells;
    const label = TRUTH.get(labelName(cell)) ?? numberIn(cell);
    if (cells.length > 1 || (label !== 0 && label !== 1)) {
      throw new UserError(
        `${file}, row ${row}: expected 0 (normal) or 1 (anomalous), found ${shown(cells.join())}; it is a label a line, without a line of names`,
      );
    }
    labels.push(label);
  }
  return Uint8Array.from(labels);
}

/**
 * The lines of a file, of which the last ones may be empty.
 *
 * @param what what a line holds, for messages
 * @throws UserError where the file is missing or empty, or a line before others is
 */
async function* readLines(file: string, what: string): AsyncGenerator<Pick<Step, 'cells' | 'row'>> {
  let isEmpty = true;
  let blank: number | undefined;
  for await (const { records, lineOf } of csvRecords(textOf(readPieces(file, SERIES), file), file)) {
    for (const [record, cells] of records.entries()) {
      const row = lineOf(record);
      if (cells.length === 1 && cells[0].trim() === '') {
        blank ??= row;
        continue;
      }
      if (blank !== undefined) {
        throw new UserError(
          `${file}, row ${blank}: expected ${what}, found an empty line before others; delete it`,
        );
      }
      isEmpty = false;
      yield { cells, row };
    }
  }
  if (isEmpty) throw new UserError(`${file}: expected ${what} a line, found none`);
}

/** @throws UserError where there are not as many labels as time steps */
export function checkLabelCount(anomalies: Uint8Array, labels: string, file: string, steps: number): void {
  if (anomalies.length === steps) return;
  throw new UserError(
    `${labels}: expected ${steps} labels, one for each time step of ${file}, found ${anomalies.length}`,
  );
}

/** Refuses a first line that names the columns, also by numbers that count them, with or without a name of the index before them. */
function checkNoNames(cells: readonly string[], place: string): void {
  const numbers = cells.filter((cell) => !isMissing(cell)).map(numberIn);
  const isCount = areCounted(numbers) && (numbers.length === cells.length || isMissing(cells[0]));
  if (!isCount && (numbers.length < cells.length || numbers.some(Number.isFinite))) return;
  throw new UserError(
    `${place}: expected a time step, found ${isCount ? 'numbers that count the columns' : 'no number'} ` +
      `(${listed(cells.map((cell) => cell.trim()))}); a time series is numbers separated by commas, without a line of names`,
  );
}

/** @param isFirst whether it is the first, in which a column of texts shows */
function parseStep(cells: readonly string[], place: string, isFirst: boolean): number[] {
  return cells.map((text, column) => {
    const value = numberIn(text);
    if (Number.isFinite(value)) return value;
    const remedy =
      isFirst && !isMissing(text)
        ? 'take a column that is none of numbers, as one of the time, out of all files'
        : 'fill in or cut off such time steps';
    throw new UserError(`${place}, column ${column + 1}: ${noNumber(text)}; ${remedy}`);
  });
}
