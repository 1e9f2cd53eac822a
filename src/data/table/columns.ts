import * as z from 'zod';
import { UserError } from '../../errors.js';
import { keyOrOption, optionName } from '../../messages/vocabulary.js';
import type { CsvBlock } from '../formats/csv.js';
import { describeMisspelled } from '../label-names.js';
import { emptyRange, type GrowingRange, widenRange } from '../scaling.js';
import { isMissing, listed, noNumber, numberIn, shown } from './cells.js';
import { addConstants, ColumnWatch, describeCodes, describeDoubts, doubtCategories } from './doubts.js';

/** What the user says of the columns of a table. */
export interface ColumnOptions {
  /** The columns that hold categories; all others hold numbers. */
  readonly categorical?: readonly string[] | undefined;
  /** The columns to leave out. */
  readonly drop?: readonly string[] | undefined;
  /**
   * A missing value is refused by default. `fill` has a missing number take the mean of its column over the training rows, and
   * makes a missing category a category of its own.
   */
  readonly missing?: MissingPolicy | undefined;
}

export const MISSING_POLICIES = ['refuse', 'fill'] as const;

export type MissingPolicy = (typeof MISSING_POLICIES)[number];

/** A column of numbers, and these over the training rows: the scale of its feature. */
const numericColumn = z
  .strictObject({
    name: z.string(),
    low: z.number(),
    high: z.number(),
    mean: z.number(),
  })
  .refine(({ low, high }) => low <= high, { error: 'low should not be above high' });

/** More categories are taken for a column of names or numbers. */
const MOST_CATEGORIES = 256;

/** A column of categories: one feature, 0 or 1, for each of those of the training rows, sorted. A missing one is the empty text. */
const categoricalColumn = z.strictObject({
  name: z.string(),
  categories: z
    .array(z.string())
    .min(1)
    .max(MOST_CATEGORIES)
    .refine(allDifferent, { error: 'expected categories that are all different' }),
});

export const tableColumns = z.strictObject({
  /** The columns that are features, in the order of a sample's values. */
  columns: z
    .array(z.union([numericColumn, categoricalColumn]))
    .min(1)
    .refine((columns) => allDifferent(columns.map(({ name }) => name)), {
      error: 'expected columns whose names are all different',
    }),
  /** Columns that may be there and are passed over. */
  drop: z.array(z.string()),
  missing: z.enum(MISSING_POLICIES),
});

export type NumericColumn = Readonly<z.infer<typeof numericColumn>>;
export type CategoricalColumn = Readonly<z.infer<typeof categoricalColumn>>;
export type Column = NumericColumn | CategoricalColumn;

/** What the columns of a table are, as found on its training rows: plain data, which is saved with a model. */
export type TableColumns = Readonly<z.infer<typeof tableColumns>>;

/** What columns of a table are, and what is doubtful about it. */
export interface FittedColumns {
  readonly table: TableColumns;
  /** Warnings about columns that may be no features. */
  readonly doubts: readonly string[];
}

/**
 * Finds what the columns of a table are from its training rows, of which it holds one block at a time in memory.
 *
 * @param blocks the whole table
 * @param labels columns of labels, which are no features
 * @param file what errors call the table
 * @throws UserError, with row and column, where a cell is not what its column holds; or where the options name a column that is
 *   not there, no feature is left, or all are constant
 */
export async function fitColumns(
  blocks: AsyncIterable<CsvBlock>,
  labels: readonly string[],
  options: ColumnOptions,
  file: string,
): Promise<FittedColumns> {
  const { categorical = [], drop = [], missing = 'refuse' } = options;
  let survey: Survey | undefined;
  for await (const block of blocks) {
    survey ??= startSurvey(block.columns, { labels, categorical, drop }, file);
    surveyBlock(survey, block, missing, file);
  }
  const columns = survey ? columnsOf(survey, file) : [];
  if (columns.every(isConstant)) {
    throw new UserError(
      `${file}: every one of the ${columns.length} features is constant; there is nothing to learn from: give columns that vary`,
    );
  }
  return {
    table: { columns, drop: [...drop], missing },
    doubts: survey ? doubtsOf(survey, columns, labels.length > 0, file) : [],
  };
}

/** What is known of the columns so far. */
interface Survey {
  readonly names: readonly string[];
  /** Where the columns of numbers stand in a row, and what is known of each. */
  readonly numeric: readonly number[];
  readonly range: GrowingRange;
  readonly watch: ColumnWatch;
  /** Where those of categories stand, these, and how often one is missing. */
  readonly categories: ReadonlyMap<number, { readonly found: Set<string>; missing: number }>;
  rows: number;
}

/** The names of columns by what the user says they are. */
interface Roles {
  readonly labels: readonly string[];
  readonly categorical: readonly string[];
  readonly drop: readonly string[];
}

const ROLE_NAMES: Readonly<Record<keyof Roles, string>> = {
  labels: 'the label column',
  categorical: 'the categorical column',
  drop: 'the column to drop',
};

function startSurvey(names: readonly string[], roles: Roles, file: string): Survey {
  const roleOf = new Map<string, keyof Roles>();
  const present = new Set(names);
  for (const role of ['labels', 'categorical', 'drop'] as const) {
    for (const name of roles[role]) {
      if (!present.has(name)) {
        throw new UserError(
          `${file}, row 1: expected ${ROLE_NAMES[role]} ${name}, found ${listed(names)}; name one of these`,
        );
      }
      const other = roleOf.get(name);
      if (other !== undefined && other !== role) {
        throw new UserError(
          `${file}, row 1: column ${name} is given as ${ROLE_NAMES[other]} and as ${ROLE_NAMES[role]}; expected one of the two`,
        );
      }
      roleOf.set(name, role);
    }
  }
  const positionsOf = (role: keyof Roles | undefined) =>
    [...names.keys()].filter((position) => roleOf.get(names[position]) === role);
  const [numeric, categorical] = [positionsOf(undefined), positionsOf('categorical')];
  if (numeric.length + categorical.length === 0) {
    throw new UserError(
      `${file}, row 1: expected columns of features beside the label, separated by commas, found ${listed(names)}`,
    );
  }
  return {
    names,
    numeric,
    range: emptyRange(numeric.length),
    watch: new ColumnWatch(numeric.map((position) => names[position])),
    categories: new Map(categorical.map((position) => [position, { found: new Set(), missing: 0 }])),
    rows: 0,
  };
}

function surveyBlock(survey: Survey, block: CsvBlock, missing: MissingPolicy, file: string): void {
  const { names, numeric, range, watch, categories } = survey;
  const refuse = (row: number, position: number, problem: string) => {
    throw new UserError(`${file}, row ${block.numberOf(row)}, column ${names[position]}: ${problem}`);
  };
  const values = new Float64Array(numeric.length);
  block.rows.forEach((cells, row) => {
    for (let j = 0; j < numeric.length; j++) {
      const cell = cells[numeric[j]];
      const value = numberIn(cell);
      if (value === Number.POSITIVE_INFINITY) {
        refuse(
          row,
          numeric[j],
          `${noNumber(cell)}; correct it, or give the column as categorical or to drop`,
        );
      }
      if (missing === 'refuse' && Number.isNaN(value)) {
        refuse(row, numeric[j], `${noNumber(cell)}; ${missingRemedy()}`);
      }
      values[j] = value;
      watch.seeCell(j, cell);
    }
    widenRange(range, values, 0);
    watch.see(values);
    for (const [position, column] of categories) {
      const cell = cells[position];
      if (isMissing(cell)) {
        if (missing === 'refuse') {
          refuse(row, position, `expected a category, found ${shown(cell)}; ${missingRemedy()}`);
        }
        column.missing++;
      }
      const { found } = column;
      found.add(categoryIn(cell));
      if (found.size > MOST_CATEGORIES) {
        refuse(
          row,
          position,
          `expected at most ${MOST_CATEGORIES} categories, found one more; drop the column if it tells rows apart`,
        );
      }
    }
  });
  survey.rows += block.rows.length;
}

function missingRemedy(): string {
  return `fill it in, leave the row out, or have missing values filled (${keyOrOption('missing', 'fill')})`;
}

/** The columns that are features, in the order of the table. */
function columnsOf({ names, numeric, range, categories }: Survey, file: string): Column[] {
  const features: [position: number, Column][] = [...categories].map(([position, { found }]) => [
    position,
    { name: names[position], categories: [...found].sort() },
  ]);
  numeric.forEach((position, feature) => {
    const name = names[position];
    if (range.counts[feature] === 0) {
      throw new UserError(`${file}, column ${name}: expected numbers, found no value in any row; drop it`);
    }
    features.push([
      position,
      { name, low: range.low[feature], high: range.high[feature], mean: range.mean[feature] },
    ]);
  });
  return features.sort(([a], [b]) => a - b).map(([, column]) => column);
}

/** What is doubtful about the columns that are features. */
function doubtsOf(
  { names, watch, categories, rows }: Survey,
  columns: readonly Column[],
  isLabeled: boolean,
  file: string,
): string[] {
  const doubts = watch.doubts();
  for (const [position, { found, missing }] of categories) {
    const reason = doubtCategories(found, missing, rows);
    if (reason !== undefined) doubts.set(names[position], reason);
  }
  const labels = watch.likeLabels(isLabeled);
  const constant = columns.filter((column) => isConstant(column) && !labels.includes(column.name));
  addConstants(
    doubts,
    constant.map((column) => [column.name, onlyValue(column)]),
  );
  const [verb, are, them] = labels.length === 1 ? ['is', 'a feature', 'it'] : ['are', 'features', 'them'];
  return [
    ...describeDoubts(file, doubts, `leave out what is none (${keyOrOption('drop')})`),
    ...describeCodes(file, watch.missingCodes()),
    ...[...categories].flatMap(([position, { found }]) =>
      describeMisspelled(`${file}, column ${names[position]}`, [...found], 'categories'),
    ),
    ...(labels.length === 0
      ? []
      : [
          `${file}: ${listed(labels.map(shown))} ${verb} read as ${are}; if labels, ` +
            (isLabeled
              ? `leave ${them} out (${keyOrOption('drop')})`
              : `name ${them} with ${optionName('labelColumn')} or leave ${them} out with ${optionName('drop')}`),
        ]),
  ];
}

function isConstant(column: Column): boolean {
  return 'categories' in column ? column.categories.length === 1 : column.low === column.high;
}

/** What a column holds that is constant, in words. */
function onlyValue(column: Column): string {
  return 'categories' in column ? shown(column.categories[0]) : String(column.low);
}

/** The category in a cell; the empty text where it is missing. */
export function categoryIn(cell: string): string {
  return isMissing(cell) ? '' : cell.trim();
}

function allDifferent(names: readonly string[]): boolean {
  return new Set(names).size === names.length;
}
