import type { Run } from '../config/run.js';
import type { Windowing } from '../data/series/windows.js';
import type { SplitCounts } from '../data/split.js';
import type { OptionValue } from '../detectors/options.js';
import type { SeriesAuroc } from '../metrics/series-auroc.js';

/** What one run came to: a line of runs.jsonl. */
export type RunRecord = Run & RunProvenance & (RunSuccess | RunFailure);

/** That of a run that came to an AUROC. */
export type DoneRecord = RunRecord & RunSuccess;

export interface RunProvenance {
  /** Counts of the split. */
  readonly counts?: SplitCounts;
  /**
   * Wall seconds by phase: `data`, `pretraining` (zero where a shared autoencoder was reused), `training`, and `scoring` with the
   * judging of the scores.
   */
  readonly seconds: Readonly<Record<string, number>>;
  readonly engine: string;
  /** Instruction set or adapter. */
  readonly device: string;
  /** Version of deepsad. */
  readonly version: string;
  /** What that was built from, as `commonBuild` says it; it was not always recorded. */
  readonly build?: string;
  /** Facts about the fit, such as the chosen bandwidth. */
  readonly notes?: Readonly<Record<string, OptionValue>>;
}

export interface RunSuccess {
  readonly status: 'done';
  /** Fraction in [0, 1], ties counted half. */
  readonly auroc: number;
  readonly averagePrecision: number;
  /** Of time series, whose windows `auroc` is over. How these were cut was not always recorded. */
  readonly series?: Partial<Windowing> & SeriesAuroc;
}

export interface RunFailure {
  readonly status: 'failed';
  readonly reason: string;
  /** How often the run has failed, with this; once where it is not said. */
  readonly failures?: number;
}

/** Whether a run came to an AUROC. */
export function isDone(record: RunRecord): record is DoneRecord {
  return record.status === 'done';
}

/** How often a run has failed, by its latest record. */
export function failuresOf(record: RunRecord | undefined): number {
  return record?.status === 'failed' ? (record.failures ?? 1) : 0;
}

/**
 * The record of a run with the count of its failures.
 *
 * @param before how often the run had failed
 */
export function countingFailures(record: RunRecord, before: number): RunRecord {
  return record.status === 'failed' && before > 0 ? { ...record, failures: before + 1 } : record;
}
