import { sumBy } from 'es-toolkit/math/sumBy';
import { UserError } from '../../errors.js';
import { count, counted } from '../../messages/counted.js';
import { widthOf } from '../dataset.js';
import type { CsvBlock } from '../formats/csv.js';
import type { FeatureRange } from '../scaling.js';
import { isMissing, listed, noNumber, numberIn, shown } from './cells.js';
import { type Column, categoryIn, type NumericColumn, type TableColumns } from './columns.js';
import { LineWatch } from './line-watch.js';
import { RangeWatch } from './range-watch.js';

/** Turns the rows of one table into features. */
export interface RowEncoder {
  /** Writes the unscaled features of a row: a number, NaN where it is missing; and 0 or 1 for each category. */
  encode(block: CsvBlock, row: number, out: Float64Array, to: number): void;
  /**
   * What the user should know of the rows so far: which have a cell of several lines, how many missing values were filled, how many
   * categories are new or missing for the first time, and where numbers lie elsewhere than those of the training rows.
   */
  notices(): string[];
}

/** How many features the columns make. */
export function featureCount({ columns }: TableColumns): number {
  return sumBy([...columns], widthOf);
}

/** The range of each feature over the training rows. */
export function rangeOf({ columns }: TableColumns): FeatureRange {
  const ranges = columns.flatMap((column) =>
    'categories' in column
      ? // A single category is constant.
        column.categories.map(() => ({ low: column.categories.length === 1 ? 1 : 0, high: 1, mean: 0 }))
      : [column],
  );
  return {
    low: Float64Array.from(ranges, ({ low }) => low),
    high: Float64Array.from(ranges, ({ high }) => high),
    mean: Float64Array.from(ranges, ({ mean }) => mean),
  };
}

/**
 * The encoder of a table whose columns are matched by name, in any order. A category that training did not have is none of those
 * it had: all features of its column are 0.
 *
 * @param header the names of the table's columns
 * @param others columns that may be there and are no features, such as those of labels
 * @param file what errors call the table
 * @param remedy what to do about columns that are one too many
 * @throws UserError, with the row, where a column is missing or is one too many, or (when encoding) a cell is not what its column
 *   holds
 */
export function rowEncoder(
  table: TableColumns,
  header: readonly string[],
  others: readonly string[],
  file: string,
  remedy = 'leave them out, or give them to drop in training',
): RowEncoder {
  checkHeader(table, header, others, file, remedy);
  const filled = new Map<string, number>();
  /** Categories that training did not have, and missing ones where it had none of those. */
  const unseen = new Map<string, Sighting>();
  const unexpected = new Map<string, Sighting>();
  const watch = new RangeWatch(table.columns.filter(isNumeric));
  const lines = new LineWatch(header);
  const readers = columnReaders(table, header);
  const refuse = (block: CsvBlock, row: number, name: string, problem: string) => {
    throw new UserError(`${file}, row ${block.numberOf(row)}, column ${name}: ${problem}`);
  };
  const checkFills = (block: CsvBlock, row: number, name: string, expected: string, cell: string) => {
    if (table.missing === 'fill') return;
    const remedy = 'fill it in or leave the row out, since training refused missing values';
    refuse(block, row, name, `expected ${expected}, found ${shown(cell)}; ${remedy}`);
  };
  const fill = (name: string) => filled.set(name, (filled.get(name) ?? 0) + 1);

  return {
    encode(block, row, out, to) {
      lines.see(block, row);
      const cells = block.rows[row];
      for (const { name, position, first, number, categories } of readers) {
        const cell = cells[position];
        if (categories === undefined) {
          const value = numberIn(cell);
          if (value === Number.POSITIVE_INFINITY) {
            refuse(block, row, name, `${noNumber(cell)}; correct it or leave the row out`);
          }
          if (Number.isNaN(value)) {
            checkFills(block, row, name, 'a finite number', cell);
            fill(name);
          }
          watch.see(number, value);
          out[to + first] = value;
          continue;
        }
        const isEmpty = isMissing(cell);
        if (isEmpty) checkFills(block, row, name, 'a category', cell);
        out.fill(0, to + first, to + first + categories.size);
        const index = categories.get(categoryIn(cell));
        if (index === undefined) {
          see(isEmpty ? unexpected : unseen, name, `${shown(cell)} in row ${block.numberOf(row)}`);
          continue;
        }
        if (isEmpty) fill(name);
        out[to + first + index] = 1;
      }
    },
    notices: () => [
      ...lines.notices(file),
      ...filledNotices(filled, readers, file),
      ...[...unseen].map(
        ([name, { count, first }]) =>
          `${file}, column ${name}: ${counted(count, 'value is a category', 'values are categories')} that training did ` +
          `not have, and ${count === 1 ? 'counts' : 'count'} as none of those it had ` +
          `(first ${first})`,
      ),
      ...[...unexpected].map(
        ([name, { count, first }]) =>
          `${file}, column ${name}: ${counted(count, 'value is', 'values are')} missing, as none was in training, and ` +
          `${count === 1 ? 'counts' : 'count'} as none of its categories (first ${first})`,
      ),
      ...watch.notices(file),
    ],
  };
}

/** Where a column of a table stands, and where its features stand in a sample. */
interface ColumnReader {
  readonly name: string;
  readonly position: number;
  readonly first: number;
  /** Which of the columns of numbers it is, where it is one. */
  readonly number: number;
  /** Where the feature of each category stands after the first; undefined for numbers. */
  readonly categories: ReadonlyMap<string, number> | undefined;
}

function columnReaders({ columns }: TableColumns, header: readonly string[]): ColumnReader[] {
  const positions = new Map(header.map((name, position) => [name, position]));
  let feature = 0;
  let number = 0;
  return columns.map((column) => {
    const reader = {
      name: column.name,
      position: positions.get(column.name) ?? -1,
      first: feature,
      number,
      categories:
        'categories' in column
          ? new Map(column.categories.map((category, index) => [category, index]))
          : undefined,
    };
    feature += widthOf(column);
    if (isNumeric(column)) number++;
    return reader;
  });
}

/** How often something was seen in a column, and where first. */
interface Sighting {
  readonly count: number;
  readonly first: string;
}

function see(sightings: Map<string, Sighting>, name: string, place: string): void {
  const { count, first } = sightings.get(name) ?? { count: 0, first: place };
  sightings.set(name, { count: count + 1, first });
}

/** More columns than these are summed up. */
const MOST_NAMED = 3;

/** What was filled in, by the columns in their order: of a few each on its own, or of many the sum and the fullest, and below it all. */
function filledNotices(
  filled: ReadonlyMap<string, number>,
  order: readonly { readonly name: string }[],
  file: string,
): string[] {
  const columns = order.flatMap(({ name }): [string, number][] => {
    const missing = filled.get(name);
    return missing === undefined ? [] : [[name, missing]];
  });
  if (columns.length <= MOST_NAMED) {
    return columns.map(
      ([name, missing]) => `${file}, column ${name}: filled ${counted(missing, 'missing value')}`,
    );
  }
  const total = sumBy(columns, ([, missing]) => missing);
  const most = columns.toSorted(([, a], [, b]) => b - a).slice(0, MOST_NAMED);
  const named = most.map(([name, missing]) => `${name} (${count(missing)})`).join(', ');
  const summary = `${file}: ${columns.length} columns filled, ${count(total)} missing values, most of them in ${named}`;
  return [[summary, ...columns.map(([name, missing]) => `  ${name}: ${count(missing)}`)].join('\n')];
}

function isNumeric(column: Column): column is NumericColumn {
  return !('categories' in column);
}

function checkHeader(
  { columns, drop }: TableColumns,
  header: readonly string[],
  others: readonly string[],
  file: string,
  remedy: string,
): void {
  const present = new Set(header);
  const missing = columns.map(({ name }) => name).filter((name) => !present.has(name));
  if (missing.length > 0) {
    throw new UserError(
      `${file}, row 1: expected the columns of the training table, of which ${listed(missing)} ${missing.length === 1 ? 'is' : 'are'} missing; found ${listed(header)}`,
    );
  }
  const known = new Set([...columns.map(({ name }) => name), ...drop, ...others]);
  const extra = header.filter((name) => !known.has(name));
  if (extra.length > 0) {
    throw new UserError(
      `${file}, row 1: found columns that the training table did not have: ${listed(extra)}; ${remedy}`,
    );
  }
}
