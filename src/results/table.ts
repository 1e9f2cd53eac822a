import { sortBy } from 'es-toolkit/array/sortBy';
import { uniq } from 'es-toolkit/array/uniq';
import { uniqBy } from 'es-toolkit/array/uniqBy';
import { mean, standardDeviation } from 'simple-statistics';
import type { Run } from '../config/run.js';
import { DETECTORS } from '../detectors/registry.js';
import { grouped } from '../grouped.js';
import { type PublishedAuroc, publishedAuroc } from './published.js';
import type { RunRecord } from './record.js';

/** The AUROC of detectors (columns) in settings (rows), in the form of the paper's tables. */
export interface Table {
  /** What tells the settings apart, first of all the data set. */
  readonly dimensions: readonly Dimension[];
  /** The detectors' titles, with the options in which several variants of one differ. */
  readonly columns: readonly string[];
  readonly rows: readonly Row[];
  /** The columns that hold detectors whose bandwidth was chosen by the labels of a part of the test set. */
  readonly chosenOnTestSet: readonly string[];
  readonly failures: readonly Failure[];
}

/** A property of runs that every row has one value of. */
export interface Dimension {
  readonly name:
    | 'dataset'
    | 'labeledAnomalyRatio'
    | 'labeledNormalRatio'
    | 'pollutionRatio'
    | 'knownAnomalyClassCount';
  readonly of: (record: RunRecord) => string | number;
}

export interface Row {
  /** One value a dimension. */
  readonly setting: readonly (string | number)[];
  /** One a column; absent where no run was done. */
  readonly cells: readonly (Cell | undefined)[];
}

/** The AUROC, as a fraction, over the seeds and class pairs of one detector in one setting. */
export interface Cell {
  readonly mean: number;
  /** The population standard deviation (n in the denominator), as numpy computes it and the paper's authors did. */
  readonly std: number;
  readonly runs: number;
  /** It has the highest mean of the row's several, to the digits shown. */
  readonly best: boolean;
  readonly published?: Comparison;
}

/** The paper's AUROC in the place of a cell, and how the cell's differs from it. */
export interface Comparison extends PublishedAuroc {
  /** The cell's mean minus the paper's. */
  readonly difference: number;
  /** The difference is more than two standard errors from 0; never so for a single run, which has no standard error. */
  readonly outside: boolean;
}

/** How often a detector failed on a data set for one reason. */
export interface Failure {
  readonly column: string;
  readonly dataset: string;
  readonly reason: string;
  readonly runs: number;
}

/** A fraction in percent, to the one decimal that tables show. */
export function percent(fraction: number): string {
  return (100 * fraction).toFixed(1);
}

/**
 * Groups records into a table. Data sets keep the order of the records, detectors have that of their registry; rows and the variants
 * of a detector ascend in their numbers, in whatever order the runs finished.
 */
export function table(records: readonly RunRecord[], columns = columnsOf(records)): Table {
  const dimensions = dimensionsOf(records);
  const settingOf = (record: RunRecord) => dimensions.map((dimension) => dimension.of(record));
  const rows = [...grouped(records, (record) => JSON.stringify(settingOf(record))).values()];
  const rowOrder = dimensions.map(({ of }) => rankBy(rows.map(([first]) => of(first))));
  return {
    dimensions,
    columns: columns.names,
    rows: sortBy(
      rows,
      rowOrder.map(
        (rank, index) =>
          ([first]: RunRecord[]) =>
            rank(dimensions[index].of(first)),
      ),
    ).map((members) => {
      const byColumn = grouped(members, columns.of);
      return {
        setting: settingOf(members[0]),
        cells: cellsOf(columns.names.map((column) => byColumn.get(column) ?? [])),
      };
    }),
    chosenOnTestSet: uniq(records.filter(usesHoldOut).map(columns.of)),
    failures: failuresOf(records, columns.of),
  };
}

/** What tells the settings of records apart, first of all the data set. */
export function dimensionsOf(records: readonly RunRecord[]): Dimension[] {
  const dimensions: Dimension[] = [{ name: 'dataset', of: (record) => record.dataset }];
  for (const name of ['labeledAnomalyRatio', 'labeledNormalRatio', 'pollutionRatio'] as const) {
    if (records.some((record) => record[name] > 0)) dimensions.push({ name, of: (record) => record[name] });
  }
  const labeled = records.filter((record) => record.labeledAnomalyRatio > 0);
  if (uniq(labeled.map((record) => record.knownAnomalyClasses.length)).length > 1) {
    dimensions.push({ name: 'knownAnomalyClassCount', of: (record) => record.knownAnomalyClasses.length });
  }
  return dimensions;
}

/** Orders values: numbers ascend, others keep the order in which they first come. */
function rankBy(values: readonly unknown[]): (value: unknown) => number {
  const order = new Map(uniq(values).map((value, index) => [value, index]));
  return (value) => (typeof value === 'number' ? value : (order.get(value) ?? order.size));
}

/** The columns of a table of some records. */
export interface Columns {
  /** The detectors' titles, with the options and the engine by which variants of one differ, in the order of the columns. */
  readonly names: readonly string[];
  /** The name of the column of one of the records. */
  of(record: Computed): string;
}

/**
 * The columns of a table of these records.
 *
 * @param passedOver an option that tells no variants apart
 */
export function columnsOf(records: readonly Computed[], passedOver?: string): Columns {
  const of = columnNames(records, passedOver);
  return { names: columnOrder(uniqBy(records, of), passedOver).map(of), of };
}

/** Puts one run of each column in the order of the columns. */
function columnOrder(runs: readonly Computed[], passedOver: string | undefined): Computed[] {
  const detectors = rankBy(DETECTORS.map(({ name }) => name));
  return [...grouped(sortBy(runs, [({ detector }) => detectors(detector.name)]), nameOf).values()].flatMap(
    (variants) => {
      const varied = varyingOptions(variants, passedOver).map((option) => {
        const chosen = ({ detector }: Run) => detector.options[option];
        const rank = rankBy(variants.map(chosen));
        return (run: Run) => rank(chosen(run));
      });
      return sortBy(variants, varied);
    },
  );
}

function nameOf({ detector: { name } }: Run): string {
  return name;
}

/** A run, and once it has been computed, what with. */
type Computed = Run & Partial<Pick<RunRecord, 'engine'>>;

/** Names the column of a run: the detector's title, with the options and the engine by which it differs from its variants. */
function columnNames(
  records: readonly Computed[],
  passedOver: string | undefined,
): (record: Computed) => string {
  const varying = new Map(
    [...grouped(records, nameOf)].map(([name, own]) => [name, varyingOptions(own, passedOver)]),
  );
  return (record) => {
    const { name } = record.detector;
    const title = DETECTORS.find((definition) => definition.name === name)?.title ?? name;
    const varied = varying.get(name) ?? [];
    if (varied.length === 0) return title;
    const values = new Map(choicesOf(record));
    const shown = varied.filter((option) => values.has(option));
    if (shown.length === 0) return title;
    return `${title} (${shown.map((option) => `${option}=${String(values.get(option))}`).join(', ')})`;
  };
}

/**
 * The options of one detector that have several values on one data set. Between data sets they may differ without making
 * another variant, as the paper's defaults do. An option that only some runs have follows from another one that varies.
 */
function varyingOptions(records: readonly Computed[], passedOver: string | undefined): string[] {
  const varying = new Map<string, boolean>();
  const firstValues = new Map<string, Map<string, unknown>>();
  for (const record of records) {
    const first = firstValues.get(record.dataset) ?? new Map<string, unknown>();
    firstValues.set(record.dataset, first);
    for (const [name, value] of choicesOf(record)) {
      if (!varying.has(name)) varying.set(name, false);
      if (!first.has(name)) first.set(name, value);
      const known = first.get(name);
      // Lists of equal numbers are equal as text alone.
      if (known !== value && String(known) !== String(value)) varying.set(name, true);
    }
  }
  return [...varying.keys()].filter((name) => varying.get(name) && name !== passedOver);
}

/** The options of a run's detector, and the engine where its outcome depends on that. */
function choicesOf({ detector: { name, options }, engine }: Computed): [name: string, value: unknown][] {
  const choices: [string, unknown][] = Object.entries(options);
  const definition = DETECTORS.find((each) => each.name === name);
  if (engine !== undefined && (!definition || definition.trains)) choices.push(['engine', engine]);
  return choices;
}

function usesHoldOut({ detector: { name, options } }: RunRecord): boolean {
  return DETECTORS.find((definition) => definition.name === name)?.usesHoldOut?.(options) ?? false;
}

function cellsOf(groups: readonly (readonly RunRecord[])[]): (Cell | undefined)[] {
  const cells = groups.map((group) => {
    const spread = spreadOf(group);
    if (!spread) return undefined;
    const published = publishedAuroc(group);
    return { ...spread, ...(published && { published: compare(spread, published) }) };
  });
  const means = cells.flatMap((cell) => (cell ? [percent(cell.mean)] : []));
  const highest = Math.max(...means.map(Number));
  return cells.map(
    (cell) => cell && { ...cell, best: means.length > 1 && Number(percent(cell.mean)) === highest },
  );
}

type Spread = Pick<Cell, 'mean' | 'std' | 'runs'>;

/** The AUROC over the runs of these that are done, if any is. */
export function spreadOf(records: readonly RunRecord[]): Spread | undefined {
  const aurocs = records.flatMap((record) => (record.status === 'done' ? [record.auroc] : []));
  // Sorted, so that the order in which runs finished does not show in a last digit.
  aurocs.sort((a, b) => a - b);
  if (aurocs.length === 0) return undefined;
  return { mean: mean(aurocs), std: standardDeviation(aurocs), runs: aurocs.length };
}

function compare(ours: Spread, published: PublishedAuroc): Comparison {
  const difference = ours.mean - published.mean;
  const standardError = Math.hypot(standardErrorOf(ours), standardErrorOf(published));
  return { ...published, difference, outside: Math.abs(difference) > 2 * standardError };
}

/** The standard error of a mean, from the population standard deviation; infinite for a single run. */
function standardErrorOf({ std, runs }: Spread): number {
  return runs > 1 ? std / Math.sqrt(runs - 1) : Number.POSITIVE_INFINITY;
}

function failuresOf(records: readonly RunRecord[], columnOf: (record: RunRecord) => string): Failure[] {
  const failures = records.flatMap((record) =>
    record.status === 'failed'
      ? [{ column: columnOf(record), dataset: record.dataset, reason: record.reason }]
      : [],
  );
  const groups = grouped(failures, (failure) => JSON.stringify(failure));
  return [...groups.values()].map((group) => ({ ...group[0], runs: group.length }));
}
