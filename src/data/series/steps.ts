import { UserError } from '../../errors.js';
import { readPieces } from '../../read-file.js';
import { csvRecords } from '../formats/csv-records.js';
import { textOf } from '../formats/text.js';
import { isMissing, listed, noNumber, numberIn } from '../table/cells.js';

const SERIES = { what: 'a time series' };

/** One time step of a series: its values, and the line of the file it is on, counted from 1. */
export interface Step {
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
      if (
        columns === undefined &&
        !cells.some((cell) => isMissing(cell) || Number.isFinite(numberIn(cell)))
      ) {
        throw new UserError(
          `${file}, row ${row}: expected a time step, found no number (${listed(cells.map((cell) => cell.trim()))}); a time series is ` +
            'numbers separated by commas, without a line of names',
        );
      }
      const values = parseStep(cells, `${file}, row ${row}`);
      columns ??= values.length;
      if (values.length !== columns) {
        throw new UserError(
          `${file}, row ${row}: expected ${columns} values as in row 1, found ${values.length}`,
        );
      }
      yield { values, row };
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

function parseStep(cells: readonly string[], place: string): number[] {
  return cells.map((text, column) => {
    const value = numberIn(text);
    if (Number.isFinite(value)) return value;
    throw new UserError(
      `${place}, column ${column + 1}: ${noNumber(text)}; fill in or cut off such time steps`,
    );
  });
}
