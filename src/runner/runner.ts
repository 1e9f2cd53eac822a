import { setImmediate } from 'node:timers/promises';
import type { Run } from '../config/run.js';
import type { SharedDataset } from '../data/shared-dataset.js';
import type { Progress } from '../detectors/detector.js';
import { detectorNamed } from '../detectors/registry.js';
import { computerOf, type FoundDevice } from '../engine/device.js';
import type { DeviceName } from '../engine/registry.js';
import { VERSION } from '../package.js';
import { HOST } from '../process-name.js';
import type { RunRecord } from '../results/record.js';
import type { Trace } from '../results/trace.js';
import { type AutoencoderCache, withCache } from './autoencoder-cache.js';
import { commonBuild } from './build.js';
import { capacitiesFor } from './capacity.js';
import { engineOfRun, type RunGroup } from './groups.js';
import { type Observer, type ScheduleOptions, type Slot, schedule } from './schedule.js';
import type { WorkerPool } from './workers.js';

export interface RunOptions extends Pick<ScheduleOptions, 'mayStart'> {
  /** The data set of each checksum that a run gives. */
  readonly datasets: ReadonlyMap<string, SharedDataset>;
  /** Whose processes execute the parts of runs: they are there for what is executed next, and whoever gives them ends them. */
  readonly workers: Pick<WorkerPool, 'start' | 'build'>;
  /** How many runs execute at a time, on each device; where it is not given as many as do it good. */
  readonly jobs?: number | undefined;
  /** By name: those of the groups, and the CPU. */
  readonly devices: ReadonlyMap<DeviceName, FoundDevice>;
  /** Gigabytes of a GPU's memory that the worker processes may take. */
  readonly gpuMemory?: number | undefined;
  /** Opens where trained autoencoders are kept from one call to the next, if anywhere; called where runs start from some. */
  readonly cache?: (() => Promise<AutoencoderCache | undefined>) | undefined;
  /** The folder for a run's fitted detector and its scores; undefined where they are not kept. */
  readonly modelDirectory?: (run: Run) => string | undefined;
  /** Whether to probe the encoder that a run trains; by default none is. */
  readonly diagnosed?: (run: Run) => boolean;
  /** Variables of the environment of the worker processes, beside those of this process. */
  readonly variables?: Readonly<Record<string, string | undefined>>;
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
 * What happens; `worker` is a slot of the device, a number of its own among those of all devices, which one run at a time has. A run
 * has finished once its record is kept, and by then the next may have started in its slot. One whose autoencoder is trained on another
 * device than the rest is computed on starts once in a slot of each.
 */
export type RunnerEvent =
  | ({ readonly type: 'started'; readonly run: Run } & Slot)
  | ({ readonly type: 'progress'; readonly run: Run; readonly progress: Progress } & Slot)
  | ({
      readonly type: 'finished';
      readonly run: Run;
      readonly record: RunRecord;
      readonly trace?: Trace | undefined;
      /** Why its detector and scores could not be kept, where they were to be. */
      readonly unsaved?: string | undefined;
    } & Slot)
  /** What happened to all that go on, in words. */
  | { readonly type: 'notice'; readonly text: string };

/**
 * Executes runs in worker processes, in their order where none must wait for an autoencoder. A run that fails for whatever reason
 * gets a failed record, and the others go on.
 *
 * @returns the record of every run by its id; only of those that are done where it was stopped or some might not start
 * @throws CannotStart where no worker can be started, once what still runs has finished; whatever `keep` and `cache` reject with
 */
export async function runAll(
  groups: readonly RunGroup[],
  options: RunOptions,
): Promise<ReadonlyMap<string, RunRecord>> {
  const records = new Map<string, RunRecord>();
  if (groups.length === 0) return records;
  const {
    datasets,
    workers,
    jobs,
    devices,
    gpuMemory,
    modelDirectory = () => undefined,
    diagnosed = () => false,
    on,
  } = options;
  const variables = {
    ...options.variables,
    ...(gpuMemory !== undefined && { DEEPSAD_GPU_MEMORY: String(gpuMemory) }),
  };
  const [halt, drain] = [new AbortController(), new AbortController()];
  const signal = AbortSignal.any([options.signal, halt.signal]);
  const draining = AbortSignal.any([drain.signal, ...(options.draining ? [options.draining] : [])]);
  let keeping = Promise.resolve();

  const computers = new Map(
    groups.flatMap(({ device, runs }) => runs.map((run) => [run, computerOfRun(run, device, devices)])),
  );
  const cache = groups.some(({ plan }) => plan !== undefined) ? await options.cache?.() : undefined;
  const capacities = await capacitiesFor(groups, jobs);
  // Before a checkout is built anew meanwhile.
  const build = commonBuild();
  const notice = (text: string) => on({ type: 'notice', text });
  const given = { datasets, capacities, modelDirectory, diagnosed, variables, signal, notice };
  const started = await workers.start(given);
  const observer: Observer = {
    started: (run, slot) => on({ type: 'started', run, ...slot }),
    progress: (run, slot, progress) => on({ type: 'progress', run, ...slot, progress }),
    finished: (run, slot, { unsaved, trace, ...outcome }) => {
      const computer = computers.get(run) as Computer;
      const record: RunRecord = { ...run, ...outcome, ...computer, version: VERSION, build };
      if (options.failFast && record.status === 'failed') drain.abort();
      keeping = keeping.then(async () => {
        // A worker is waiting for what comes next.
        await setImmediate();
        await options.keep?.(record, trace && { ...trace, machine: HOST });
        records.set(record.id, record);
        on({ type: 'finished', run, ...slot, record, trace, unsaved });
      });
      // Runs whose records cannot be kept are not worth their time.
      keeping.catch(() => halt.abort());
    },
  };
  try {
    const executor = cache ? withCache(started, cache, datasets, devices, workers.build) : started;
    await schedule(groups, executor, observer, {
      capacities,
      signal,
      draining,
      ...(options.mayStart && { mayStart: options.mayStart }),
    });
  } finally {
    halt.abort();
    await keeping;
  }
  return records;
}

type Computer = Pick<RunRecord, 'engine' | 'device'>;

/** What a run is computed on, as its record says: by what trains its network, and by the CPU where that computes the rest. */
function computerOfRun(run: Run, device: DeviceName, devices: RunOptions['devices']): Computer {
  const found = (name: DeviceName) => {
    const device = devices.get(name);
    if (!device) throw new Error(`${name} is not among the devices`);
    return computerOf(device);
  };
  const engine = engineOfRun(run, device);
  if (engine === 'native') return { engine, device: found('cpu') };
  const { fitsOnCpu } = detectorNamed(run.detector.name);
  return { engine, device: fitsOnCpu ? `${found(device)}; ${found('cpu')}` : found(device) };
}
