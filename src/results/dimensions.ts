import { sortBy } from 'es-toolkit/array/sortBy';
import { uniq } from 'es-toolkit/array/uniq';
import type { Run } from '../config/run.js';
import { normalClassesOf } from '../data/split.js';
import { grouped } from '../grouped.js';
import type { RunRecord } from './record.js';

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

/** What heads the column of each dimension. */
export const HEADINGS: Readonly<Record<DimensionName, string>> = {
  dataset: 'Data set',
  labeledAnomalyRatio: 'γ_l',
  labeledNormalRatio: 'labeled normal',
  pollutionRatio: 'γ_p',
  knownAnomalyClassCount: 'known classes',
  eta: 'η',
  representationSize: 'd',
  normalClassCount: 'normal classes',
  preparation: 'prepared',
  experiment: 'Experiment',
  normalClass: 'normal',
  knownAnomalyClasses: 'known',
};

/** A property of runs that every row of their table has one value of. */
export interface Dimension {
  readonly name: DimensionName;
  readonly of: (record: Run) => string | number;
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

/**
 * The classes that vary: the normal one, or where that is always the same, the known ones of runs that have some; none where there is nothing to
 * tell apart.
 */
export function classDimensions(records: readonly Run[]): Dimension[] {
  const classes: Dimension[] = [
    { name: 'normalClass', of: ({ normalClass }) => normalClassesOf(normalClass).join('+') },
    { name: 'knownAnomalyClasses', of: (run) => run.knownAnomalyClasses.join('+') || 'none' },
  ];
  const labeled = records.filter((run) => run.knownAnomalyClasses.length > 0);
  const varies = ({ name, of }: Dimension) => {
    const told = name === 'knownAnomalyClasses' ? labeled : records;
    return [...grouped(told, ({ dataset }) => dataset).values()].some((own) => uniq(own.map(of)).length > 1);
  };
  return classes.filter(varies).slice(0, 1);
}

/** Whether the test part of a run was redrawn, so that it shares rows with the training. */
export function isRedrawn({ preparation }: Run): boolean {
  return preparation?.testPart === 'redrawn';
}

/** What is unusual in how a run's data became samples, joined as several classes are: values stand in lists with commas. */
export function preparedAs({ preparation }: Run): string {
  return preparation ? Object.values(preparation).join('+') : 'as usual';
}

/** Orders values: numbers ascend, others keep the order in which they first come. */
export function rankBy(values: readonly unknown[]): (value: unknown) => number {
  const order = new Map(uniq(values).map((value, index) => [value, index]));
  return (value) => (typeof value === 'number' ? value : (order.get(value) ?? order.size));
}
