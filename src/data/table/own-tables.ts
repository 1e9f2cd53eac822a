import { uniq } from 'es-toolkit/array/uniq';
import { UserError } from '../../errors.js';
import { counted } from '../../messages/counted.js';
import { concatenate } from '../concatenate.js';
import type { LoadedFile } from '../data-folder.js';
import { featureNames, type TableColumn } from '../dataset.js';
import { csvBlocks } from '../formats/csv.js';
import { namesInMat, readMat } from '../formats/mat.js';
import type { NumericArray } from '../formats/numeric-array.js';
import { MOST_LABELS } from '../label-names.js';
import { checkRange, emptyRange, widenRange } from '../scaling.js';
import { listed } from './cells.js';
import { type ColumnOptions, fitColumns, type TableColumns } from './columns.js';
import { addConstants, ColumnWatch, describeCodes, describeDoubts } from './doubts.js';
import { featureCount, type RowEncoder, rowEncoder } from './encode.js';
import { type TableKind, tableKind } from './kinds.js';
import { labeledTable } from './labeled-table.js';
import { RangeWatch, type WatchedFeature } from './range-watch.js';

/** A user's own table, and how to read it. */
export interface OwnData extends ColumnOptions {
  /** Path of a .csv, .csv.gz, .npz or .mat file, from the working directory. */
  readonly file: string;
  /** Path of another such file, on which runs are tested; without one, each run holds out its own test part. */
  readonly test?: string | undefined;
  /**
   * The column or array of the labels: by default that of the semi-targets, else the last column of a .csv or y. The features
   * of a .npz or .mat are in its array X.
   */
  readonly label?: string | undefined;
  /** The labels that are normal: by default 0 in a .npz or .mat; a .csv needs it. */
  readonly normal?: readonly string[] | undefined;
  /** The column or array of what is known of each training sample: +1 normal, −1 anomaly, 0 or empty nothing. */
  readonly semiTarget?: string | undefined;
}

/** The rows of a user's file: their features, and their labels as text. */
export interface OwnTable {
  readonly file: string;
  readonly featureCount: number;
  /** The columns that the features are of, where they have names. */
  readonly columns?: readonly TableColumn[];
  /** What messages call each feature. */
  readonly featureNames: readonly string[];
  /** rows × features values, one row after the other; NaN where one is missing that is to be filled. */
  readonly values: Float64Array;
  /** One text a row, by the name of the column or array. */
  readonly labels: ReadonlyMap<string, readonly string[]>;
  /** The number of each row as messages give it: the line of a .csv, where the header is row 1; else counted from 1. */
  readonly rowNumbers: Float64Array;
  /** What was done to the rows that the user should know. */
  readonly notices: readonly string[];
}

/** A file to read, and the columns or arrays of labels that it must have. */
export interface OwnFile extends LoadedFile {
  readonly labels: readonly string[];
}

/** How files of a kind are read. */
interface Reader {
  tables(files: readonly OwnFile[], options: ColumnOptions): Promise<OwnTable[]>;
  /** What there is in one: the names of its columns or arrays. */
  names(file: LoadedFile): Promise<readonly string[]>;
}

const READERS: Readonly<Record<TableKind, Reader>> = {
  '.csv': { tables: readCsvTables, names: headerOf },
  '.npz': {
    tables: arrayReader(async (...archive) => (await import('../formats/npz.js')).readNpz(...archive)),
    names: async ({ bytes, file }) => (await import('../formats/npz.js')).namesInNpz(bytes, file),
  },
  '.mat': {
    tables: arrayReader(async (bytes, file, names) => readMat(bytes, file, names)),
    names: async ({ bytes, file }) => namesInMat(bytes, file),
  },
};

/**
 * The kind of a user's file, as `tableKind` has it.
 *
 * @throws UserError where it is none that can be read
 */
export function kindOf(file: string): TableKind {
  const kind = tableKind(file);
  if (kind) return kind;
  throw new UserError(`${file}: expected a .csv, .csv.gz, .npz or .mat file`);
}

/**
 * Reads files of one kind as tables. The first has the training rows: the columns of the others are matched to its columns, and
 * a category that it lacks counts as none of those it has.
 *
 * @throws UserError, with row and column, where a file cannot be read as such a table
 */
export async function readOwnTables(files: readonly OwnFile[], options: ColumnOptions): Promise<OwnTable[]> {
  const kind = kindOf(files[0].file);
  const other = files.find(({ file }) => kindOf(file) !== kind);
  if (other) throw new UserError(`${other.file}: expected a ${kind} file like ${files[0].file}`);
  return READERS[kind].tables(files, options);
}

/**
 * The names of the columns or arrays in a file.
 *
 * @throws UserError where it cannot be read
 */
export function namesIn(file: LoadedFile): Promise<readonly string[]> {
  return READERS[kindOf(file.file)].names(file);
}

async function headerOf(file: LoadedFile): Promise<readonly string[]> {
  for await (const { columns } of blocksOf(file)) return columns;
  return [];
}

function blocksOf({ file, bytes }: LoadedFile) {
  return csvBlocks(pieces(bytes), file);
}

const PIECE = 1 << 16;

async function* pieces(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += PIECE) yield bytes.subarray(at, at + PIECE);
}

async function readCsvTables(files: readonly OwnFile[], options: ColumnOptions): Promise<OwnTable[]> {
  const [training] = files;
  const header = await headerOf(training);
  const labels = uniq(files.flatMap((file) => file.labels));
  const present = labels.filter((name) => header.includes(name) || training.labels.includes(name));
  const { table, doubts } = await fitColumns(blocksOf(training), present, options, training.file);
  const tables: OwnTable[] = [];
  for (const file of files) tables.push(await readCsvTable(file, table, labels));
  return tables.map((own, index) => (index === 0 ? { ...own, notices: [...doubts, ...own.notices] } : own));
}

async function readCsvTable(
  file: OwnFile,
  table: TableColumns,
  labelColumns: readonly string[],
): Promise<OwnTable> {
  const size = featureCount(table);
  const blocks: Float64Array[] = [];
  const rowNumbers: number[] = [];
  const labels = new Map(file.labels.map((name): [string, string[]] => [name, []]));
  const known = new Map<string, string>();
  // One text for all labels that are the same: each as it is cut out of the file would keep the text around it. A column of too many is refused.
  const once = (label: string) => {
    const first = known.get(label);
    if (first === undefined && known.size < MOST_LABELS) known.set(label, label);
    return first ?? label;
  };
  let encoder: RowEncoder | undefined;
  for await (const block of blocksOf(file)) {
    encoder ??= rowEncoder(table, block.columns, labelColumns, file.file);
    const { encode } = encoder;
    const values = new Float64Array(block.rows.length * size);
    const positions = [...labels].map(([name, texts]) => ({
      texts,
      position: positionOf(name, block.columns, file),
    }));
    block.rows.forEach((cells, row) => {
      encode(block, row, values, row * size);
      for (const { texts, position } of positions) texts.push(once(cells[position].trim()));
      rowNumbers.push(block.numberOf(row));
    });
    blocks.push(values);
  }
  return {
    file: file.file,
    featureCount: size,
    columns: table.columns.map((column) => ({
      name: column.name,
      ...('categories' in column && { categories: column.categories }),
    })),
    featureNames: featureNames(table.columns),
    values: concatenate(Float64Array, blocks),
    labels,
    rowNumbers: Float64Array.from(rowNumbers),
    notices: encoder?.notices() ?? [],
  };
}

function positionOf(name: string, columns: readonly string[], { file }: LoadedFile): number {
  const position = columns.indexOf(name);
  if (position >= 0) return position;
  throw new UserError(`${file}, row 1: expected the label column ${name}, found ${listed(columns)}`);
}

type ArrayReader = (bytes: Uint8Array, file: string, names: readonly string[]) => Promise<NumericArray[]>;

function arrayReader(read: ArrayReader): Reader['tables'] {
  return async (files, { missing }) => {
    const tables: OwnTable[] = [];
    let watch: RangeWatch | undefined;
    for (const { file, bytes, labels: names } of files) {
      const [features, ...arrays] = await read(bytes, file, ['X', ...names]);
      const joined = arrays.map((labels, index) =>
        labeledTable(features, labels, file, names[index], missing),
      );
      if (watch && features.shape[1] !== tables[0].featureCount) {
        throw new UserError(
          `${file}: expected ${tables[0].featureCount} features, as ${tables[0].file} has, found ${features.shape[1]}`,
        );
      }
      const ranges = watch ? [] : rangesOf(file, features);
      const doubts = watch ? elsewhere(watch, file, features) : arrayDoubts(file, features, ranges);
      watch ??= new RangeWatch(ranges);
      tables.push({
        file,
        featureCount: features.shape[1],
        featureNames: namesOf(features),
        values: features.values,
        labels: new Map(joined.map(({ labels }, index) => [names[index], Array.from(labels, labelText)])),
        rowNumbers: Float64Array.from({ length: features.shape[0] }, (_, row) => row + 1),
        notices: [...doubts, ...filledNotice(file, features)],
      });
    }
    return tables;
  };
}

function labelText(label: number): string {
  return Number.isNaN(label) ? '' : String(label);
}

/** Its columns as NumPy writes them. */
function namesOf({ shape }: NumericArray): string[] {
  return Array.from({ length: shape[1] }, (_, feature) => `X[:, ${feature}]`);
}

/** What is doubtful about the features of an array. */
function arrayDoubts(file: string, array: NumericArray, ranges: readonly WatchedFeature[]): string[] {
  const { shape, values } = array;
  const [rows, features] = shape;
  const watch = new ColumnWatch(namesOf(array));
  for (let row = 0; row < rows; row++) watch.see(values, row * features);
  const doubts = watch.doubts();
  const constant = ranges.filter(({ low, high }) => low === high);
  addConstants(
    doubts,
    constant.map(({ name, low }) => [name, String(low)]),
  );
  return [
    ...describeDoubts(file, doubts, 'leave out what is none'),
    ...describeCodes(file, watch.missingCodes()),
  ];
}

/**
 * The least and the greatest value of each feature of an array.
 *
 * @throws UserError where there is nothing to learn from
 */
function rangesOf(file: string, array: NumericArray): WatchedFeature[] {
  const { shape, values } = array;
  const [rows, features] = shape;
  const range = emptyRange(features);
  for (let row = 0; row < rows; row++) widenRange(range, values, row * features);
  const names = namesOf(array);
  checkRange(range, rows, file, (feature) => `column ${names[feature]}`);
  return names.map((name, feature) => ({
    name,
    low: range.low[feature],
    high: range.high[feature],
  }));
}

/** The warnings about features of a test array that lie elsewhere. */
function elsewhere(watch: RangeWatch, file: string, { shape, values }: NumericArray): string[] {
  values.forEach((value, index) => {
    watch.see(index % shape[1], value);
  });
  return watch.notices(file);
}

/** A missing value that was not refused is filled in. */
function filledNotice(file: string, { values }: NumericArray): string[] {
  const count = values.filter(Number.isNaN).length;
  return count === 0 ? [] : [`${file}: filled ${counted(count, 'missing value')}`];
}
