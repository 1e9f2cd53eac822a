import os from 'node:os';
import { sumBy } from 'es-toolkit/math/sumBy';
import PQueue from 'p-queue';
import type { Run } from '../config/run.js';
import type { DatasetFile, SharedDataset } from '../data/shared-dataset.js';
import type { DeviceName } from '../engine/registry.js';
import { buildOf, WORKER } from './build.js';
import { type Capacities, type Capacity, processesOf } from './capacity.js';
import type { Executor, Task, TrainedAutoencoder, Watcher } from './task.js';
import {
  CannotStart,
  inheritedDescriptor,
  ProcessEnded,
  refusalOf,
  type Wanted,
  WorkerProcess,
} from './worker-process.js';

/** Milliseconds that as many workers as there are cores may take to start on a busy machine. */
const PATIENCE = 60_000;

export interface WorkerOptions {
  /** By checksum. */
  readonly datasets: ReadonlyMap<string, SharedDataset>;
  readonly capacities: Capacities;
  /** The folder for the model of a run; undefined where none is kept. */
  readonly modelDirectory: (run: Run) => string | undefined;
  /** Whether to probe the encoder that a run trains. */
  readonly diagnosed: (run: Run) => boolean;
  /** Variables of the environment of the processes, beside those of this one. */
  readonly variables: Readonly<Record<string, string | undefined>>;
  /** Milliseconds that a worker may take to start, where not the usual. */
  readonly patience?: number;
  /** Ends the workers that execute something, at once. */
  readonly signal: AbortSignal;
  /** Is told, in words, what happened to runs that go on together. */
  notice(text: string): void;
}

/** Does something with worker processes, and ends them. */
export async function withWorkers<T>(action: (workers: WorkerPool) => Promise<T>): Promise<T> {
  const workers = new WorkerPool();
  try {
    return await action(workers);
  } finally {
    await workers.close();
  }
}

/** The runs of a device that computes them together. */
interface Lanes {
  readonly queue: PQueue;
  /** Whether its process has ended before. */
  halved: boolean;
}

/**
 * Worker processes that execute runs, kept from some runs to the next until whoever made it closes it. A process that ends fails the run
 * that it was executing, and another takes its place. Where it executed all together, each is tried once more in that other one, which
 * takes half as many at a time.
 */
export class WorkerPool {
  private readonly processes = new Set<WorkerProcess>();
  private notice: WorkerOptions['notice'] = () => {};

  /** The build of all processes. */
  readonly build: string;

  /** @param worker a module that calls `serve` */
  constructor(private readonly worker: URL = WORKER) {
    this.build = buildOf(worker);
  }

  /**
   * Makes ready what some runs want: processes that are here are taken where they are the same as would be started, others end. Those of
   * before must have ended.
   *
   * @throws CannotStart where the system refuses the processes at once, or they would be of another build; else what is executed rejects with it
   */
  async start(options: WorkerOptions): Promise<Executor> {
    const { datasets, capacities, modelDirectory, diagnosed, variables, signal, notice } = options;
    this.notice = notice;
    const count = sumBy([...capacities.values()], processesOf);
    const { patience = PATIENCE * Math.ceil(count / os.availableParallelism()) } = options;
    const files = [...datasets.values()].map(({ file }) => file);
    const inherited = new Map(
      [...datasets.keys()].map((checksum, index): [string, DatasetFile] => [
        checksum,
        { ...files[index], descriptor: inheritedDescriptor(index) },
      ]),
    );
    /** What waits for a device that computes runs together. */
    const lanes = new Map(
      [...capacities].flatMap(([device, { slots, together }]): [DeviceName, Lanes][] =>
        together ? [[device, { queue: new PQueue({ concurrency: slots }), halved: false }]] : [],
      ),
    );
    const wantedOn = (device: DeviceName): Wanted => {
      const capacity = lanes.get(device)?.queue.concurrency ?? 1;
      return { device, files, capacity, variables };
    };
    const workerOn = (device: DeviceName) => {
      const wanted = wantedOn(device);
      const free = [...this.processes].find((each) => each.isFree && each.serves(wanted));
      return free ?? this.startProcess(wanted, patience);
    };

    /** Does work in a process of a device; beside other work of one that computes it together, and then once more where that ends. */
    async function workOn<T>(device: DeviceName, work: (worker: WorkerProcess) => Promise<T>): Promise<T> {
      const shared = lanes.get(device);
      if (!shared) return work(workerOn(device));
      const { queue } = shared;
      const attempt = () => queue.add(() => work(workerOn(device)));
      try {
        return await attempt();
      } catch (error) {
        if (!(error instanceof ProcessEnded) || signal.aborted) throw error;
        if (!shared.halved) {
          shared.halved = true;
          queue.concurrency = Math.max(1, Math.floor(queue.concurrency / 2));
          notice(`${error.message}; its runs are tried once more, ${queue.concurrency} at a time`);
        }
        return attempt();
      }
    }

    const wanted = [...capacities.keys()].map(wantedOn);
    await this.end((each) => !wanted.some((want) => each.serves(want)));
    signal.addEventListener('abort', () => this.end(({ isBusy }) => isBusy));
    for (const want of wanted) {
      const there = [...this.processes].filter((each) => each.serves(want)).length;
      const needed = processesOf(capacities.get(want.device) as Capacity);
      for (let each = there; each < needed; each++) this.startProcess(want, patience);
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
    };
  }

  /** Ends all processes, at once. */
  async close(): Promise<void> {
    await this.end(() => true);
  }

  private async end(which: (process: WorkerProcess) => boolean): Promise<void> {
    await Promise.all([...this.processes].filter(which).map((each) => each.kill()));
  }

  private startProcess(wanted: Wanted, patience: number): WorkerProcess {
    this.expectSameBuild();
    const notice = (text: string) => this.notice(text);
    const started = new WorkerProcess({ script: this.worker, ...wanted, patience, notice });
    this.processes.add(started);
    started.ended.then((refusal) => {
      this.processes.delete(started);
      // What keeps one from starting keeps the others that have not, of which some may hang.
      if (refusal !== undefined) for (const each of this.processes) each.giveUp(refusal);
    });
    return started;
  }

  /** @throws CannotStart where a worker would be of another build than this process says of its records that they are */
  private expectSameBuild(): void {
    let build: string;
    try {
      build = buildOf(this.worker);
    } catch (error) {
      throw new CannotStart(refusalOf(error as NodeJS.ErrnoException));
    }
    if (build !== this.build)
      throw new CannotStart('deepsad was installed or built anew since this process began; start it again');
  }
}
