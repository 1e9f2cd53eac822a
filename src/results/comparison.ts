import type { RunRecord } from './record.js';

/** A run as it was, such as in a reference, and the same run now. */
export interface Comparison {
  readonly expected: RunRecord;
  readonly found: RunRecord;
  /** What is not the same; empty where the two agree. */
  readonly drifts: readonly Drift[];
}

/** A quantity of a run that is not what it was: an AUROC or average precision (fractions), a loss, or words on a failure. */
export interface Drift {
  readonly quantity: 'AUROC' | 'average precision' | 'outcome' | 'loss';
  readonly expected: number | string;
  readonly found: number | string;
}

/**
 * Compares a run with its record in a reference: both quantities bit for bit, or the AUROC alone where a tolerance is given.
 * A failure agrees with nothing, not even with the same failure: there is no result to compare.
 *
 * @param tolerance the greatest difference of two AUROCs that counts as none
 */
export function compare(expected: RunRecord, found: RunRecord, tolerance?: number): Comparison {
  return { expected, found, drifts: driftsOf(expected, found, tolerance) };
}

function driftsOf(expected: RunRecord, found: RunRecord, tolerance?: number): Drift[] {
  if (expected.status !== 'done' || found.status !== 'done') {
    return [{ quantity: 'outcome', expected: outcomeOf(expected), found: outcomeOf(found) }];
  }
  const auroc: Drift = { quantity: 'AUROC', expected: expected.auroc, found: found.auroc };
  if (tolerance !== undefined) {
    return Math.abs(found.auroc - expected.auroc) <= tolerance ? [] : [auroc];
  }
  const precision: Drift = {
    quantity: 'average precision',
    expected: expected.averagePrecision,
    found: found.averagePrecision,
  };
  return [auroc, precision].filter((drift) => drift.expected !== drift.found);
}

function outcomeOf(record: RunRecord): string {
  return record.status === 'done' ? 'done' : `failed: ${record.reason}`;
}
