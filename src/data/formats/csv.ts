import { CsvError, parse } from 'csv-parse/sync';
import { UserError } from '../../errors.js';
import { checkHeader } from './csv-rows.js';

/** A CSV table: numeric features, and the label column as text. */
export interface CsvTable {
  /** Names of the feature columns. */
  readonly features: readonly string[];
  /** rows × features values, one row after the other. */
  readonly values: Float64Array;
  /** The label of each row. */
  readonly labels: readonly string[];
}

/** A record, and the line of the file on which it ends. */
interface Row {
  readonly record: readonly string[];
  readonly line: number;
}

/**
 * Reads a CSV file: a header, then a sample a row. Every column but the label column is a feature and holds finite numbers.
 *
 * @param file what errors call it
 * @param label name of the label column; the last column by default
 * @throws UserError, with row (the header is row 1) and column, where the file is anything else
 */
export function readCsv(bytes: Uint8Array, file: string, label?: string): CsvTable {
  const [header, ...rows] = parseRows(bytes, file);
  const columns = header?.record ?? [];
  if (rows.length === 0)
    throw new UserError(
      `${file}: expected a header and at least one row, found ${header ? 'only a header' : 'nothing'}`,
    );
  checkHeader(columns, file);
  const labelColumn = label === undefined ? columns.length - 1 : columns.indexOf(label);
  if (labelColumn < 0) {
    throw new UserError(
      `${file}, row 1: expected a label column named ${label}, found ${columns.join(', ')}`,
    );
  }

  const featureColumns = columns.map((_, column) => column).filter((column) => column !== labelColumn);
  const values = new Float64Array(rows.length * featureColumns.length);
  const labels: string[] = [];
  let next = 0;
  for (const { record, line } of rows) {
    for (const column of featureColumns) {
      const value = record[column] === '' ? Number.NaN : Number(record[column]);
      if (!Number.isFinite(value)) {
        throw new UserError(
          `${file}, row ${line}, column ${columns[column]}: expected a finite number, found ` +
            `${record[column] === '' ? 'nothing' : `"${record[column]}"`}; fill in or drop rows with missing values`,
        );
      }
      values[next++] = value;
    }
    if (record[labelColumn] === '') {
      throw new UserError(
        `${file}, row ${line}, column ${columns[labelColumn]}: expected a label, found nothing`,
      );
    }
    labels.push(record[labelColumn]);
  }
  return { features: featureColumns.map((column) => columns[column]), values, labels };
}

function parseRows(bytes: Uint8Array, file: string): Row[] {
  const lines: number[] = [];
  try {
    const records = parse(bytes, {
      bom: true,
      skip_empty_lines: true,
      trim: true,
      on_record: (record: string[], context) => {
        lines.push(context.lines);
        return record;
      },
    });
    return records.map((record, i) => ({ record, line: lines[i] }));
  } catch (error) {
    if (error instanceof CsvError) throw new UserError(`${file}: not a CSV table: ${error.message}`);
    throw error;
  }
}
