import normalCdf from '@stdlib/stats-base-dists-normal-cdf';
import ranksOf from '@stdlib/stats-ranks';
import wilcoxon from '@stdlib/stats-wilcoxon';
import { countBy } from 'es-toolkit/array/countBy';
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
  /** Of the two-sided Wilcoxon signed-rank test, not corrected for several comparisons. */
  readonly pValue: number;
}

/** Compares two detectors by the Wilcoxon signed-rank test on the AUROC of their paired runs. */
export function significance({ first, second, pairs }: PairedColumns): Significance {
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
    pValue: signedRankTest(ours, others),
  };
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
