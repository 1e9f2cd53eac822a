import type { Progress } from '../detectors/detector.js';
import type { OpenOptions } from '../engine/definition.js';
import { DeviceLost } from '../engine/engine.js';
import type { DeviceName } from '../engine/registry.js';
import { loadAddon } from '../native.js';
import type { Answer, Outcome, Pretrained, Request, Task, TrainedAutoencoder } from './task.js';

/** What a run has to say while it is executed. */
export interface Reports {
  progress(progress: Progress): void;
  /** Resolves once it is on its way. */
  pretrained(autoencoder: TrainedAutoencoder): Promise<void>;
}

/** What a worker does for a run. Rejects with the reason where that fails. */
export interface Work {
  execute(task: Task, reports: Reports): Promise<Outcome>;
  /** Only trains the autoencoder that the run starts from. */
  pretrain(task: Task, progress: Reports['progress']): Promise<Pretrained>;
}

/**
 * Makes this process a worker: it executes the runs that the process that started it requests, each as soon as it is requested, and
 * ends with that one.
 *
 * @param start opens the device of this worker; where it rejects, no run can be executed, and the process ends
 * @throws UserError where the native addon is not built
 */
export function serve(start: (device: DeviceName, options: OpenOptions) => Promise<Work>): void {
  // What an interruption ends is for the main process to say, even where the system tells every process of it.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => {});
  // While a worker trains, it does not notice that it is disconnected.
  loadAddon().endWithParent();
  process.on('disconnect', () => process.exit());
  process.on('uncaughtException', end);
  const [, , device, runs] = process.argv;
  const started = start(device as DeviceName, {
    runs: Number(runs),
    notice: (text) => void send({ type: 'notice', text }),
  });
  process.on('message', async (request: Request) => answer(request, await started));
  started.then(() => send({ type: 'ready' }));
}

async function answer({ work, task, wantsAutoencoder }: Request, worker: Work): Promise<void> {
  const run = task.run.id;
  const progress = throttled((progress: Progress) => void send({ type: 'progress', run, progress }));
  const pretrained = async (autoencoder: TrainedAutoencoder) => {
    if (wantsAutoencoder) await send({ type: 'pretrained', run, autoencoder });
  };
  try {
    if (work === 'pretrain') {
      await send({ type: 'autoencoder', run, pretrained: await worker.pretrain(task, progress) });
    } else {
      await send({ type: 'outcome', run, outcome: await worker.execute(task, { progress, pretrained }) });
    }
  } catch (error) {
    // Then no run of this process comes to anything, and another process may open the device anew.
    if (error instanceof DeviceLost) await end(error);
    await send({ type: 'failure', run, reason: messageOf(error) });
  }
}

/** Ends this process, which says why. */
async function end(error: unknown): Promise<never> {
  await send({ type: 'last words', reason: messageOf(error) });
  return process.exit(1);
}

/** Milliseconds between two messages of progress. */
const REPORT_INTERVAL = 100;

function throttled(report: (progress: Progress) => void): (progress: Progress) => void {
  let last = Number.NEGATIVE_INFINITY;
  return (progress) => {
    const now = performance.now();
    if (now - last < REPORT_INTERVAL && progress.done < progress.total) return;
    last = now;
    report(progress);
  };
}

/** Resolves once the answer is on its way, though this process does not return to its event loop. */
function send(answer: Answer): Promise<void> {
  return new Promise((resolve) => process.send?.(answer, () => resolve()));
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
