import { setImmediate } from 'node:timers/promises';
import type { Run } from '../config/run.js';
import type { SharedDataset } from '../data/shared-dataset.js';
import type { Progress } from '../detectors/detector.js';
import type { FoundDevice } from '../engine/device.js';
import { engineOf } from '../engine/registry.js';
import { VERSION } from '../package.js';
import type { RunRecord } from '../results/record.js';
import type { Trace } from '../results/trace.js';
import { type AutoencoderCache, withCache } from './autoencoder-cache.js';
import { type RunGroup, runsOf } from './groups.js';
import { type Observer, schedule } from './schedule.js';
import { startWorkers } from './workers.js';

export interface RunOptions {
  /** The data set of each checksum that a run gives. */
  readonly datasets: ReadonlyMap<string, SharedDataset>;
  /** How many runs execute at a time. */
  readonly jobs: number;
  readonly device: FoundDevice;
  /** Where trained autoencoders are kept from one call to the next, if anywhere. */
  readonly cache?: AutoencoderCache | undefined;
  /** The folder for a run's fitted detector and its scores; undefined where they are not kept. */
  readonly modelDirectory?: (run: Run) => string | undefined;
  /** Start no further run once one has failed. */
  readonly failFast?: boolean;
  /** Starts no further run, and lets those that are running finish. */
  readonly draining?: AbortSignal;
  /** Stops everything at once. */
  readonly signal: AbortSignal;
  /** Keeps the record of a run that finished, and its trace, one run at a time while others go on; where it rejects, nothing more is executed. */
  keep?(record: RunRecord, trace?: Trace): Promise<void>;
  on(event: RunnerEvent): void;
}

/**
 * What happens; `worker` is a slot from 0 to jobs − 1, which one run at a time has. A run has finished once its record is kept, and by
 * then the next may have started in its slot.
 */
export type RunnerEvent =
  | { readonly type: 'started'; readonly run: Run; readonly worker: number }
  | { readonly type: 'progress'; readonly run: Run; readonly worker: number; readonly progress: Progress }
  | {
      readonly type: 'finished';
      readonly run: Run;
      readonly worker: number;
      readonly record: RunRecord;
      /** Why its detector and scores could not be kept, where they were to be. */
      readonly unsaved?: string | undefined;
    }
  /** What happened to all that go on, in words. */
  | { readonly type: 'notice'; readonly text: string };

/**
 * Executes runs in worker processes, in their order where none must wait for an autoencoder. A run that fails for whatever reason
 * gets a failed record, and the others go on.
 *
 * @param start starts what executes the parts of a run
 * @returns the record of every run by its id; only of those that are done where it was stopped
 * @throws CannotStart where no worker can be started, once what still runs has finished; whatever `keep` rejects with
 */
export async function runAll(
  groups: readonly RunGroup[],
  options: RunOptions,
  start: typeof startWorkers = startWorkers,
): Promise<ReadonlyMap<string, RunRecord>> {
  const records = new Map<string, RunRecord>();
  if (groups.length === 0) return records;
  const { datasets, jobs, device, cache, modelDirectory = () => undefined, on } = options;
  const [halt, drain] = [new AbortController(), new AbortController()];
  const signal = AbortSignal.any([options.signal, halt.signal]);
  const draining = AbortSignal.any([drain.signal, ...(options.draining ? [options.draining] : [])]);
  let keeping = Promise.resolve();

  const count = Math.min(jobs, runsOf(groups).length);
  const { together } = engineOf(device.name)[1];
  const notice = (text: string) => on({ type: 'notice', text });
  const workers = await start({ datasets, device, count, together, modelDirectory, signal, notice });
  const observer: Observer = {
    started: (run, worker) => on({ type: 'started', run, worker }),
    progress: (run, worker, progress) => on({ type: 'progress', run, worker, progress }),
    finished: (run, worker, { unsaved, trace, ...outcome }) => {
      const { engine, device } = workers;
      const record: RunRecord = { ...run, ...outcome, engine, device, version: VERSION };
      if (options.failFast && record.status === 'failed') drain.abort();
      keeping = keeping.then(async () => {
        // A worker is waiting for what comes next.
        await setImmediate();
        await options.keep?.(record, trace);
        records.set(record.id, record);
        on({ type: 'finished', run, worker, record, unsaved });
      });
      // Runs whose records cannot be kept are not worth their time.
      keeping.catch(() => halt.abort());
    },
  };
  try {
    const executor = cache ? withCache(workers, cache) : workers;
    await schedule(groups, executor, observer, { jobs, signal, draining });
  } finally {
    halt.abort();
    await workers.close();
    await keeping;
  }
  return records;
}
