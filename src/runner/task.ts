import type { MessagePort } from 'node:worker_threads';
import type { OptionValue, Run } from '../config/run.js';
import type { Dataset } from '../data/dataset.js';
import type { AutoencoderPlan, Progress } from '../detectors/detector.js';
import type { DeviceName } from '../engine/device.js';
import type { Weights } from '../engine/engine.js';
import type { RunFailure, RunSuccess, SplitCounts } from '../results/record.js';

/** What every task of a worker thread needs. */
interface Task {
  readonly run: Run;
  readonly dataset: Dataset;
  readonly device: DeviceName;
  /** Where progress goes. */
  readonly port: MessagePort;
}

/** Train an autoencoder on the split of a run. */
export interface PretrainingTask extends Task {
  readonly plan: AutoencoderPlan;
}

/** Fit and judge the detector of a run. */
export interface DetectionTask extends Task {
  /** The trained autoencoder that the detector starts from, where it asked for one. */
  readonly autoencoder: Weights | undefined;
  /** The folder for the fitted detector and its scores, where they are to be kept. */
  readonly modelDirectory: string | undefined;
}

/** Wall seconds by phase. */
export type Seconds = Readonly<Record<string, number>>;

export interface Pretrained {
  /** In SharedArrayBuffers, so that handing them to other threads copies nothing. */
  readonly weights: Weights;
  readonly seconds: Seconds;
}

/** What a run came to, as far as the worker knows. */
export type Outcome = (RunSuccess | RunFailure) & {
  readonly counts?: SplitCounts;
  readonly seconds: Seconds;
  readonly notes?: Readonly<Record<string, OptionValue>>;
};

/** Executes the parts of a run, wherever that is. Each rejects with the reason where it fails. */
export interface Executor {
  /** The engine and its instruction set or adapter. */
  readonly engine: string;
  readonly device: string;
  pretrain(run: Run, plan: AutoencoderPlan, report: (progress: Progress) => void): Promise<Pretrained>;
  detect(run: Run, autoencoder: Weights | undefined, report: (progress: Progress) => void): Promise<Outcome>;
  /** Ends what is still running. */
  close(): Promise<void>;
}
