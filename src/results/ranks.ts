import fCdf from '@stdlib/stats-base-dists-f-cdf';
import normalCdf from '@stdlib/stats-base-dists-normal-cdf';
import { countBy } from 'es-toolkit/array/countBy';
import { sortBy } from 'es-toolkit/array/sortBy';
import { uniq } from 'es-toolkit/array/uniq';
import { range } from 'es-toolkit/math/range';
import { sum } from 'es-toolkit/math/sum';
import { mean } from 'simple-statistics';
import { exponential, logarithm } from '../exponential.js';
import { grouped } from '../grouped.js';
import { columnsOf } from './columns.js';
import { dimensionsOf, settingsOf } from './dimensions.js';
import { meanRanks, rowRanks } from './mean-ranks.js';
import { isDone, type RunRecord } from './record.js';
import { remarksOf } from './remarks.js';
import { LEVEL } from './significance.js';
import { settingText } from './wording.js';

/** The ranks of detectors over data sets in one setting (Demšar 2006). */
export interface Ranks {
  /** In words, beside the data set; empty where there is only one. */
  readonly setting: string;
  readonly datasets: readonly string[];
  /** By their mean rank, of which 1 is the best. */
  readonly detectors: readonly { readonly name: string; readonly rank: number }[];
  /** Of Friedman's test in the form of Iman and Davenport, that all detectors are alike. */
  readonly pValue: number;
  /** How far two mean ranks must lie apart, at the least, to differ by Nemenyi's test at the level of 0.05. */
  readonly criticalDifference: number;
  /** The first and the last of detectors that the tests do not tell apart: every largest such group. */
  readonly groups: readonly (readonly [first: number, last: number])[];
  /** Detectors that lack a result on one of the data sets, and have no rank. */
  readonly leftOut: readonly string[];
  /** What is to be said of the data sets and the ranked detectors, in sentences. */
  readonly remarks: readonly string[];
}

/** The fewest data sets and detectors that are ranked. */
const FEWEST_DATASETS = 5;
const FEWEST_DETECTORS = 3;

/**
 * Ranks detectors by their mean AUROC on each of five data sets or more, in each setting that has as many and three detectors. Of the
 * tests after Friedman's it takes Nemenyi's, since no signed-rank test over five data sets can come below 0.05.
 */
export function ranksOverDatasets(records: readonly RunRecord[]): Ranks[] {
  const columns = columnsOf(records);
  const dimensions = dimensionsOf(records).filter(({ name }) => name !== 'dataset');
  return settingsOf(records, dimensions).flatMap(({ members }) => {
    const runs = members.filter(isDone);
    const datasets = uniq(runs.map(({ dataset }) => dataset));
    const cells = grouped(runs, (run) => JSON.stringify([columns.of(run), run.dataset]));
    const aurocsOf = (name: string) =>
      datasets.flatMap((dataset) => {
        const own = cells.get(JSON.stringify([name, dataset]));
        return own ? [mean(own.map(({ auroc }) => auroc).sort((a, b) => a - b))] : [];
      });
    const complete = columns.names.filter((name) => aurocsOf(name).length === datasets.length);
    if (datasets.length < FEWEST_DATASETS || complete.length < FEWEST_DETECTORS) return [];
    const setting = settingText(dimensions, members[0]);
    const present = new Set(members.map(columns.of));
    const leftOut = columns.names.filter((name) => present.has(name) && !complete.includes(name));
    const ranked = members.filter((run) => complete.includes(columns.of(run)));
    const ranks = rank(complete, complete.map(aurocsOf));
    return [
      {
        setting,
        datasets,
        ...ranks,
        leftOut,
        remarks: [...failedNote(ranked, columns.of), ...remarksOf(ranked.filter(isDone), columns)],
      },
    ];
  });
}

/** What is said of runs that failed of detectors whose others are ranked. */
function failedNote(runs: readonly RunRecord[], columnOf: (run: RunRecord) => string): string[] {
  const failed = Object.entries(
    countBy(
      runs.filter((run) => !isDone(run)),
      columnOf,
    ),
  );
  return failed.length === 0
    ? []
    : [`Runs that failed are in no mean: ${failed.map(([name, runs]) => `${runs} of ${name}`).join(', ')}.`];
}

/**
 * Ranks detectors and tests which of them differ.
 *
 * @param aurocs those of each detector on each data set
 */
export function rank(
  names: readonly string[],
  aurocs: readonly (readonly number[])[],
): Pick<Ranks, 'detectors' | 'pValue' | 'criticalDifference' | 'groups'> {
  const [detectors, datasets] = [names.length, aurocs[0].length];
  const ranks = rowRanks(range(datasets).map((dataset) => aurocs.map((own) => own[dataset])));
  const means = meanRanks(ranks);
  const ordered = sortBy(
    names.map((name, index) => ({ name, rank: means[index] })),
    ['rank'],
  );
  const pValue = friedman(ranks);
  const criticalDifference = nemenyi(detectors) * Math.sqrt((detectors * (detectors + 1)) / (6 * datasets));
  // Which detectors differ is asked only where some do.
  const apart = pValue < LEVEL ? criticalDifference : Number.POSITIVE_INFINITY;
  const reach = ordered.map(({ rank }) => ordered.findLastIndex((other) => other.rank - rank <= apart));
  const groups = reach.flatMap((last, first): [number, number][] =>
    last > first && (first === 0 || reach[first - 1] < last) ? [[first, last]] : [],
  );
  return { detectors: ordered, pValue, criticalDifference, groups };
}

/**
 * The p-value of Friedman's test by the F distribution (Iman and Davenport 1980), from Kendall's coefficient of concordance: the share of
 * what ranks vary within data sets by which the detectors differ, which corrects for ties.
 *
 * @param ranks those of all detectors on each data set
 */
function friedman(ranks: readonly (readonly number[])[]): number {
  const [datasets, detectors] = [ranks.length, ranks[0].length];
  const middle = (detectors + 1) / 2;
  // Ranks are halves, so that these sums of squares have no rounding.
  const within = datasets * sum(ranks.flat().map((rank) => (rank - middle) ** 2));
  const between = sum(ranks[0].map((_, place) => sum(ranks.map((own) => own[place] - middle)) ** 2));
  // All tie on every data set.
  if (within === 0) return 1;
  // Ranks that are the same on every data set.
  if (within === between) return 0;
  const statistic = ((datasets - 1) * between) / (within - between);
  return 1 - fCdf(statistic, detectors - 1, (detectors - 1) * (datasets - 1));
}

/** The critical value of Nemenyi's test at the level of 0.05: the quantile of the studentized range without end of freedom, over √2. */
export function nemenyi(detectors: number): number {
  let [low, high] = [0, 20];
  while (high - low > 1e-6) {
    const middle = (low + high) / 2;
    if (rangeCdf(middle, detectors) < 1 - LEVEL) low = middle;
    else high = middle;
  }
  return low / Math.SQRT2;
}

/** The probability that as many standard normal numbers lie within this range of each other, by Simpson's rule. */
function rangeCdf(width: number, count: number): number {
  const [from, to, steps] = [-8, 8, 400];
  const step = (to - from) / steps;
  const terms = Array.from({ length: steps + 1 }, (_, index) => {
    const x = from + index * step;
    const density = exponential(-(x ** 2) / 2) / Math.sqrt(2 * Math.PI);
    const weight = index === 0 || index === steps ? 1 : index % 2 === 1 ? 4 : 2;
    const within = normalCdf(x + width, 0, 1) - normalCdf(x, 0, 1);
    return weight * density * exponential((count - 1) * logarithm(within));
  });
  return (count * step * sum(terms)) / 3;
}
