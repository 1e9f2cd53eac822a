import { union } from 'es-toolkit/array/union';
import type { SplitCounts } from '../data/split.js';
import type { RunRecord, RunSuccess } from './record.js';
import { seriesParts } from './series-rows.js';

/** A quantity of a run that is not what it was. */
export interface Drift {
  /** An AUROC, of the run or of a part of its time series, the average precision, a count of the split, a loss, or the outcome. */
  readonly quantity: string;
  /** A fraction or count; words on a failure or a loss, and where there is no value. */
  readonly expected: number | string;
  readonly found: number | string;
}

/** Every AUROC of a run by what it is called: its own, and those of the parts of its time series; null where a part has none. */
function aurocsOf({ auroc, series }: RunSuccess): Quantities {
  const parts = series ? seriesParts(series) : [];
  return Object.fromEntries([
    ['AUROC', auroc],
    ...parts.map(([part, ofPart]) => [`AUROC (${part})`, ofPart] as const),
  ]);
}

/** Values of a run by their names; null where there is none. */
type Quantities = Readonly<Record<string, number | null>>;

/**
 * What of a run is not as in another record of it, such as in a reference: all quantities that tables show bit for bit, or the AUROCs alone
 * where a tolerance is given, and the counts of the split, which are the same or not; those that one record lacks are not.
 * A failure agrees with nothing, not even with the same failure: there is no result to compare.
 *
 * @param tolerance the greatest difference of two AUROCs that counts as none
 */
export function driftsOf(expected: RunRecord, found: RunRecord, tolerance?: number): Drift[] {
  if (expected.status !== 'done' || found.status !== 'done') {
    return [{ quantity: 'outcome', expected: outcomeOf(expected), found: outcomeOf(found) }];
  }
  const precisionOf = ({ averagePrecision }: RunSuccess) => ({ 'average precision': averagePrecision });
  return [
    ...differing(aurocsOf(expected), aurocsOf(found), tolerance),
    ...(tolerance === undefined ? differing(precisionOf(expected), precisionOf(found)) : []),
    ...differing(named(expected.counts), named(found.counts)),
  ];
}

function named(counts: Partial<SplitCounts> = {}): Quantities {
  return Object.fromEntries(Object.entries(counts).map(([name, count]) => [`count ${name}`, count]));
}

/** What is further apart than a tolerance, or has a value on one side alone. */
function differing(expected: Quantities, found: Quantities, tolerance = 0): Drift[] {
  return union(Object.keys(expected), Object.keys(found)).flatMap((quantity) => {
    const [before, now] = [expected[quantity] ?? NONE, found[quantity] ?? NONE];
    const isSame =
      before === now ||
      (typeof before === 'number' && typeof now === 'number' && Math.abs(now - before) <= tolerance);
    return isSame ? [] : [{ quantity, expected: before, found: now }];
  });
}

const NONE = 'none';

function outcomeOf(record: RunRecord): string {
  return record.status === 'done' ? 'done' : `failed: ${record.reason}`;
}
