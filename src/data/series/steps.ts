import { UserError } from '../../errors.js';
import { readPieces } from '../../read-file.js';
import { areCounted } from '../formats/csv.js';
import { csvRecords } from '../formats/csv-records.js';
import { textOf } from '../formats/text.js';
import { isMissing, listed, noNumber, numberIn } from '../table/cells.js';

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
          `${file}, row ${blank}: expected a time step, found an empty line before others; delete it`,
        );
      }
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
  if (columns === undefined) throw new UserError(`${file}: expected a time step a line, found none`);
}

/**
 * Reads whether each time step is anomalous: a line of 0 or 1 for each.
 *
 * @throws UserError as readSteps does, or where a label is another
 */
export async function readStepLabels(file: string): Promise<Uint8Array> {
  const labels: number[] = [];
  for await (const { values, row } of readSteps(file)) {
    const [label] = values;
    if (values.length > 1 || (label !== 0 && label !== 1)) {
      throw new UserError(
        `${file}, row ${row}: expected 0 (normal) or 1 (anomalous), found ${values.join(',')}`,
      );
    }
    labels.push(label);
  }
  return Uint8Array.from(labels);
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
