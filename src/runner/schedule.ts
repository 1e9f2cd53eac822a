import { types } from 'node:util';
import PQueue from 'p-queue';
import type { Run } from '../config/run.js';
import type { Progress } from '../detectors/detector.js';
import { type RunGroup, shareAutoencoders } from './sharing.js';
import type { Executor, Outcome, Pretrained, Seconds } from './task.js';

/** Is told what happens, and in which of the slots 0 … jobs − 1. */
export interface Observer {
  started(run: Run, worker: number): void;
  progress(run: Run, worker: number, progress: Progress): void;
  finished(run: Run, worker: number, outcome: Outcome): void;
}

/**
 * Executes runs, at most `jobs` at a time, in their order where nothing must be waited for. The first run of those that share
 * an autoencoder trains it, and its seconds are counted there; the others wait for it while later runs go on, and fail with
 * it. A run that fails stops no other. Once `draining` is aborted nothing more is started; once `signal` is, nothing more is
 * observed as finished either.
 */
export async function schedule(
  runs: readonly Run[],
  executor: Executor,
  observer: Observer,
  { jobs, signal, draining }: { jobs: number; signal: AbortSignal; draining: AbortSignal },
): Promise<void> {
  const queue = new PQueue({ concurrency: jobs });
  const busy = new Array<boolean>(jobs).fill(false);
  const place = new Map(runs.map((run, index) => [run.id, index]));

  /** Waits for a slot, for which a run of an earlier place goes first. */
  async function inSlot(run: Run, work: (worker: number) => Promise<void>): Promise<void> {
    const task = async () => {
      if (signal.aborted || draining.aborted) return;
      const worker = busy.indexOf(false);
      busy[worker] = true;
      observer.started(run, worker);
      await work(worker);
      busy[worker] = false;
    };
    await queue.add(task, { priority: -(place.get(run.id) ?? 0) });
  }

  async function detect(run: Run, worker: number, pretraining?: Promise<Pretrained>): Promise<void> {
    const report = (progress: Progress) => observer.progress(run, worker, progress);
    let outcome: Outcome;
    try {
      const pretrained = await pretraining;
      const detected = await executor.detect(run, pretrained?.weights, report);
      outcome = { ...detected, seconds: addSeconds(detected.seconds, pretrained?.seconds ?? {}) };
    } catch (error) {
      outcome = { status: 'failed', reason: reasonOf(error), seconds: {} };
    }
    if (!signal.aborted) observer.finished(run, worker, outcome);
  }

  async function executeGroup({ plan, runs: [first, ...others] }: RunGroup): Promise<void> {
    let sharing: Promise<unknown> | undefined;
    await inSlot(first, async (worker) => {
      const report = (progress: Progress) => observer.progress(first, worker, progress);
      const pretraining = plan && executor.pretrain(first, plan, report);
      // Where it fails, each run that needs it says so.
      await pretraining?.catch(() => {});
      sharing = Promise.all(
        others.map((run) => inSlot(run, (slot) => detect(run, slot, pretraining?.then(withoutSeconds)))),
      );
      await detect(first, worker, pretraining);
    });
    await sharing;
  }

  await Promise.all(shareAutoencoders(runs).map(executeGroup));
}

function withoutSeconds(pretrained: Pretrained): Pretrained {
  return { ...pretrained, seconds: {} };
}

function addSeconds(a: Seconds, b: Seconds): Seconds {
  const sum: Record<string, number> = { ...a };
  for (const [phase, seconds] of Object.entries(b)) sum[phase] = (sum[phase] ?? 0) + seconds;
  return sum;
}

function reasonOf(error: unknown): string {
  const message = types.isNativeError(error) ? error.message : String(error);
  return message.replaceAll(/\s+/g, ' ').trim();
}
