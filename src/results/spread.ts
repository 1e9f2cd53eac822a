import { mean, sampleStandardDeviation, standardDeviation, sum } from 'simple-statistics';
import { grouped } from '../grouped.js';
import { resultsByClass } from './copies.js';
import { type DoneRecord, isDone, type RunRecord } from './record.js';

/** What detectors are compared by: the area under the ROC curve, or the average precision. */
export const METRICS = ['auroc', 'averagePrecision'] as const;
export type Metric = (typeof METRICS)[number];

/** What tables and pages call the metrics. */
export const METRIC_NAMES: ByMetric<string> = { auroc: 'AUROC', averagePrecision: 'Average precision' };

/** Something for each metric. */
export type ByMetric<T> = Readonly<Record<Metric, T>>;

/** What a function makes of each metric. */
export function byMetric<T>(of: (metric: Metric) => T): ByMetric<T> {
  return { auroc: of('auroc'), averagePrecision: of('averagePrecision') };
}

/**
 * Standard errors of a mean, as fractions: how far it might lie elsewhere with other classes, and with other seeds. What is one result counts
 * once (`resultsByClass`).
 */
export interface StandardErrors {
  /** Over the normal classes, or of a single one over its known classes, each the mean of its runs; absent where neither varies. */
  readonly classes?: number;
  /** Over the seeds of each such class, whose variances are pooled; absent where none has two. */
  readonly seeds?: number;
}

/** A fraction in percent, to the one decimal that tables show. */
export function percent(fraction: number): string {
  return (100 * fraction).toFixed(1);
}

/** A metric over several runs, as a fraction. */
export interface Spread {
  readonly mean: number;
  /** The population standard deviation (n in the denominator), as numpy computes it and the paper's authors did. */
  readonly std: number;
  /** The mean of the average precision, as a fraction. */
  readonly averagePrecision: number;
  readonly runs: number;
  readonly errors: StandardErrors;
}

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

function standardErrorsOf(runs: readonly DoneRecord[], metric: Metric): StandardErrors {
  const meanOf = (own: readonly DoneRecord[]) => mean(own.map((run) => run[metric]).sort(ascend));
  const classes = resultsByClass(runs, (run) => run).map((results) => {
    const once = results.map(([run]) => run);
    return [...grouped(once, ({ seed }) => seed).values()].map(meanOf).sort(ascend);
  });
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
