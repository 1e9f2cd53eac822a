import { uniq } from 'es-toolkit/array/uniq';
import { grouped } from '../grouped.js';
import { type Columns, columnsOf } from './columns.js';
import { classDimensions, type DimensionName, dimensionsOf, settingsOf } from './dimensions.js';
import { classesOf, type MeanDifference, meanDifference, standardErrorOf } from './mean-difference.js';
import { type PublishedAuroc, publishedFor } from './published.js';
import { isDone, type RunRecord } from './record.js';
import { type Place, remarksOf } from './remarks.js';
import { type Metric, percent, type Spread, spreadOf } from './spread.js';

/** The AUROC, or the average precision, of detectors (columns) in settings (rows), in the form of the paper's tables. */
export interface Table {
  /** What tells the settings apart, first of all the data set. */
  readonly dimensions: readonly DimensionName[];
  /** The detectors' titles, with the options in which several variants of one differ. */
  readonly columns: readonly string[];
  readonly rows: readonly Row[];
  /** What is to be said of its data sets, columns and runs, in sentences (`remarksOf`). */
  readonly remarks: readonly string[];
  readonly failures: readonly Failure[];
  /** From the paper's AUROC, where it can be told. */
  readonly difference?: MeanDifference;
}

export interface Row {
  /** One value a dimension. */
  readonly setting: readonly (string | number)[];
  /** One a column; absent where no run was done. */
  readonly cells: readonly (Cell | undefined)[];
  /** One a column; absent where the paper states nothing of it. */
  readonly published: readonly (Published | undefined)[];
}

/** The metric of a table over the seeds and class pairs of one detector in one setting. */
export interface Cell extends Spread {
  /** It has the highest mean of the row's several, to the digits shown. */
  readonly best: boolean;
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
  /** How many standard errors of it that is, of either sign; absent for a single run, which has none. */
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
    ...qualificationsOf(records, columns),
    ...differenceOf(groups.flat(), published),
  };
}

/**
 * The part of a table that qualifies its cells, whatever its rows are.
 *
 * @param places by what a reader finds runs, where not by data set and preparation
 */
export function qualificationsOf(
  records: readonly RunRecord[],
  columns: Columns,
  places?: readonly Place[],
): Pick<Table, 'remarks' | 'failures'> {
  return {
    remarks: remarksOf(records, columns, [records], places),
    failures: failuresOf(records, columns.of),
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

/**
 * The cells of a row, and beside them what the paper states.
 *
 * @param groups the runs of each column
 * @param published what the paper states of each column
 */
export function rowOf(
  groups: readonly (readonly RunRecord[])[],
  published: readonly (PublishedAuroc | undefined)[],
  metric: Metric,
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

function deviationOf(ours: Spread, records: readonly RunRecord[], published: PublishedAuroc): Deviation {
  const difference = ours.mean - published.mean;
  // As the bars of plots, and the mean difference below the table.
  const standardError = ours.errors.classes ?? ours.errors.seeds;
  const standardErrors =
    standardError === undefined
      ? undefined
      : Math.abs(difference) / Math.sqrt(standardError ** 2 + standardErrorOf(published) ** 2);
  const pairs = uniq(records.filter(isDone).map(classesOf)).length;
  return {
    difference,
    ...(standardErrors !== undefined && { standardErrors }),
    outside: standardErrors !== undefined && standardErrors > 2,
    ...(pairs < (published.pairs ?? 0) && { pairs }),
  };
}

/** How often each detector failed on each data set for each reason; of reasons that differ in numbers alone the first is for one. */
function failuresOf(records: readonly RunRecord[], columnOf: (record: RunRecord) => string): Failure[] {
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
