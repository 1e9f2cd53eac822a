import type { OptionValue, Run } from '../config/run.js';
import type { DatasetFile } from '../data/shared-dataset.js';
import type { AutoencoderPlan, Progress } from '../detectors/detector.js';
import type { DeviceName } from '../engine/device.js';
import type { Weights } from '../engine/engine.js';
import type { RunFailure, RunSuccess, SplitCounts } from '../results/record.js';

/** What every task of a worker process needs. */
interface Task {
  readonly run: Run;
  /** The data set of the run, as the worker process knows its file. */
  readonly dataset: DatasetFile;
  readonly device: DeviceName;
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

/** What a worker process does. Each rejects with the reason where it fails. */
export interface WorkerFunctions {
  pretrain(task: PretrainingTask, report: (progress: Progress) => void): Promise<Pretrained>;
  detect(task: DetectionTask, report: (progress: Progress) => void): Promise<Outcome>;
}

/** What the main process sends a worker. */
export type Request =
  | { readonly name: 'pretrain'; readonly task: PretrainingTask }
  | { readonly name: 'detect'; readonly task: DetectionTask };

/** What a worker answers a request: progress any number of times, then what the function gave or why it failed. */
export type Answer =
  | { readonly type: 'progress'; readonly progress: Progress }
  | { readonly type: 'result'; readonly result: unknown }
  | { readonly type: 'failure'; readonly reason: string }
  /** It ends, since something was thrown that no function caught. */
  | { readonly type: 'last words'; readonly reason: string };

/** Wall seconds by phase. */
export type Seconds = Readonly<Record<string, number>>;

export interface Pretrained {
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
