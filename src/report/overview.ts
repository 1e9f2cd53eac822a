import { partition } from 'es-toolkit/array/partition';
import { uniq } from 'es-toolkit/array/uniq';
import { grouped } from '../grouped.js';
import { columnsOf } from '../results/columns.js';
import { columnRanks } from '../results/mean-ranks.js';
import { isDone } from '../results/record.js';
import { ON_DATA, type Place } from '../results/remarks.js';
import { byMetric, type Metric } from '../results/spread.js';
import { qualificationsOf, rowOf, type Table } from '../results/table.js';
import { nameData, tellDataApart } from '../results/tell-data-apart.js';
import { type ExperimentResults, runsOfAll } from './experiment-results.js';
import { families } from './families.js';
import { bothTables, type Tables } from './means.js';

/** The means of several experiments in one table. */
export interface Overview {
  readonly title: string;
  readonly note: string;
  /** The experiments that it is of, by name. */
  readonly experiments: readonly string[];
  readonly tables: Tables;
  /** Whether its rows are alike but for the data set, so that a detector's mean and mean rank over them say something. */
  readonly summed: boolean;
}

/**
 * Tables over several experiments: of each group that differs by data set alone (`families`), with a row a data set and setting; where there is no
 * such group, one with a row an experiment. None for a single experiment.
 */
export function overviewsOf(experiments: readonly ExperimentResults[]): Overview[] {
  if (experiments.length < 2) return [];
  const [merged, alone] = partition(families(experiments), (members) => members.length > 1);
  if (merged.length === 0) return [overExperiments(experiments)];
  const overviews = merged.map(overDatasets);
  const last = overviews.length - 1;
  return overviews.map((overview, index) =>
    index < last ? overview : { ...overview, note: overview.note + leftOutNote(alone.flat()) },
  );
}

/** Says which experiments are in no table over data sets. */
function leftOutNote(experiments: readonly ExperimentResults[]): string {
  const names = experiments.map(({ name }) => name).join(', ');
  return names === '' ? '' : ` No other experiment has the settings and options of ${names}, left out here.`;
}

function overDatasets(members: readonly ExperimentResults[]): Overview {
  const records = tellDataApart(runsOfAll(members));
  const tables = bothTables(records, columnsOf(records));
  const datasets = new Set(records.map(({ dataset }) => dataset)).size;
  return {
    title: `${datasets} data sets`,
    note: `These experiments differ by data set ${haveSameDetectors(members) ? 'alone' : 'and detectors alone'}${sumsNote(tables.auroc)}.`,
    experiments: members.map(({ name }) => name),
    tables,
    summed: true,
  };
}

/** Says what a mean and a mean rank beside the rows of a table are, as far as there are any. */
function sumsNote(table: Table): string {
  const isWhole = (column: number) => table.rows.every(({ cells }) => cells[column] !== undefined);
  if (![...table.columns.keys()].some(isWhole)) return '';
  const isRanked = columnRanks(table).some((rank) => rank !== undefined);
  const sums = isRanked ? 'means and mean ranks, 1 the best,' : 'means';
  return `; ${sums} are over all columns, of detectors that have runs in all`;
}

function haveSameDetectors(experiments: readonly ExperimentResults[]): boolean {
  const namesOf = ({ records }: ExperimentResults) => uniq(records.map(({ detector }) => detector.name));
  return uniq(experiments.map((experiment) => namesOf(experiment).sort().join())).length === 1;
}

function overExperiments(experiments: readonly ExperimentResults[]): Overview {
  const records = nameData(runsOfAll(experiments));
  const columns = columnsOf(records);
  const rows: Place = {
    before: 'in',
    groups: (runs) =>
      experiments.map(({ name, records: own }) => {
        const ids = new Set(own.map(({ id }) => id));
        return [name, runs.filter(({ id }) => ids.has(id))];
      }),
  };
  const tableOf = (metric: Metric): Table => ({
    dimensions: ['experiment'],
    columns: columns.names,
    rows: experiments.map(({ name, records: own }) => {
      const byColumn = grouped(own.filter(isDone), columns.of);
      const groups = columns.names.map((column) => byColumn.get(column) ?? []);
      return {
        setting: [name],
        ...rowOf(
          groups,
          groups.map(() => undefined),
          metric,
        ),
      };
    }),
    ...qualificationsOf(records, columns, [rows, ON_DATA]),
  });
  return {
    title: `${experiments.length} experiments`,
    note: 'Each mean is over all runs of an experiment, whatever their settings.',
    experiments: experiments.map(({ name }) => name),
    tables: byMetric(tableOf),
    summed: false,
  };
}
