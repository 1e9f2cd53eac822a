import * as z from 'zod';
import { UserError } from '../../errors.js';
import { optionName } from '../../messages/vocabulary.js';
import { featureNames } from '../dataset.js';
import { type CsvBlock, nameOf, openCsv } from '../formats/csv.js';
import { overflowMessage, scaleRow } from '../scaling.js';
import { listed, shown } from '../table/cells.js';
import { fitColumns, tableColumns } from '../table/columns.js';
import { featureCount, type RowEncoder, rangeOf, rowEncoder } from '../table/encode.js';
import { TABLE_DEFAULTS } from '../table/own-defaults.js';
import type { Input, InputDescription, InputOptions, ReadOptions, SampleBatch } from './input.js';
import { parseDescription, READINGS } from './input.js';
import {
  describeSpelling,
  type LabelSpelling,
  labelReader,
  labelSpelling,
  meaningOptions,
  SEMI_TARGET_SPELLING,
  spellingCopy,
  spellingOf,
} from './labels.js';

const labelColumn = z.strictObject({ column: z.string(), spelling: labelSpelling });

const description = tableColumns
  .extend({
    kind: z.literal('table'),
    reading: z.literal(READINGS.table),
    labels: labelColumn.optional(),
  })
  .refine(
    ({ columns, drop, labels }) =>
      columns.every(({ name }) => name !== labels?.column && !drop.includes(name)),
    { error: 'expected columns that are neither dropped nor the label' },
  );

type TableDescription = z.infer<typeof description>;

/**
 * Fits an input on a CSV table: every column but that of the labels and those to drop is a feature.
 *
 * @throws UserError, with row and column, where the file is not such a table or its rows are not as `fitColumns` wants them
 */
export async function fitTable(path: string, options: InputOptions): Promise<Input> {
  const { labelColumn: column, spelling = {} } = options;
  const labels = column === undefined ? [] : [column];
  const { table, doubts } = await fitColumns(openCsv(path), labels, options, path);
  doubts.forEach(options.warn);
  return tableInput({
    kind: 'table',
    reading: READINGS.table,
    ...table,
    ...(column !== undefined && {
      labels: { column, spelling: spellingCopy(spellingOf(spelling, SEMI_TARGET_SPELLING)) },
    }),
  });
}

/** The input that a description was saved of; see `restoreInput`. */
export function restoreTable(saved: InputDescription, file: string): Input {
  return tableInput(parseDescription(description, saved, file, 'a table'));
}

function tableInput(table: TableDescription): Input {
  return {
    kind: 'table',
    shape: [featureCount(table)],
    defaults: TABLE_DEFAULTS,
    origin: 'row',
    labelPlace: () => `column ${table.labels?.column}`,
    columns: featureNames(table.columns),
    description: table,
    relabel: (column, respell) => relabelTable(table, column, respell),
    read: (path, options) => readTable(table, path, options),
  };
}

function relabelTable(
  table: TableDescription,
  column: string | undefined,
  respell: (fitted: LabelSpelling) => LabelSpelling,
): Input {
  const { labels, columns, drop } = table;
  const asked = optionName('labelColumn');
  const name = column ?? labels?.column;
  if (name === undefined) {
    throw new UserError(`the model was fitted without labels; say with ${asked} which column holds them`);
  }
  if (columns.some((feature) => feature.name === name)) {
    throw new UserError(
      `${asked} ${name}: the column is a feature of the model, which has seen these labels; fit it again without the column ` +
        `(${asked} or ${optionName('drop')}) or name another`,
    );
  }
  const spelling = spellingCopy(respell(labels?.spelling ?? SEMI_TARGET_SPELLING));
  // The column of the fit may stand beside the one of now.
  return tableInput({
    ...table,
    labels: { column: name, spelling },
    drop: [...drop, ...(labels ? [labels.column] : [])],
  });
}

/** The rows of a table, a batch of samples for each block. */
async function* readTable(
  table: TableDescription,
  path: string,
  { labels, warn }: ReadOptions,
): AsyncGenerator<SampleBatch> {
  const file = nameOf(path);
  const size = featureCount(table);
  const values = new Float64Array(size);
  const scale = rowScaler(table, file);
  let encoder: RowEncoder | undefined;
  let readLabels: LabelReader | undefined;
  for await (const block of openCsv(path, 'name - to read standard input')) {
    encoder ??= rowEncoder(
      table,
      block.columns,
      table.labels ? [table.labels.column] : [],
      file,
      // What is one too many may be the labels that were asked for.
      labels === 'required'
        ? `name the one that has the labels (${optionName('labelColumn')}), leave the others out, or give them to drop in training`
        : undefined,
    );
    if (labels === 'required') readLabels ??= blockReader(table.labels, block.columns, file);
    const samples = new Float32Array(block.rows.length * size);
    for (let row = 0; row < block.rows.length; row++) {
      encoder.encode(block, row, values, 0);
      scale(block, row, values, samples, row * size);
    }
    yield {
      samples,
      origins: block.rows.map((_, row) => String(block.numberOf(row))),
      ...readLabels?.(block),
    };
  }
  encoder?.notices().forEach(warn);
}

/** Scales the features of a row. */
function rowScaler(table: TableDescription, file: string) {
  const range = rangeOf(table);
  const names = featureNames(table.columns);
  return (block: CsvBlock, row: number, values: Float64Array, samples: Float32Array, to: number): void => {
    const overflow = scaleRow(range, values, 0, samples, to);
    if (overflow === undefined) return;
    throw new UserError(
      `${file}, row ${block.numberOf(row)}, column ${names[overflow]}: ${overflowMessage(range, overflow, values[overflow])}`,
    );
  };
}

type LabelReader = (block: CsvBlock) => Pick<SampleBatch, 'semiTargets' | 'labels'>;

/** Reads the label column; where the table was fitted without one, every row is unlabeled. */
function blockReader(
  labels: TableDescription['labels'],
  header: readonly string[],
  file: string,
): LabelReader {
  if (!labels) return ({ rows }) => ({ semiTargets: new Int8Array(rows.length) });
  const position = header.indexOf(labels.column);
  if (position < 0) {
    throw new UserError(
      `${file}, row 1: expected the label column ${labels.column}, found ${listed(header)}`,
    );
  }
  const semiTargetOf = labelReader(labels.spelling);
  return (block) => {
    const texts = block.rows.map((cells) => cells[position].trim());
    const semiTargets = Int8Array.from(texts, (label, row) => {
      const semiTarget = semiTargetOf(label);
      if (semiTarget !== undefined) return semiTarget;
      throw new UserError(
        `${file}, row ${block.numberOf(row)}, column ${labels.column}: expected ${describeSpelling(labels.spelling)}, ` +
          `found ${shown(label)}; say what labels mean (${meaningOptions()})`,
      );
    });
    return { semiTargets, labels: texts };
  };
}
