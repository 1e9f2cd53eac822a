import { sortBy } from 'es-toolkit/array/sortBy';
import { grouped } from '../grouped.js';
import { counted } from '../messages/counted.js';
import type { TrainingCounts } from './split.js';

/** How many samples these counts are of. */
export function trainedOn(counts: TrainingCounts): number {
  return counts.labeledNormal + counts.labeledAnomalies + unlabeledOf(counts);
}

/** How many of them have no label. */
export function unlabeledOf({
  unlabeledNormal,
  unlabeledAnomalies,
  unlabeledUnknown = 0,
}: TrainingCounts): number {
  return unlabeledNormal + unlabeledAnomalies + unlabeledUnknown;
}

/** What each ratio makes samples of. */
const SAMPLES_OF_RATIO = {
  labeledAnomalyRatio: 'labeledAnomalies',
  labeledNormalRatio: 'labeledNormal',
  pollutionRatio: 'unlabeledAnomalies',
} as const satisfies Record<string, keyof TrainingCounts>;

type Ratio = keyof typeof SAMPLES_OF_RATIO;

/** The ratios of a split, and what it comes to, where that is known. */
type RatioSplit = Readonly<Record<Ratio, number>> & { readonly counts?: TrainingCounts | undefined };

/** A value above 0 of a ratio that comes to less than one sample, so that training sets are those of 0 under another name. */
interface EmptyRatio {
  readonly ratio: Ratio;
  readonly value: number;
  /** How many samples these training sets have: `40 training samples`. */
  readonly of: string;
  /** How many of the splits of this value they are of. */
  readonly empty: number;
  readonly splits: number;
}

/** The ratios of some splits that come to less than one sample in any of them, the least first. */
export function emptyRatios(splits: readonly RatioSplit[]): EmptyRatio[] {
  return (['labeledAnomalyRatio', 'labeledNormalRatio', 'pollutionRatio'] as const).flatMap((ratio) => {
    const asking = splits.filter((split) => split[ratio] > 0);
    const byValue = sortBy([...grouped(asking, (split) => split[ratio])], [([value]) => value]);
    return byValue.flatMap(([value, own]) => {
      const sizes = own.flatMap(({ counts }) =>
        counts?.[SAMPLES_OF_RATIO[ratio]] === 0 ? [trainedOn(counts)] : [],
      );
      if (sizes.length === 0) return [];
      const [fewest, most] = [Math.min(...sizes), Math.max(...sizes)];
      const of = fewest === most ? counted(most, 'training sample') : `${fewest} to ${most} training samples`;
      return [{ ratio, value, of, empty: sizes.length, splits: own.length }];
    });
  });
}
