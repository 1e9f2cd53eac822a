import os from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { sumBy } from 'es-toolkit/math/sumBy';
import PQueue from 'p-queue';
import type { Run } from '../config/run.js';
import type { DatasetFile, SharedDataset } from '../data/shared-dataset.js';
import type { DeviceName } from '../engine/registry.js';
import { PACKAGE_ROOT } from '../package.js';
import { type Capacities, processesOf } from './capacity.js';
import type { Executor, Task, TrainedAutoencoder, Watcher } from './task.js';
import { inheritedDescriptor, ProcessEnded, WorkerProcess } from './worker-process.js';

/** Milliseconds that as many workers as there are cores may take to start on a busy machine. */
const PATIENCE = 60_000;

/** The compiled worker, as Node loads no TypeScript. */
const WORKER = pathToFileURL(join(PACKAGE_ROOT, 'bundle', 'worker.js'));

export interface WorkerOptions {
  /** By checksum. */
  readonly datasets: ReadonlyMap<string, SharedDataset>;
  readonly capacities: Capacities;
  /** The folder for the model of a run; undefined where none is kept. */
  readonly modelDirectory: (run: Run) => string | undefined;
  /** Whether to probe the encoder that a run trains. */
  readonly diagnosed: (run: Run) => boolean;
  /** Variables of the environment of the processes, beside those of this one. */
  readonly variables?: NodeJS.ProcessEnv;
  /** Milliseconds that a worker may take to start, where not the usual. */
  readonly patience?: number;
  /** Ends the workers at once. */
  readonly signal: AbortSignal;
  /** Is told, in words, what happened to runs that go on together. */
  notice(text: string): void;
}

/** The runs of a device that computes them together. */
interface Lanes {
  readonly queue: PQueue;
  /** Whether its process has ended before. */
  halved: boolean;
}

/**
 * Starts worker processes that execute runs. A process that ends fails the run that it was executing, and another takes its place. Where
 * it executed all together, each is tried once more in that other one, which takes half as many at a time.
 *
 * @param worker a module that calls `serve`
 * @throws CannotStart where the system refuses the processes at once; else what is executed rejects with it
 */
export async function startWorkers(options: WorkerOptions, worker: URL = WORKER): Promise<Executor> {
  const { datasets, capacities, modelDirectory, diagnosed, variables, signal, notice } = options;
  const count = sumBy([...capacities.values()], processesOf);
  const { patience = PATIENCE * Math.ceil(count / os.availableParallelism()) } = options;
  const files = [...datasets.values()].map(({ file }) => file);
  const descriptors = files.map(({ descriptor }) => descriptor);
  const inherited = new Map(
    [...datasets.keys()].map((checksum, index): [string, DatasetFile] => [
      checksum,
      { ...files[index], descriptor: inheritedDescriptor(index) },
    ]),
  );

  const processes = new Set<WorkerProcess>();
  /** What waits for a device that computes runs together. */
  const lanes = new Map(
    [...capacities].flatMap(([device, { slots, together }]): [DeviceName, Lanes][] =>
      together ? [[device, { queue: new PQueue({ concurrency: slots }), halved: false }]] : [],
    ),
  );
  let closed = false;

  function startProcess(device: DeviceName): WorkerProcess {
    const capacity = lanes.get(device)?.queue.concurrency ?? 1;
    const started = new WorkerProcess({
      script: worker,
      device,
      descriptors,
      capacity,
      variables,
      patience,
      notice,
    });
    processes.add(started);
    started.ended.then((refusal) => {
      processes.delete(started);
      // What keeps one from starting keeps the others that have not, of which some may hang.
      if (refusal !== undefined) for (const each of processes) each.giveUp(refusal);
    });
    return started;
  }
  const workerOn = (device: DeviceName) =>
    [...processes].find((each) => each.device === device && each.isFree) ?? startProcess(device);

  /** Does work in a process of a device; beside other work of one that computes it together, and then once more where that ends. */
  async function workOn<T>(device: DeviceName, work: (worker: WorkerProcess) => Promise<T>): Promise<T> {
    const shared = lanes.get(device);
    if (!shared) return work(workerOn(device));
    const { queue } = shared;
    const attempt = () => queue.add(() => work(workerOn(device)));
    try {
      return await attempt();
    } catch (error) {
      if (!(error instanceof ProcessEnded) || closed) throw error;
      if (!shared.halved) {
        shared.halved = true;
        queue.concurrency = Math.max(1, Math.floor(queue.concurrency / 2));
        notice(`${error.message}; its runs are tried once more, ${queue.concurrency} at a time`);
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
    for (const [device, capacity] of capacities) {
      for (let each = 0; each < processesOf(capacity); each++) startProcess(device);
    }
  } catch (error) {
    await close();
    throw error;
  }

  function taskOf(run: Run, autoencoder?: TrainedAutoencoder): Task {
    signal.throwIfAborted();
    const dataset = inherited.get(run.dataChecksum);
    if (!dataset) throw new Error(`the data set of run ${run.id} is not among those of the workers`);
    return { run, autoencoder, dataset, modelDirectory: modelDirectory(run), diagnosed: diagnosed(run) };
  }
  return {
    async execute(run, device, autoencoder, watcher) {
      const task = taskOf(run, autoencoder);
      let start = autoencoder;
      const { pretrained } = watcher;
      const keeping: Watcher = {
        ...watcher,
        pretrained:
          pretrained &&
          ((trained) => {
            // What it is tried again with, lest others are told of it twice.
            start = trained;
            pretrained(trained);
          }),
      };
      return workOn(device, (worker) => worker.execute({ ...task, autoencoder: start }, keeping));
    },
    async pretrain(run, device, progress) {
      const task = taskOf(run);
      return workOn(device, (worker) => worker.pretrain(task, progress));
    },
    close,
  };
}
