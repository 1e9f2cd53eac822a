import wilcoxon from '@stdlib/stats-wilcoxon';
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

/**
 * The p-value of the two-sided Wilcoxon signed-rank test; equal pairs are left out. Exact for at most 50 pairs without ties, else
 * by the normal approximation with a correction for ties and none for continuity. 1 where fewer than two pairs differ at all.
 */
export function signedRankTest(first: readonly number[], second: readonly number[]): number {
  const differing = [...first.keys()].filter((index) => first[index] !== second[index]);
  if (differing.length < 2) return 1;
  const { pValue } = wilcoxon([...first], [...second], { correction: false });
  // The exact p-value of ranks that balance is twice a probability above one half.
  return Math.min(1, pValue);
}
