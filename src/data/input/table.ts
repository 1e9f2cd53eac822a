import { z } from 'zod';
import { UserError } from '../../errors.js';
import { type CsvBlock, openCsv } from '../formats/csv-rows.js';
import {
  checkRange,
  emptyRange,
  type FeatureRange,
  overflowMessage,
  scaleRow,
  widenRange,
} from '../scaling.js';
import type { Input, InputDescription, InputOptions, ReadOptions, SampleBatch } from './input.js';
import { describeSpelling, labelReader, labelSpelling } from './labels.js';

const description = z.strictObject({
  kind: z.literal('table'),
  /** The columns that are features, in the order of a sample's values, and their range over the training rows. */
  columns: z.array(z.strictObject({ name: z.string(), low: z.number(), high: z.number() })).min(1),
  labels: z.strictObject({ column: z.string(), spelling: labelSpelling }).optional(),
});

type TableDescription = z.infer<typeof description>;

/**
 * Fits an input on a CSV table: every column but that of the labels is a feature and holds finite numbers.
 *
 * @throws UserError, with row and column, where the file is anything else, or every feature is constant
 */
export async function fitTable(path: string, options: InputOptions): Promise<Input> {
  const { labelColumn, spelling } = options;
  const { header, blocks } = await openCsv(path);
  if (labelColumn !== undefined && !header.includes(labelColumn)) {
    throw new UserError(
      `${path}, row 1: expected a label column named ${labelColumn}, found ${header.join(', ')}`,
    );
  }
  const names = header.filter((name) => name !== labelColumn);
  const range = emptyRange(names.length);
  const values = new Float64Array(names.length);
  const positions = names.map((name) => header.indexOf(name));
  let count = 0;
  for await (const block of blocks) {
    for (let i = 0; i < block.records.length; i++) {
      readFeatures(block, i, positions, names, values, path);
      widenRange(range, values, 0);
      count++;
    }
  }
  if (count === 0)
    throw new UserError(`${path}: expected a header and at least one row, found only a header`);
  checkRange(range, count);
  return tableInput({
    kind: 'table',
    columns: names.map((name, j) => ({ name, low: range.low[j], high: range.high[j] })),
    ...(labelColumn !== undefined && {
      labels: {
        column: labelColumn,
        spelling: {
          normal: [...spelling.normal],
          anomaly: [...spelling.anomaly],
          unlabeled: [...spelling.unlabeled],
        },
      },
    }),
  });
}

/** The input that a description was saved of; see `restoreInput`. */
export function restoreTable(saved: InputDescription, file: string): Input {
  const parsed = description.safeParse(saved);
  if (!parsed.success) throw new UserError(`${file}: not a description of a table: ${parsed.error.message}`);
  return tableInput(parsed.data);
}

function tableInput(table: TableDescription): Input {
  return {
    kind: 'table',
    shape: [table.columns.length],
    origin: 'row',
    description: table,
    read: (path, options) => readTable(table, path, options),
  };
}

/** Rows that become one batch of samples at most: those of a block. */
async function* readTable(
  { columns, labels }: TableDescription,
  path: string,
  options: ReadOptions,
): AsyncGenerator<SampleBatch> {
  const file = path === '-' ? 'standard input' : path;
  const { header, blocks } = await openCsv(path);
  const names = columns.map(({ name }) => name);
  const positions = matchColumns(header, names, labels?.column, file);
  const range: FeatureRange = {
    low: Float64Array.from(columns, ({ low }) => low),
    high: Float64Array.from(columns, ({ high }) => high),
  };
  const labelPosition = labels && options.labels === 'required' ? header.indexOf(labels.column) : -1;
  if (labels && options.labels === 'required' && labelPosition < 0) {
    throw new UserError(`${file}, row 1: expected the label column ${labels.column}, which is missing`);
  }
  const semiTargetOf = labels && labelReader(labels.spelling);

  const values = new Float64Array(columns.length);
  for await (const block of blocks) {
    const { records, rows } = block;
    const samples = new Float32Array(records.length * columns.length);
    const semiTargets = new Int8Array(records.length);
    for (let i = 0; i < records.length; i++) {
      readFeatures(block, i, positions, names, values, file);
      const overflow = scaleRow(range, values, 0, samples, i * columns.length);
      if (overflow !== undefined) {
        throw new UserError(
          `${file}, row ${rows[i]}, column ${names[overflow]}: ${overflowMessage(range, overflow, values[overflow])}`,
        );
      }
      if (labels && semiTargetOf && labelPosition >= 0) {
        const semiTarget = semiTargetOf(records[i][labelPosition]);
        if (semiTarget === undefined) {
          throw new UserError(
            `${file}, row ${rows[i]}, column ${labels.column}: expected ${describeSpelling(labels.spelling)}, ` +
              `found "${records[i][labelPosition]}"`,
          );
        }
        semiTargets[i] = semiTarget;
      }
    }
    yield { samples, origins: rows.map(String), ...(options.labels === 'required' && { semiTargets }) };
  }
}

/** Where each feature stands in a header: columns are matched by name, in any order. */
function matchColumns(
  header: readonly string[],
  names: readonly string[],
  labelColumn: string | undefined,
  file: string,
): number[] {
  const missing = names.filter((name) => !header.includes(name));
  if (missing.length > 0) {
    throw new UserError(
      `${file}, row 1: missing the columns that the model was trained on: ${missing.join(', ')}`,
    );
  }
  const extra = header.filter((name) => !names.includes(name) && name !== labelColumn);
  if (extra.length > 0) {
    throw new UserError(
      `${file}, row 1: columns that the model was not trained on: ${extra.join(', ')}; drop them`,
    );
  }
  return names.map((name) => header.indexOf(name));
}

function readFeatures(
  { records, rows }: CsvBlock,
  index: number,
  positions: readonly number[],
  names: readonly string[],
  out: Float64Array,
  file: string,
): void {
  const record = records[index];
  for (let j = 0; j < positions.length; j++) {
    const text = record[positions[j]];
    const value = text === '' ? Number.NaN : Number(text);
    if (!Number.isFinite(value)) {
      throw new UserError(
        `${file}, row ${rows[index]}, column ${names[j]}: expected a finite number, found ` +
          `${text === '' ? 'nothing' : `"${text}"`}; fill in or drop rows with missing values`,
      );
    }
    out[j] = value;
  }
}
