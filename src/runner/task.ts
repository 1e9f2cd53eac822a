import type { Run } from '../config/run.js';
import type { DatasetFile } from '../data/shared-dataset.js';
import type { SplitCounts } from '../data/split.js';
import type { Progress } from '../detectors/detector.js';
import type { OptionValue } from '../detectors/options.js';
import type { DeviceName } from '../engine/registry.js';
import type { Weights } from '../networks/network.js';
import type { RunFailure, RunSuccess } from '../results/record.js';
import type { Trace } from '../results/trace.js';

/** An autoencoder that a run trained, for others to start from. */
export interface TrainedAutoencoder {
  /** Those of the encoder's layers, then those of the decoder's. */
  readonly weights: Weights;
  /** Of its training, as in a trace. */
  readonly losses: Float32Array;
}

/** What a worker process needs to execute a run. */
export interface Task {
  readonly run: Run;
  /** What the run starts from, where it has been trained. */
  readonly autoencoder: TrainedAutoencoder | undefined;
  /** The data set of the run, as the worker process knows its file. */
  readonly dataset: DatasetFile;
  /** The folder for the fitted detector and its scores, where they are to be kept. */
  readonly modelDirectory: string | undefined;
  /** Whether to probe the encoder that it trains. */
  readonly diagnosed: boolean;
}

/** Is told how the execution of a run goes on. */
export interface Watcher {
  progress(progress: Progress): void;
  /** Gets the autoencoder as soon as it is trained, where it is wanted beyond the run. */
  pretrained?: ((autoencoder: TrainedAutoencoder) => void) | undefined;
}

/** What the main process sends a worker. */
export interface Request {
  /** To execute the run, or only to train the autoencoder that it starts from. */
  readonly work: 'execute' | 'pretrain';
  readonly task: Task;
  /** Whether the autoencoder that is trained as a run is executed is wanted too. */
  readonly wantsAutoencoder: boolean;
}

/**
 * What a worker says: once that it is ready, now and then something of all its runs; of a run, by its id, the next two while it is
 * executed, then what it came to, its autoencoder where only that was to be trained, or why it failed.
 */
export type Answer =
  | { readonly type: 'ready' }
  | { readonly type: 'progress'; readonly run: string; readonly progress: Progress }
  | { readonly type: 'pretrained'; readonly run: string; readonly autoencoder: TrainedAutoencoder }
  | { readonly type: 'outcome'; readonly run: string; readonly outcome: Outcome }
  | { readonly type: 'autoencoder'; readonly run: string; readonly pretrained: Pretrained }
  | { readonly type: 'failure'; readonly run: string; readonly reason: string }
  /** What all runs of the process should know. */
  | { readonly type: 'notice'; readonly text: string }
  /** It ends, since it could not start, or something was thrown outside the execution of a run. */
  | { readonly type: 'last words'; readonly reason: string };

/** Wall seconds by phase. */
export type Seconds = Readonly<Record<string, number>>;

/** What a run came to, as far as the worker knows. */
export type Outcome = (RunSuccess | RunFailure) & {
  readonly counts?: SplitCounts;
  readonly seconds: Seconds;
  readonly notes?: Readonly<Record<string, OptionValue>>;
  readonly trace?: Trace;
  /** Why the detector and its scores could not be kept, which is no fault of the run. */
  readonly unsaved?: string;
};

/** An autoencoder that was trained apart from the runs that start from it. */
export interface Pretrained {
  readonly autoencoder: TrainedAutoencoder;
  /** Wall seconds that it took; 0 where it was kept from earlier. */
  readonly seconds: number;
}

/** Executes runs, wherever that is. Rejects with the reason where that fails, and with `CannotStart` where nothing can be executed. */
export interface Executor {
  /**
   * Trains, scores and judges.
   *
   * @param device one of those that it was started for
   * @param autoencoder what the run starts from; where it wants one that is undefined, it trains it first
   */
  execute(
    run: Run,
    device: DeviceName,
    autoencoder: TrainedAutoencoder | undefined,
    watcher: Watcher,
  ): Promise<Outcome>;
  /** Only trains the autoencoder that a run starts from. */
  pretrain(run: Run, device: DeviceName, progress: Watcher['progress']): Promise<Pretrained>;
}
