import normalCdf from '@stdlib/stats-base-dists-normal-cdf';
import ranksOf from '@stdlib/stats-ranks';
import wilcoxon from '@stdlib/stats-wilcoxon';
import { countBy } from 'es-toolkit/array/countBy';
import { sortBy } from 'es-toolkit/array/sortBy';
import { sum } from 'es-toolkit/math/sum';
import { mean } from 'simple-statistics';
import type { PairedColumns } from './pairing.js';

/** How two detectors compare over paired runs. */
export interface Significance {
  readonly first: string;
  readonly second: string;
  readonly pairs: number;
  /** Pairs in which the first has the higher AUROC, and in which the second has. */
  readonly wins: number;
  readonly losses: number;
  /** Mean AUROC of the first minus that of the second, as a fraction. */
  readonly meanDifference: number;
  /** Of the two-sided Wilcoxon signed-rank test; absent for fewer pairs than could ever have one below 0.05. */
  readonly pValue?: number;
  /** The p-value by Holm's correction for all the comparisons that it is one of. */
  readonly corrected?: number;
}

/** Compares two detectors by the Wilcoxon signed-rank test on the AUROC of their paired runs. */
function significance({ first, second, pairs }: PairedColumns): Significance {
  const ours = pairs.map((pair) => pair.first.auroc);
  const others = pairs.map((pair) => pair.second.auroc);
  const differences = ours.map((auroc, index) => auroc - others[index]);
  return {
    first,
    second,
    pairs: pairs.length,
    wins: differences.filter((difference) => difference > 0).length,
    losses: differences.filter((difference) => difference < 0).length,
    meanDifference: mean(differences),
    ...(pairs.length >= FEWEST && { pValue: signedRankTest(ours, others) }),
  };
}

/** Pairs of which the least p-value is below 0.05: that of 6 is 2 / 2⁶, of 5 it is 2 / 2⁵. */
const FEWEST = 6;

/** Compares every two detectors, with p-values that are corrected for how many they are (Holm 1979). */
export function significances(pairs: readonly PairedColumns[]): Significance[] {
  const compared = pairs.map(significance);
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

/** The pairs up to which the distribution of the statistic is known exactly rather than approximately. */
const MOST_EXACT = 50;

/**
 * The p-value of the two-sided Wilcoxon signed-rank test; equal pairs are left out. Exact for at most 50 pairs without ties, else
 * by the normal approximation with a correction for ties and none for continuity. 1 where fewer than two pairs differ at all.
 */
export function signedRankTest(first: readonly number[], second: readonly number[]): number {
  const differences = first.flatMap((value, index) => (value === second[index] ? [] : value - second[index]));
  if (differences.length < 2) return 1;
  // The package takes a time that grows with the square of their number.
  if (differences.length > MOST_EXACT) return approximatePValue(differences);
  const { pValue } = wilcoxon([...first], [...second], { correction: false });
  // The exact p-value of ranks that balance is twice a probability above one half.
  return Math.min(1, pValue);
}

/** The p-value of the test by the normal approximation. */
function approximatePValue(differences: readonly number[]): number {
  const count = differences.length;
  const ranks = ranksOf(differences.map(Math.abs), { missing: 'remove' });
  const statistic = sum(ranks.filter((_, index) => differences[index] > 0));
  const ties = Object.values(countBy(ranks, (rank) => rank)).map((tied) => tied ** 3 - tied);
  const variance = (count * (count + 1) * (2 * count + 1) - sum(ties) / 2) / 24;
  const deviation = (statistic - (count * (count + 1)) / 4) / Math.sqrt(variance);
  return 2 * (1 - normalCdf(Math.abs(deviation), 0, 1));
}
