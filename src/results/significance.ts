import { sortBy } from 'es-toolkit/array/sortBy';
import { meanBy } from 'es-toolkit/math/meanBy';
import { remembered } from '../remembered.js';
import { type Columns, columnsOf } from './columns.js';
import { byResult } from './copies.js';
import { dimensionsOf, settingsOf } from './dimensions.js';
import { exact } from './exact.js';
import { type Pair, type PairedColumns, pairedColumns } from './pairing.js';
import type { RunRecord } from './record.js';
import { signedRankTest } from './signed-rank-test.js';
import { type ByMetric, byMetric, type Metric } from './spread.js';
import { settingText } from './wording.js';

/** The level below which a p-value is called significant. */
export const LEVEL = 0.05;

/** How two detectors compare over paired runs. */
export interface Significance {
  readonly first: string;
  readonly second: string;
  /** Of independent results: what comes to the same with other labels, or with every seed, counts once. */
  readonly pairs: number;
  /** Pairs in which the first has the higher metric, and in which the second has; in the others they tie. */
  readonly wins: number;
  readonly losses: number;
  /** Mean of the first minus that of the second over all paired runs, as a fraction. */
  readonly meanDifference: number;
  /** Of the two-sided Wilcoxon signed-rank test; absent where fewer pairs differ than could ever have one below 0.05. */
  readonly pValue?: number;
  /** Beside a p-value, which of the two the test finds higher: 1 for the first, −1 for the second, 0 for none. The mean difference may say the other. */
  readonly sign?: number;
  /** The p-value by Holm's correction for all the comparisons that it is one of. */
  readonly corrected?: number;
}

/** How every two detectors compare in one setting, or in all together. */
export interface SettingComparisons {
  /** In words; undefined for all settings, pooled. */
  readonly setting: string | undefined;
  /** Of every two that have paired runs, by Holm's correction for all of these. */
  readonly comparisons: readonly Significance[];
}

/** Compares detectors by each metric in each setting of these runs apart, and where there are several, in all of them pooled. */
export function significanceBySetting(
  records: readonly RunRecord[],
  columns: Columns = columnsOf(records),
): ByMetric<SettingComparisons[]> {
  const dimensions = dimensionsOf(records);
  const apart = settingsOf(records, dimensions).map(({ members }) => ({
    setting: settingText(dimensions, members[0]),
    pairs: pairedColumns(members, columns),
  }));
  const several = apart.filter(({ pairs }) => pairs.length > 0);
  const pooled = several.length > 1 ? [{ setting: undefined, pairs: pairedColumns(records, columns) }] : [];
  return byMetric((metric) =>
    [...several, ...pooled].map(({ setting, pairs }) => ({
      setting,
      comparisons: significances(pairs, metric),
    })),
  );
}

/**
 * Compares two detectors by the Wilcoxon signed-rank test on a metric of their paired runs. Pairs in which one of the two has one result make one
 * pair, of their mean difference.
 */
function significance(columns: PairedColumns, metric: Metric): Significance {
  const { first, second, pairs } = columns;
  const differenceOf = (pair: Pair) => pair.first[metric] - pair.second[metric];
  const counted = countedPairs(columns);
  const differences = counted.map((own) => exact(meanBy(own, differenceOf)));
  const wins = differences.filter((difference) => difference > 0).length;
  const losses = differences.filter((difference) => difference < 0).length;
  return {
    first,
    second,
    pairs: counted.length,
    wins,
    losses,
    meanDifference: meanBy(pairs, differenceOf),
    ...(wins + losses >= FEWEST && signedRankTest(differences)),
  };
}

/** The pairs that count once, together, whatever the metric. */
const countedPairs = remembered(({ pairs }: PairedColumns) =>
  byResult(
    pairs,
    (pair) => pair.first,
    (pair) => pair.second,
  ),
);

/** Pairs that differ, of which the least p-value is below 0.05: that of 6 is 2 / 2⁶, of 5 it is 2 / 2⁵. */
const FEWEST = 6;

/** Compares every two detectors, with p-values that are corrected for how many they are (Holm 1979). */
export function significances(pairs: readonly PairedColumns[], metric: Metric): Significance[] {
  const compared = pairs.map((columns) => significance(columns, metric));
  const tested = sortBy(
    compared.flatMap(({ pValue }, index) => (pValue === undefined ? [] : [{ index, pValue }])),
    ['pValue'],
  );
  let highest = 0;
  const corrected = new Map(
    tested.map(({ index, pValue }, smaller) => {
      highest = Math.max(highest, Math.min(1, (tested.length - smaller) * pValue));
      return [index, highest];
    }),
  );
  return compared.map((comparison, index) => {
    const value = corrected.get(index);
    return value === undefined ? comparison : { ...comparison, corrected: value };
  });
}
