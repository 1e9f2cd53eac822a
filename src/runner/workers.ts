import os from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import PQueue from 'p-queue';
import type { Run } from '../config/run.js';
import type { DatasetFile, SharedDataset } from '../data/shared-dataset.js';
import { detectorNamed } from '../detectors/registry.js';
import { computerOf, type FoundDevice } from '../engine/device.js';
import type { DeviceName } from '../engine/registry.js';
import { PACKAGE_ROOT } from '../package.js';
import type { Executor, Outcome, Task, Watcher } from './task.js';
import { inheritedDescriptor, ProcessEnded, WorkerProcess } from './worker-process.js';

/** Milliseconds that as many workers as there are cores may take to start on a busy machine. */
const PATIENCE = 60_000;

/** The compiled worker, as Node loads no TypeScript. */
const WORKER = pathToFileURL(join(PACKAGE_ROOT, 'bundle', 'worker.js'));

export interface WorkerOptions {
  /** By checksum. */
  readonly datasets: ReadonlyMap<string, SharedDataset>;
  /** How many runs are executed at a time. */
  readonly count: number;
  /** Whether the device computes them together, in one process; else each has its own. */
  readonly together: boolean;
  readonly device: FoundDevice;
  /** The folder for the model of a run; undefined where none is kept. */
  readonly modelDirectory: (run: Run) => string | undefined;
  /** Milliseconds that a worker may take to start, where not the usual. */
  readonly patience?: number;
  /** Ends the workers at once. */
  readonly signal: AbortSignal;
  /** Is told, in words, why runs that go on together are tried again. */
  notice(text: string): void;
}

/**
 * Starts worker processes that execute runs. A process that ends fails the run that it was executing, and another takes its place. Where
 * it executed all together, each is tried once more in that other one, which takes half as many at a time.
 *
 * @param worker a module that calls `serve`
 * @throws CannotStart where the system refuses the processes at once; else what is executed rejects with it
 */
export async function startWorkers(options: WorkerOptions, worker: URL = WORKER): Promise<Executor> {
  const { datasets, count, together, device, modelDirectory, signal, notice } = options;
  const capacity = together ? count : 1;
  const { patience = PATIENCE * Math.ceil(count / capacity / os.availableParallelism()) } = options;
  const files = [...datasets.values()].map(({ file }) => file);
  const descriptors = files.map(({ descriptor }) => descriptor);
  const inherited = new Map(
    [...datasets.keys()].map((checksum, index): [string, DatasetFile] => [
      checksum,
      { ...files[index], descriptor: inheritedDescriptor(index) },
    ]),
  );

  const processes = new Set<WorkerProcess>();
  function startProcess(on: DeviceName, capacity: number): WorkerProcess {
    const started = new WorkerProcess({
      script: worker,
      device: on,
      descriptors,
      capacity,
      patience,
    });
    processes.add(started);
    started.ended.then((refusal) => {
      processes.delete(started);
      // What keeps one from starting keeps the others that have not, of which some may hang.
      if (refusal !== undefined) for (const each of processes) each.giveUp(refusal);
    });
    return started;
  }
  const workerOn = (on: DeviceName, capacity: number) =>
    [...processes].find((each) => each.device === on && each.isFree) ?? startProcess(on, capacity);
  const apart = new PQueue({ concurrency: os.availableParallelism() });
  const lanes = new PQueue({ concurrency: capacity });
  let [halved, closed] = [false, false];

  /** Executes a run beside others in one process, once more where that ends. */
  async function executeTogether(task: Task, watcher: Watcher): Promise<Outcome> {
    let { autoencoder } = task;
    const { pretrained } = watcher;
    const keeping: Watcher = {
      ...watcher,
      pretrained:
        pretrained &&
        ((weights) => {
          // What it is tried again with, lest others are told of it twice.
          autoencoder = weights;
          pretrained(weights);
        }),
    };
    const attempt = () =>
      lanes.add(() => workerOn(device.name, lanes.concurrency).execute({ ...task, autoencoder }, keeping));
    try {
      return await attempt();
    } catch (error) {
      if (!(error instanceof ProcessEnded) || closed) throw error;
      if (!halved) {
        halved = true;
        lanes.concurrency = Math.max(1, Math.floor(capacity / 2));
        notice(`${error.message}; its runs are tried once more, ${lanes.concurrency} at a time`);
      }
      return attempt();
    }
  }

  async function close(): Promise<void> {
    closed = true;
    await Promise.all([...processes].map((each) => each.kill()));
  }
  signal.addEventListener('abort', close);
  try {
    for (let room = 0; room < count; room += capacity) startProcess(device.name, capacity);
  } catch (error) {
    await close();
    throw error;
  }

  return {
    engine: device.engine,
    device: computerOf(device),
    async execute(run, autoencoder, watcher) {
      signal.throwIfAborted();
      const dataset = inherited.get(run.dataChecksum);
      if (!dataset) throw new Error(`the data set of run ${run.id} is not among those of the workers`);
      const task = { run, autoencoder, dataset, modelDirectory: modelDirectory(run) };
      if (!together) return workerOn(device.name, 1).execute(task, watcher);
      // What a device computes together must not wait for what only the CPU computes.
      if (detectorNamed(run.detector.name).trains === undefined) {
        return apart.add(() => workerOn('cpu', 1).execute(task, watcher));
      }
      return executeTogether(task, watcher);
    },
    close,
  };
}
