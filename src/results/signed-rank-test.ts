import normalCdf from '@stdlib/stats-base-dists-normal-cdf';
import ranksOf from '@stdlib/stats-ranks';
import { countBy } from 'es-toolkit/array/countBy';
import { sum } from 'es-toolkit/math/sum';

/** The differences up to which the distribution of the statistic is computed exactly rather than approximately. */
const MOST_EXACT = 50;

/** What the test says of differences. */
export interface SignedRanks {
  readonly pValue: number;
  /** Whether they are above 0 or below by what is tested, their ranks: 1 or −1, or 0 where these balance. Their mean may be on the other side. */
  readonly sign: number;
}

/**
 * The two-sided Wilcoxon signed-rank test (Wilcoxon 1945): whether differences of pairs are as often and as far above 0 as below.
 * Those that are 0 are left out, and equal sizes share their mean rank. Up to 50 others the p-value is exact, over all 2ⁿ signs that these ranks may
 * have; beyond, it is by the normal approximation with a correction for ties and none for continuity. 1 where none differs from 0.
 */
export function signedRankTest(differences: readonly number[]): SignedRanks {
  const differing = differences.filter((difference) => difference !== 0);
  if (differing.length === 0) return { pValue: 1, sign: 0 };
  const ranks = ranksOf(differing.map(Math.abs));
  const statistic = sum(ranks.filter((_, index) => differing[index] > 0));
  const pValue = differing.length <= MOST_EXACT ? exact(ranks, statistic) : approximate(ranks, statistic);
  return { pValue, sign: Math.sign(statistic - middleOf(ranks.length)) };
}

/** What the statistic of so many ranks is where those of either sign balance. */
function middleOf(count: number): number {
  return (count * (count + 1)) / 4;
}

/** Twice the share of all choices of signs whose statistic is as far from its middle, on one side, or farther. */
function exact(ranks: readonly number[], statistic: number): number {
  // Mean ranks are halves: doubled they are whole, and so are their sums.
  const doubled = ranks.map((rank) => 2 * rank);
  const total = sum(doubled);
  /** How many choices of signs have each sum of ranks above 0: at most 2⁵⁰ together, which a double counts exactly. */
  const choices = new Float64Array(total + 1);
  choices[0] = 1;
  for (const rank of doubled) {
    for (let reached = total; reached >= rank; reached--) choices[reached] += choices[reached - rank];
  }
  const end = Math.min(2 * statistic, total - 2 * statistic);
  return Math.min(1, (2 * sum([...choices.subarray(0, end + 1)])) / 2 ** ranks.length);
}

function approximate(ranks: readonly number[], statistic: number): number {
  const count = ranks.length;
  const ties = Object.values(countBy(ranks, (rank) => rank)).map((tied) => (tied * tied - 1) * tied);
  const variance = (count * (count + 1) * (2 * count + 1) - sum(ties) / 2) / 24;
  const deviation = (statistic - middleOf(count)) / Math.sqrt(variance);
  return 2 * (1 - normalCdf(Math.abs(deviation), 0, 1));
}
