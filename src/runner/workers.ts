import { setMaxListeners } from 'node:events';
import { MessageChannel } from 'node:worker_threads';
import { Piscina } from 'piscina';
import type { Run } from '../config/run.js';
import type { Dataset } from '../data/dataset.js';
import type { Progress } from '../detectors/detector.js';
import type { Device } from '../engine/device.js';
import { findDevice } from '../engine/find-device.js';
import type { DetectionTask, Executor, PretrainingTask } from './task.js';

/** The compiled worker: the same file seen from dist/runner and, in tests, from src/runner, as threads load no TypeScript. */
const WORKER = new URL('../../dist/runner/worker.js', import.meta.url);

/**
 * The most megabytes of JavaScript objects in a thread, far above what a run needs, whose numbers lie outside in typed arrays. A
 * thread that grows beyond ends alone, before the system ends the whole process.
 */
const HEAP_LIMIT = 512;

export interface WorkerOptions {
  /** By checksum. */
  readonly datasets: ReadonlyMap<string, Dataset>;
  readonly threads: number;
  readonly device: Device;
  /** The folder for the model of a run; undefined where none is kept. */
  readonly modelDirectory: (run: Run) => string | undefined;
  /** Ends the threads at once. */
  readonly signal: AbortSignal;
}

/**
 * Starts worker threads that execute runs, one run a thread at a time. A thread that dies fails what it was executing, and
 * another takes its place.
 *
 * @param worker a module that exports `pretrain` and `detect`
 * @throws UserError where the device is missing
 */
export async function startWorkers(options: WorkerOptions, worker: URL = WORKER): Promise<Executor> {
  const { datasets, threads, device, modelDirectory, signal } = options;
  // A missing device is said here, once, and not by every run.
  const found = await findDevice(device);
  const pool = new Piscina({
    minThreads: threads,
    maxThreads: threads,
    idleTimeout: Number.POSITIVE_INFINITY,
    resourceLimits: { maxOldGenerationSizeMb: HEAP_LIMIT },
  });
  setMaxListeners(0, signal);

  /** Calls a function that the worker exports, with its own arguments besides those that every task has. */
  async function call(
    name: 'pretrain' | 'detect',
    run: Run,
    details: Partial<PretrainingTask & DetectionTask>,
    report: (progress: Progress) => void,
  ) {
    const { port1, port2 } = new MessageChannel();
    port1.on('message', report);
    try {
      const task = {
        run,
        dataset: datasets.get(run.dataChecksum),
        device: found.name,
        port: port2,
        ...details,
      };
      return await pool.run(task, { filename: worker.href, name, signal, transferList: [port2] });
    } finally {
      port1.close();
    }
  }

  return {
    engine: found.engine,
    device: found.engine === 'native' ? found.adapter : `${found.name}, ${found.adapter}`,
    pretrain: (run, plan, report) => call('pretrain', run, { plan }, report),
    detect: (run, autoencoder, report) =>
      call('detect', run, { autoencoder, modelDirectory: modelDirectory(run) }, report),
    close: () => pool.destroy(),
  };
}
