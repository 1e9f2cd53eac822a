import type { Run } from '../config/run.js';
import type { OptionValue } from '../detectors/options.js';

/** What one run came to: a line of runs.jsonl. */
export type RunRecord = Run & RunProvenance & (RunSuccess | RunFailure);

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
  /** Facts about the fit, such as the chosen bandwidth. */
  readonly notes?: Readonly<Record<string, OptionValue>>;
}

export interface RunSuccess {
  readonly status: 'done';
  /** Fraction in [0, 1], ties counted half. */
  readonly auroc: number;
  readonly averagePrecision: number;
  /** Of time series, whose windows `auroc` is over. */
  readonly series?: SeriesAuroc;
}

/** The AUROC of time series: fractions in [0, 1]; null where the test has normal or anomalous ones alone. */
export interface SeriesAuroc {
  /** Over the time steps of all machines. */
  readonly steps: number | null;
  /** Of each machine by itself. */
  readonly machines: Readonly<Record<string, MachineAuroc>>;
}

export interface MachineAuroc {
  readonly windows: number | null;
  readonly steps: number | null;
}

export interface RunFailure {
  readonly status: 'failed';
  readonly reason: string;
}

/** How many samples of each kind a run trained and tested on. */
export interface SplitCounts {
  readonly labeledNormal: number;
  readonly labeledAnomalies: number;
  readonly unlabeledNormal: number;
  readonly unlabeledAnomalies: number;
  /** Unlabeled samples whose class nobody knows; absent where all are known. */
  readonly unlabeledUnknown?: number;
  readonly testNormal: number;
  readonly testAnomalies: number;
}
