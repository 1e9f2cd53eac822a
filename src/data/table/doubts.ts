import { round } from 'es-toolkit/math/round';
import { words } from 'es-toolkit/string/words';
import { counted, few } from '../../messages/counted.js';
import { isPadded, shown } from './cells.js';

/** Rows from which on chance no longer explains that each value is one more than that before. */
const FEWEST_COUNTED = 10;
/** Rows from which on chance no longer explains that all of a column's integers are different. */
const FEWEST_DIFFERENT = 30;
/** Rows after which a column of integers that were all different is taken for such. */
const MOST_WATCHED = 100_000;
const EACH_WATCHED = `each of the first ${counted(MOST_WATCHED, 'row')}`;
const MOSTLY = 0.99;
/** Columns that a message names of a kind. */
const LISTED = 5;

const ONE = 1;
const MINUS_ONE = 2;
const ZERO = 4;
const OTHER = 8;

/** What columns of labels hold beside cells that are empty. */
const PARTIAL = [ONE, MINUS_ONE, ONE | MINUS_ONE];

/** Columns that are labels by their names. */
const LABEL_NAMES = new Set(['label', 'labels', 'class', 'target', 'y', 'y_true', 'anomaly', 'outlier']);
/** Last words of the names of columns that are labels if they hold nothing but 1, 0 and -1, as isFraud and true_label do. */
const LABEL_WORDS = new Set(
  (
    'label class target outcome truth normal abnormal anomaly anomalous outlier fraud attack intrusion malicious failure fault ' +
    'faulty defect defective'
  ).split(' '),
);
/** Last words of the names of columns that tell the time if they rise. */
const TIME_WORDS = new Set(['time', 'timestamp', 'date', 'datetime', 'epoch', 'ts']);
/** The share of rows from which on a column rises that never falls: others may be a state that changes now and then. */
const OFTEN = 0.1;

/** Numbers that stand for missing values in many tables, where no other value comes near. */
const CODES = new Set([
  ...[99, 999, 9999, 99_999, 999_999, 1e20],
  // The ends of whole numbers of 16 and 32 bits, and of floating-point numbers, of which NetCDF takes another.
  ...[2 ** 15 - 1, 2 ** 15, 2 ** 16 - 1, 2 ** 31 - 1, 2 ** 31, 2 ** 32 - 1],
  ...[Math.fround(3.4028235e38), Number.MAX_VALUE, 9.969209968386869e36],
]);
/** Rows from which on such a number is no measurement that happens to be one. */
const FEWEST_CODES = 2;

/** What is known so far of columns of numbers that may be no features. Give it each row, then ask. */
export class ColumnWatch {
  private rows = 0;
  private readonly missing: Uint32Array;
  /** How often a value was an integer, and one above that of the row before. */
  private readonly counts: Uint32Array;
  /** Which of 1, -1, 0 and others there were, a bit each. */
  private readonly kinds: Uint8Array;
  /** The values so far, where all were integers and different. */
  private readonly different: (Set<number> | undefined)[];
  /** How often a value was above, and below, that of the row before. */
  private readonly rises: Uint32Array;
  private readonly falls: Uint32Array;
  private readonly latest: Float64Array;
  /** 1 where zeros led a number. */
  private readonly padded: Uint8Array;
  /** How often there was one of CODES or its negative, and the least and the greatest of all other values. */
  private readonly codes: Map<number, number>[];
  private readonly least: Float64Array;
  private readonly greatest: Float64Array;

  /**
   * @param names those of the columns
   * @param order whether rows follow each other in time, so that a column that rises tells the time; those of a table may be sorted by a
   *   feature, of another name
   */
  constructor(
    private readonly names: readonly string[],
    private readonly order: 'time' | 'any' = 'any',
  ) {
    this.rises = new Uint32Array(names.length);
    this.falls = new Uint32Array(names.length);
    this.latest = new Float64Array(names.length).fill(Number.NaN);
    this.padded = new Uint8Array(names.length);
    this.codes = names.map(() => new Map());
    this.least = new Float64Array(names.length).fill(Number.POSITIVE_INFINITY);
    this.greatest = new Float64Array(names.length).fill(Number.NEGATIVE_INFINITY);
    this.missing = new Uint32Array(names.length);
    this.counts = new Uint32Array(names.length);
    this.kinds = new Uint8Array(names.length);
    this.different = names.map(() => new Set());
  }

  /** Looks at the cell of a column, as its file has it. */
  seeCell(column: number, cell: string): void {
    if (isPadded(cell)) this.padded[column] = 1;
  }

  /** Looks at a row: NaN where a value is missing. */
  see(values: ArrayLike<number>, from = 0): void {
    const { missing, counts, kinds, different, rises, falls, latest, codes, least, greatest } = this;
    for (let j = 0; j < missing.length; j++) {
      const value = values[from + j];
      if (Number.isNaN(value)) {
        missing[j]++;
        different[j] = undefined;
        continue;
      }
      if (value === latest[j] + 1 && Number.isInteger(value)) counts[j]++;
      if (value > latest[j]) rises[j]++;
      else if (value < latest[j]) falls[j]++;
      latest[j] = value;
      if (CODES.has(Math.abs(value))) codes[j].set(value, (codes[j].get(value) ?? 0) + 1);
      else {
        if (value < least[j]) least[j] = value;
        if (value > greatest[j]) greatest[j] = value;
      }
      kinds[j] |= value === 1 ? ONE : value === -1 ? MINUS_ONE : value === 0 ? ZERO : OTHER;
      const seen = different[j];
      if (seen === undefined || seen.size === MOST_WATCHED) continue;
      if (!Number.isInteger(value) || seen.has(value)) different[j] = undefined;
      else seen.add(value);
    }
    this.rows++;
  }

  /** What makes columns doubtful as features, by their names. */
  doubts(): Map<string, string> {
    const found = new Map<string, string>();
    this.names.forEach((name, j) => {
      const empty = this.missing[j] / this.rows;
      const steps = this.rows - 1;
      if (this.counts[j] >= MOSTLY * steps && this.rows >= FEWEST_COUNTED)
        found.set(name, 'numbers the rows');
      else if (/^Unnamed: \d+$/.test(name)) found.set(name, 'an index by its name');
      else if (this.padded[j])
        found.set(
          name,
          `leading zeros, as ${this.order === 'time' ? 'behind a decimal comma' : 'codes have'}`,
        );
      else if (this.different[j] && this.rows >= FEWEST_DIFFERENT)
        found.set(name, `another integer in ${this.rows > MOST_WATCHED ? EACH_WATCHED : 'each row'}`);
      else if (
        (this.order === 'time' || TIME_WORDS.has(lastWord(name))) &&
        this.rises[j] >= OFTEN * steps &&
        this.falls[j] <= (1 - MOSTLY) * steps &&
        this.rows >= FEWEST_DIFFERENT
      )
        found.set(name, 'rises from row to row, as time does');
      else if (empty >= MOSTLY) found.set(name, emptiness(empty));
    });
    return found;
  }

  /** By the names of columns, a number that may say that a value is missing, and in how many rows it stands. */
  missingCodes(): Map<string, readonly [code: number, rows: number]> {
    const found = new Map<string, readonly [number, number]>();
    this.names.forEach((name, j) => {
      for (const [code, rows] of this.codes[j]) {
        const isFar = code < 0 ? this.least[j] > code / 2 : this.greatest[j] < code / 2;
        if (isFar && rows >= FEWEST_CODES && this.least[j] < this.greatest[j]) found.set(name, [code, rows]);
      }
    });
    return found;
  }

  /**
   * The columns that may be labels: by their names, or as they hold 1 and -1 beside 0 or nothing.
   *
   * @param isLabeled whether a column of labels is known, beside which another one is told by its name and its values together
   */
  likeLabels(isLabeled: boolean): string[] {
    const isPlane = this.names.some((name) => name.toLowerCase() === 'x');
    return this.names.filter((name, j) => {
      const kinds = this.kinds[j];
      const isPartial =
        kinds === (ONE | MINUS_ONE | ZERO) || (this.missing[j] > 0 && PARTIAL.includes(kinds));
      const isName = LABEL_NAMES.has(name.toLowerCase()) && !(isPlane && name.toLowerCase() === 'y');
      const isLike = kinds < OTHER && (isName || LABEL_WORDS.has(lastWord(name)));
      return isLike || (!isLabeled && (isName || isPartial));
    });
  }
}

/** The last word of a name, in small letters. */
function lastWord(name: string): string {
  return words(name).at(-1)?.toLowerCase() ?? '';
}

/** What makes a column of such categories doubtful as a feature, if anything. */
export function doubtCategories(
  categories: ReadonlySet<string>,
  missing: number,
  rows: number,
): string | undefined {
  if (categories.size === rows && rows >= FEWEST_DIFFERENT) return 'another category in each row';
  return missing / rows >= MOSTLY ? emptiness(missing / rows) : undefined;
}

/** Adds columns that hold a single value, each with it in words, behind all others: some tables have many of these. */
export function addConstants(
  doubts: Map<string, string>,
  constants: Iterable<readonly [name: string, value: string]>,
): void {
  for (const [name, value] of constants) if (!doubts.has(name)) doubts.set(name, `constant: ${value}`);
}

function emptiness(share: number): string {
  return `${round(100 * share, 1)} % empty`;
}

/** The warning about numbers that may say that a value is missing. */
export function describeCodes(
  file: string,
  codes: ReadonlyMap<string, readonly [code: number, rows: number]>,
): string[] {
  if (codes.size === 0) return [];
  const listed = few(
    [...codes],
    LISTED,
    ([name, [code, rows]]) => `${code} in ${shown(name)} (${counted(rows, 'row')})`,
  );
  return [
    `${file}: far from all other values of the column: ${listed}; if that says that a value is missing, put it right`,
  ];
}

/** The warning about columns that may be no features. */
export function describeDoubts(file: string, doubts: ReadonlyMap<string, string>, remedy: string): string[] {
  if (doubts.size === 0) return [];
  const listed = few([...doubts], LISTED, ([name, reason]) => `${shown(name)} (${reason})`);
  return [`${file}: doubtful as ${doubts.size === 1 ? 'a feature' : 'features'}: ${listed}; ${remedy}`];
}
