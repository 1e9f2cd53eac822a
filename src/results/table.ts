import { sortBy } from 'es-toolkit/array/sortBy';
import { uniq } from 'es-toolkit/array/uniq';
import { uniqBy } from 'es-toolkit/array/uniqBy';
import { memoize } from 'es-toolkit/function/memoize';
import { mean, sampleStandardDeviation, standardDeviation, sum } from 'simple-statistics';
import type { Run } from '../config/run.js';
import { normalClassesOf } from '../data/split.js';
import { BEST_BY_TEST, bestByTestOf } from '../detectors/best-by-test.js';
import { type DetectorChoice, withUsual } from '../detectors/options.js';
import { DETECTORS, detectorTitle, knownDetector } from '../detectors/registry.js';
import { grouped } from '../grouped.js';
import { remembered } from '../remembered.js';
import { byResult } from './copies.js';
import {
  classesOf,
  type MeanDifference,
  meanDifference,
  standardErrorOf,
  variedClass,
} from './mean-difference.js';
import { optionText } from './option-text.js';
import { type PublishedAuroc, publishedFor } from './published.js';
import type { RunRecord, RunSuccess } from './record.js';
import { remarksOf } from './remarks.js';

/** What detectors are compared by: the area under the ROC curve, or the average precision. */
export type Metric = 'auroc' | 'averagePrecision';

/** What tables and pages call the metrics. */
export const METRIC_NAMES: ByMetric<string> = { auroc: 'AUROC', averagePrecision: 'Average precision' };

/** Something for each metric. */
export type ByMetric<T> = Readonly<Record<Metric, T>>;

/** What a function makes of each metric. */
export function byMetric<T>(of: (metric: Metric) => T): ByMetric<T> {
  return { auroc: of('auroc'), averagePrecision: of('averagePrecision') };
}

/** The AUROC, or the average precision, of detectors (columns) in settings (rows), in the form of the paper's tables. */
export interface Table {
  /** What tells the settings apart, first of all the data set. */
  readonly dimensions: readonly DimensionName[];
  /** The detectors' titles, with the options in which several variants of one differ. */
  readonly columns: readonly string[];
  readonly rows: readonly Row[];
  /** The columns that hold detectors whose bandwidth was chosen by the labels of a part of the test set. */
  readonly chosenOnTestSet: readonly string[];
  /** Whether test parts were redrawn, so that they share rows with the training. */
  readonly redrawn: boolean;
  /** What else is to be said of its data sets and columns, in sentences. */
  readonly remarks: readonly string[];
  readonly failures: readonly Failure[];
  /** From the paper's AUROC, where it can be told. */
  readonly difference?: MeanDifference;
}

/** Properties of runs that every row may have one value of; options of detectors are such in the paper's figures alone, experiments in overviews. */
export type DimensionName =
  | 'dataset'
  | 'labeledAnomalyRatio'
  | 'labeledNormalRatio'
  | 'pollutionRatio'
  | 'knownAnomalyClassCount'
  | 'normalClassCount'
  | 'preparation'
  | 'normalClass'
  | 'knownAnomalyClasses'
  | 'experiment'
  | 'eta'
  | 'representationSize';

/** A property of runs that every row of their table has one value of. */
export interface Dimension {
  readonly name: DimensionName;
  readonly of: (record: Run) => string | number;
}

export interface Row {
  /** One value a dimension. */
  readonly setting: readonly (string | number)[];
  /** One a column; absent where no run was done. */
  readonly cells: readonly (Cell | undefined)[];
  /** One a column; absent where the paper states nothing of it. */
  readonly published: readonly (Published | undefined)[];
}

/** The metric of a table, as a fraction, over the seeds and class pairs of one detector in one setting. */
export interface Cell {
  readonly mean: number;
  /** The population standard deviation (n in the denominator), as numpy computes it and the paper's authors did. */
  readonly std: number;
  /** The mean of the average precision, as a fraction. */
  readonly averagePrecision: number;
  readonly runs: number;
  readonly errors: StandardErrors;
  /** It has the highest mean of the row's several, to the digits shown. */
  readonly best: boolean;
}

/** Standard errors of a mean, as fractions: how far it might lie elsewhere with other classes, and with other seeds. */
export interface StandardErrors {
  /** Over the normal classes, or of a single one over its known classes, each the mean of its runs; absent where neither varies. */
  readonly classes?: number;
  /** Over the seeds of each such class, whose variances are pooled; absent where none has two. */
  readonly seeds?: number;
}

/** The paper's AUROC in the place of a cell. */
export interface Published extends PublishedAuroc {
  /** Absent where no run was done, or the paper's is no target. */
  readonly deviation?: Deviation;
}

/** How a cell differs from the paper's AUROC. */
export interface Deviation {
  /** The cell's mean minus the paper's. */
  readonly difference: number;
  /** How many standard errors of it that is, of either sign; absent for a single result, which has none. */
  readonly standardErrors?: number;
  /** The difference is more than two standard errors from 0. */
  readonly outside: boolean;
  /** Over how many pairs of classes the cell is, where these are fewer than the paper's. */
  readonly pairs?: number;
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

/** What the cells of a table are of. */
export interface TableOptions {
  readonly metric?: Metric;
  /** Whether each normal class, or where there is only one, each choice of known classes, has rows of its own. */
  readonly byClass?: boolean;
}

/**
 * Groups records into a table. Data sets keep the order of the records, detectors have that of their registry; rows and the variants
 * of a detector ascend in their numbers, in whatever order the runs finished. What the paper states is beside the AUROC alone.
 */
export function table(
  records: readonly RunRecord[],
  columns = columnsOf(records),
  { metric = 'auroc', byClass = false }: TableOptions = {},
): Table {
  const dimensions = [...dimensionsOf(records), ...(byClass ? classDimensions(records) : [])];
  const settings = settingsOf(records, dimensions);
  const groups = settings.map(({ members }) => {
    const byColumn = grouped(members, columns.of);
    return columns.names.map((column) => (byColumn.get(column) ?? []).filter(isDone));
  });
  const width = columns.names.length;
  const published = metric === 'auroc' ? publishedFor(groups.flat()) : [];
  return {
    dimensions: dimensions.map(({ name }) => name),
    columns: columns.names,
    rows: settings.map(({ setting }, row) => ({
      setting,
      ...rowOf(
        groups[row],
        groups[row].map((_, column) => published[row * width + column]),
        metric,
      ),
    })),
    chosenOnTestSet: uniq(records.filter(usesHoldOut).map(columns.of)),
    redrawn: records.some(isRedrawn),
    remarks: remarksOf(records, columns.of),
    failures: failuresOf(records, columns.of),
    ...differenceOf(groups.flat(), published),
  };
}

/** The part of a table that says how its cells differ from the paper's on average. */
export function differenceOf(
  cells: readonly (readonly RunRecord[])[],
  published: readonly (PublishedAuroc | undefined)[],
): Pick<Table, 'difference'> {
  const difference = meanDifference(
    cells.flatMap((records, cell) => {
      const [runs, stated] = [records.filter(isDone), published[cell]];
      return stated && stated.remark === undefined && runs.length > 0 ? [{ runs, published: stated }] : [];
    }),
  );
  return difference ? { difference } : {};
}

/** The runs of one setting. */
interface Setting<T> {
  /** One value a dimension. */
  readonly setting: readonly (string | number)[];
  /** At least one. */
  readonly members: readonly T[];
}

/** The settings that these dimensions tell apart, in the order of a table's rows. */
export function settingsOf<T extends RunRecord>(
  records: readonly T[],
  dimensions = dimensionsOf(records),
): Setting<T>[] {
  const settingOf = (record: T) => dimensions.map((dimension) => dimension.of(record));
  const found = [...grouped(records, (record) => JSON.stringify(settingOf(record))).values()].map(
    (members) => ({ setting: settingOf(members[0]), members }),
  );
  const orders = dimensions.map((_, index) => {
    const rank = rankBy(found.map(({ setting }) => setting[index]));
    return ({ setting }: Setting<T>) => rank(setting[index]);
  });
  return sortBy(found, orders);
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
  const normalCount = ({ normalClass }: Run) => normalClassesOf(normalClass).length;
  if (uniq(records.map(normalCount)).length > 1) {
    dimensions.push({ name: 'normalClassCount', of: normalCount });
  }
  if (uniq(records.map(preparedAs)).length > 1) {
    dimensions.push({ name: 'preparation', of: preparedAs });
  }
  return dimensions;
}

/** The classes that vary: the normal one, or where that is always the same, the known ones; none where there is nothing to tell apart. */
export function classDimensions(records: readonly Run[]): Dimension[] {
  const classes: Dimension[] = [
    { name: 'normalClass', of: ({ normalClass }) => normalClassesOf(normalClass).join('+') },
    { name: 'knownAnomalyClasses', of: (run) => run.knownAnomalyClasses.join('+') || 'none' },
  ];
  const varies = ({ of }: Dimension) =>
    [...grouped(records, ({ dataset }) => dataset).values()].some((own) => uniq(own.map(of)).length > 1);
  return classes.filter(varies).slice(0, 1);
}

/** Whether the test part of a run was redrawn, so that it shares rows with the training. */
export function isRedrawn({ preparation }: Run): boolean {
  return preparation?.testPart === 'redrawn';
}

/** What is unusual in how a run's data became samples. */
export function preparedAs({ preparation }: Run): string {
  return preparation ? Object.values(preparation).join(', ') : 'as usual';
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
  // Of few detectors there are many runs.
  const nameOfChoices = remembered((choices: Choices) => {
    const { detector, values } = choices;
    const title = titleOf(detector);
    const varied = varying.get(detector.name) ?? [];
    const shown = varied.filter((option) => values.has(option) && values.get(option) !== BEST_BY_TEST);
    if (shown.length === 0) return title;
    return `${title} (${shown.map((option) => `${option}=${optionText(values.get(option))}`).join(', ')})`;
  });
  return (record) => nameOfChoices(choicesOf(record));
}

/** The title of a detector; of one that its result on the test set has chosen, with those words, in every table alike. */
export function titleOf({ name, options }: DetectorChoice): string {
  const choices = knownDetector(name)?.bestOf?.(options);
  const title = detectorTitle(name);
  return choices === undefined ? title : `${title}, ${bestByTestOf(choices)}`;
}

/**
 * The options of one detector that have several values on one data set. Between data sets they may differ without making
 * another variant, as the paper's defaults do. An option that only some runs have follows from another one that varies.
 */
function varyingOptions(records: readonly Computed[], passedOver: string | undefined): string[] {
  const varying = new Map<string, boolean>();
  const met = new Map<string, { readonly first: Map<string, unknown>; readonly choices: Set<Choices> }>();
  for (const record of records) {
    const { first, choices } = met.get(record.dataset) ?? { first: new Map(), choices: new Set() };
    met.set(record.dataset, { first, choices });
    const own = choicesOf(record);
    if (choices.has(own)) continue;
    choices.add(own);
    for (const [name, value] of own.values) {
      if (!varying.has(name)) varying.set(name, false);
      if (!first.has(name)) first.set(name, value);
      const known = first.get(name);
      // Lists of equal numbers are equal as text alone.
      if (known !== value && String(known) !== String(value)) varying.set(name, true);
    }
  }
  return [...varying.keys()].filter((name) => varying.get(name) && name !== passedOver);
}

/** What of a run may make its detector a variant of its own. */
interface Choices {
  readonly detector: DetectorChoice;
  /** Of the options, and of the engine where the outcome depends on that. */
  readonly values: ReadonlyMap<string, unknown>;
}

/** The choices of a run, as one object for all that share their detector and engine. */
function choicesOf({ detector, engine }: Computed): Choices {
  return choicesByEngine(detector)(engine);
}

const choicesByEngine = remembered((detector: DetectorChoice) =>
  memoize((engine: string | undefined): Choices => ({ detector, values: choiceValues(detector, engine) })),
);

/** A saved model that a run starts from is one option: its folder, and the beginning of its checksum, since a folder may have held several. */
function choiceValues({ name, options }: DetectorChoice, engine: string | undefined): Map<string, unknown> {
  const definition = knownDetector(name);
  const known = definition?.options.shape ?? {};
  const { warmStart, warmStartChecksum, ...others } = withUsual(options, known);
  const values = new Map<string, unknown>(Object.entries(others));
  if (Object.hasOwn(known, 'warmStart')) {
    const start = warmStart === undefined ? 'none' : `${warmStart} ${String(warmStartChecksum).slice(0, 8)}`;
    values.set('warmStart', start);
  }
  if (engine !== undefined && (!definition || definition.trains)) values.set('engine', engine);
  return values;
}

/** Whether a run chose its bandwidth by labels of the test set. */
export function usesHoldOut({ detector: { name, options } }: RunRecord): boolean {
  return knownDetector(name)?.usesHoldOut?.(options) ?? false;
}

/**
 * The cells of a row, and beside them what the paper states.
 *
 * @param groups the runs of each column
 * @param published what the paper states of each column
 */
export function rowOf(
  groups: readonly (readonly RunRecord[])[],
  published: readonly (PublishedAuroc | undefined)[],
  metric: Metric = 'auroc',
): Pick<Row, 'cells' | 'published'> {
  const spreads = groups.map((runs) => spreadOf(runs, metric));
  const means = spreads.flatMap((spread) => (spread ? [percent(spread.mean)] : []));
  const highest = Math.max(...means.map(Number));
  return {
    cells: spreads.map(
      (spread) => spread && { ...spread, best: means.length > 1 && Number(percent(spread.mean)) === highest },
    ),
    published: published.map((stated, column) => {
      const spread = spreads[column];
      if (!stated || !spread || stated.remark !== undefined) return stated;
      return { ...stated, deviation: deviationOf(spread, groups[column], stated) };
    }),
  };
}

/** Whether a run came to an AUROC. */
export function isDone(record: RunRecord): record is RunRecord & RunSuccess {
  return record.status === 'done';
}

/** A metric over the seeds and class pairs of one detector in one setting. */
export type Spread = Omit<Cell, 'best'>;

/** A metric over the runs of these that are done, if any is. */
export function spreadOf(records: readonly RunRecord[], metric: Metric = 'auroc'): Spread | undefined {
  const done = records.filter(isDone);
  if (done.length === 0) return undefined;
  // Sorted, so that the order in which runs finished does not show in a last digit.
  const ascending = (values: readonly number[]) => values.toSorted(ascend);
  const values = ascending(done.map((run) => run[metric]));
  return {
    mean: mean(values),
    std: standardDeviation(values),
    averagePrecision: mean(ascending(done.map(({ averagePrecision }) => averagePrecision))),
    runs: values.length,
    errors: standardErrorsOf(done, metric),
  };
}

function standardErrorsOf(runs: readonly (RunRecord & RunSuccess)[], metric: Metric): StandardErrors {
  const meanOf = (own: readonly RunSuccess[]) => mean(own.map((run) => run[metric]).sort(ascend));
  const classes = [...grouped(runs, variedClass(runs)).values()].map((own) =>
    [...grouped(own, ({ seed }) => seed).values()].map(meanOf).sort(ascend),
  );
  const means = classes.map((seeds) => mean(seeds)).sort(ascend);
  const count = sum(classes.map((seeds) => seeds.length));
  const freedom = count - classes.length;
  const squares = classes.map((seeds) => seeds.length * standardDeviation(seeds) ** 2).sort(ascend);
  return {
    ...(means.length > 1 && { classes: sampleStandardDeviation(means) / Math.sqrt(means.length) }),
    ...(freedom > 0 && { seeds: Math.sqrt(sum(squares) / freedom / count) }),
  };
}

function ascend(a: number, b: number): number {
  return a - b;
}

function deviationOf(ours: Spread, records: readonly RunRecord[], published: PublishedAuroc): Deviation {
  const runs = records.filter(isDone);
  // As the paper's, which count as many as there are results.
  const results = byResult(runs, (run) => run).map(([{ auroc }]) => auroc);
  const standardError = standardErrorOf({
    std: standardDeviation(results.sort(ascend)),
    runs: results.length,
  });
  const difference = ours.mean - published.mean;
  const standardErrors =
    Math.abs(difference) / Math.sqrt(standardError ** 2 + standardErrorOf(published) ** 2);
  const pairs = uniq(runs.map(classesOf)).length;
  return {
    difference,
    ...(results.length > 1 && { standardErrors }),
    outside: standardErrors > 2,
    ...(pairs < (published.pairs ?? 0) && { pairs }),
  };
}

/** How often each detector failed on each data set for each reason; of reasons that differ in numbers alone the first is for one. */
export function failuresOf(
  records: readonly RunRecord[],
  columnOf: (record: RunRecord) => string,
): Failure[] {
  const failures = records.flatMap((record) =>
    record.status === 'failed'
      ? [{ column: columnOf(record), dataset: record.dataset, reason: record.reason }]
      : [],
  );
  const groups = grouped(failures, ({ reason, ...of }) =>
    JSON.stringify([of, reason.replace(/[\d.]+(e[-+]?\d+)?/g, '#')]),
  );
  return [...groups.values()].map((group) => {
    const [{ reason, ...of }] = group;
    const same = group.every((failure) => failure.reason === reason);
    return { ...of, reason: same ? reason : `for one: ${reason}`, runs: group.length };
  });
}
