import { types } from 'node:util';
import PQueue from 'p-queue';
import type { Run } from '../config/run.js';
import type { Progress } from '../detectors/detector.js';
import { type RunGroup, runsOf } from './groups.js';
import type { Executor, Outcome, TrainedAutoencoder, Watcher } from './task.js';
import { CannotStart } from './worker-process.js';

/** Is told what happens, and in which of the slots 0 … jobs − 1. */
export interface Observer {
  started(run: Run, worker: number): void;
  progress(run: Run, worker: number, progress: Progress): void;
  finished(run: Run, worker: number, outcome: Outcome): void;
}

/**
 * Executes groups, at most `jobs` runs at a time, in their order where nothing must be waited for. The first run of a group trains
 * the autoencoder, and its seconds are counted there; the others wait for it while later runs go on, and fail with it. A run that fails stops no other. Once `draining` is aborted nothing more is started; once `signal` is, nothing more is
 * observed as finished either.
 */
export async function schedule(
  groups: readonly RunGroup[],
  executor: Executor,
  observer: Observer,
  { jobs, signal, draining }: { jobs: number; signal: AbortSignal; draining: AbortSignal },
): Promise<void> {
  const queue = new PQueue({ concurrency: jobs });
  const busy = new Array<boolean>(jobs).fill(false);
  /** Why no run can be executed. */
  let stopped: CannotStart | undefined;
  const place = new Map(runsOf(groups).map((run, index) => [run.id, index]));

  /** Does what gives the outcome of a run, once there is a slot, for which a run of an earlier place goes first. */
  async function inSlot(run: Run, work: (report: Watcher['progress']) => Promise<Outcome>): Promise<void> {
    const task = async () => {
      if (signal.aborted || draining.aborted || stopped) return;
      const worker = busy.indexOf(false);
      busy[worker] = true;
      observer.started(run, worker);
      try {
        const outcome = await work((progress) => observer.progress(run, worker, progress));
        if (!signal.aborted) observer.finished(run, worker, outcome);
      } catch (error) {
        if (error instanceof CannotStart) stopped ??= error;
        else if (!signal.aborted) observer.finished(run, worker, failureOf(error));
      }
      busy[worker] = false;
    };
    await queue.add(task, { priority: -(place.get(run.id) ?? 0) });
  }

  async function executeGroup({ runs: [first, ...others] }: RunGroup): Promise<void> {
    let sharing: Promise<unknown> | undefined;
    const share = (outcomeOf: (run: Run, progress: Watcher['progress']) => Promise<Outcome>) => {
      sharing = Promise.all(others.map((run) => inSlot(run, (progress) => outcomeOf(run, progress))));
    };
    const pretrained = (autoencoder: TrainedAutoencoder) =>
      share((run, progress) => executor.execute(run, autoencoder, { progress }));

    await inSlot(first, async (progress) => {
      const watcher = { progress, ...(others.length > 0 && { pretrained }) };
      try {
        return await executor.execute(first, undefined, watcher);
      } catch (error) {
        // Without an autoencoder the others can do no better.
        if (!sharing && !(error instanceof CannotStart)) share(async () => failureOf(error));
        throw error;
      }
    });
    await sharing;
  }

  await Promise.all(groups.map(executeGroup));
  if (stopped) throw stopped;
}

function failureOf(error: unknown): Outcome {
  const message = types.isNativeError(error) ? error.message : String(error);
  return { status: 'failed', reason: message.replaceAll(/\s+/g, ' ').trim(), seconds: {} };
}
