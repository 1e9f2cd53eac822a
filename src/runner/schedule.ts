import { types } from 'node:util';
import PQueue from 'p-queue';
import type { Run } from '../config/run.js';
import type { Progress } from '../detectors/detector.js';
import type { DeviceName } from '../engine/registry.js';
import { memoryRefusal } from '../messages/memory.js';
import type { Capacities } from './capacity.js';
import { placeOf, type RunGroup, runsOf } from './groups.js';
import type { Executor, Outcome, TrainedAutoencoder, Watcher } from './task.js';
import { CannotStart, ProcessEnded } from './worker-process.js';

/**
 * Is told what happens, and in which of the slots 0, 1, … of all devices. A run starts twice, in two slots, where its autoencoder is
 * trained on another device than all else of it.
 */
export interface Observer {
  started(run: Run, slot: Slot): void;
  progress(run: Run, slot: Slot, progress: Progress): void;
  finished(run: Run, slot: Slot, outcome: Outcome): void;
}

/** A place for one run at a time. */
export interface Slot {
  readonly worker: number;
  readonly device: DeviceName;
}

export interface ScheduleOptions {
  readonly capacities: Capacities;
  /** Stops everything at once. */
  readonly signal: AbortSignal;
  /** Starts no further run. */
  readonly draining: AbortSignal;
  /**
   * Whether a run may be started now; else it is left out.
   *
   * @param pretrains whether it trains the autoencoder of its group, without which the others are left out too
   */
  mayStart?(run: Run, group: RunGroup, pretrains: boolean): boolean;
}

/** The slots of a device. */
interface Pool {
  readonly queue: PQueue;
  readonly free: Slot[];
}

/**
 * Executes groups on all their devices at once, on each as many runs at a time as it can take, in their order where nothing must be
 * waited for. The first run of a group trains the autoencoder, and its seconds are counted there; the others wait for it while later
 * runs go on, and fail with it. A run that fails stops no other. Once `draining` is aborted nothing more is started; once `signal` is,
 * nothing more is observed as finished either.
 */
export async function schedule(
  groups: readonly RunGroup[],
  executor: Executor,
  observer: Observer,
  { capacities, signal, draining, mayStart = () => true }: ScheduleOptions,
): Promise<void> {
  const pools = poolsOf(capacities);
  /** Why no run can be executed. */
  let stopped: CannotStart | undefined;
  const place = new Map(runsOf(groups).map((run, index) => [run.id, index]));

  /**
   * Does what gives the outcome of a run, once there is a slot, for which a run of an earlier place goes first.
   *
   * @param work undefined for a run that goes on elsewhere
   * @param isDue asked before it starts; not of a run of which a part is done, so that what finishes runs finishes this one
   */
  async function inSlot(
    run: Run,
    device: DeviceName,
    work: (report: Watcher['progress']) => Promise<Outcome | undefined>,
    isDue: () => boolean,
  ): Promise<void> {
    const { queue, free } = pools.get(device) as Pool;
    const task = async () => {
      if (signal.aborted || stopped || !isDue()) return;
      const slot = free.shift() as Slot;
      observer.started(run, slot);
      try {
        const outcome = await work((progress) => observer.progress(run, slot, progress));
        if (outcome && !signal.aborted) observer.finished(run, slot, outcome);
      } catch (error) {
        if (error instanceof CannotStart) stopped ??= error;
        // What asks for an end may end the processes of runs too, which is no failure of theirs.
        else if (!signal.aborted && !(draining.aborted && error instanceof ProcessEnded))
          observer.finished(run, slot, failureOf(error));
      }
      free.push(slot);
    };
    await queue.add(task, { priority: -(place.get(run.id) ?? 0) });
  }

  async function executeGroup(group: RunGroup): Promise<void> {
    const { plan, device, runs } = group;
    const [first, ...others] = runs;
    const isDue = (run: Run, pretrains: boolean) => () =>
      !draining.aborted && mayStart(run, group, pretrains);
    const placeOfFirst = placeOf(first, device);
    let sharing: Promise<unknown> | undefined;
    const share = (outcomeOf: (run: Run, progress: Watcher['progress']) => Promise<Outcome>) => {
      sharing = Promise.all(
        others.map((run) =>
          inSlot(run, placeOf(run, device), (progress) => outcomeOf(run, progress), isDue(run, false)),
        ),
      );
    };
    const pretrained = (autoencoder: TrainedAutoencoder) =>
      share((run, progress) => executor.execute(run, placeOf(run, device), autoencoder, { progress }));
    /** Does the work of the first run, without whose autoencoder the others can do no better. */
    const orFailAll = async <T>(work: Promise<T>): Promise<T> => {
      try {
        return await work;
      } catch (error) {
        if (!sharing && !(error instanceof CannotStart)) share(async () => failureOf(error));
        throw error;
      }
    };

    if (!plan || placeOfFirst === device) {
      const execute = (progress: Watcher['progress']) => {
        const watcher = { progress, ...(others.length > 0 && { pretrained }) };
        return orFailAll(executor.execute(first, placeOfFirst, undefined, watcher));
      };
      await inSlot(first, placeOfFirst, execute, isDue(first, plan !== undefined));
    } else {
      let rest: Promise<void> | undefined;
      const pretrain = async (progress: Watcher['progress']) => {
        const { autoencoder, seconds } = await orFailAll(executor.pretrain(first, device, progress));
        const solve = async (report: Watcher['progress']) => {
          const outcome = await executor.execute(first, placeOfFirst, autoencoder, { progress: report });
          return { ...outcome, seconds: { ...outcome.seconds, pretraining: seconds } };
        };
        rest = inSlot(first, placeOfFirst, solve, () => true);
        pretrained(autoencoder);
        return undefined;
      };
      await inSlot(first, device, pretrain, isDue(first, true));
      await rest;
    }
    await sharing;
  }

  await Promise.all(groups.map(executeGroup));
  if (stopped) throw stopped;
}

function poolsOf(capacities: Capacities): ReadonlyMap<DeviceName, Pool> {
  let worker = 0;
  return new Map(
    [...capacities].map(([device, { slots }]) => {
      const free = Array.from({ length: slots }, (): Slot => ({ worker: worker++, device }));
      return [device, { queue: new PQueue({ concurrency: free.length }), free }];
    }),
  );
}

function failureOf(error: unknown): Outcome {
  const reason = memoryRefusal(error) ?? error;
  const message = types.isNativeError(reason) ? reason.message : String(reason);
  return { status: 'failed', reason: message.replaceAll(/\s+/g, ' ').trim(), seconds: {} };
}
