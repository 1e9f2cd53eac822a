import { setTimeout } from 'node:timers/promises';
import type { Worker } from 'bullmq';
import { throttle } from 'es-toolkit/function/throttle';
import type { Redis } from 'ioredis';
import { UserError } from '../../errors.js';
import { environmentOf } from '../../results/environment.js';
import { countingFailures, type RunRecord } from '../../results/record.js';
import { plainTrace } from '../../results/trace.js';
import type { Bundle } from '../../runner/bundles.js';
import { estimateFrom, longestFirst, withinTime } from '../../runner/estimate.js';
import { filterRuns, runsOf } from '../../runner/groups.js';
import { type RunnerEvent, runAll } from '../../runner/runner.js';
import { otherBuild, type SweepPlan } from '../plan.js';
import { type WorkDone, type WorkOptions, Workplace } from '../workplace.js';
import { checkServer, connect, giveUp, insist } from './connection.js';
import { HeldRecords } from './held-records.js';
import { type BundleJob, type Entry, lockDuration, StoredSweep, type WorkerState } from './stored-sweep.js';

export interface QueueWorkOptions extends WorkOptions {
  /** Waits for more where no bundle is left. */
  readonly waits: boolean;
  /** Says something beside the progress. */
  say(line: string): void;
}

/** Milliseconds between two looks for a bundle. */
const INTERVAL = 1000;

/** Milliseconds that whoever is to leave waits for an answer: one that comes later may be of a bundle that nobody then has. */
const FAREWELL = 3000;

/**
 * Executes bundles of the sweeps in a queue, the oldest sweep first, until none of them is left or being executed by others, who may die.
 * The record of each run goes into Redis as soon as it is finished; where Redis is away, this worker holds it until it is back.
 *
 * @throws UserError where DEEPSAD_LOCK_SECONDS is no time, Redis cannot be reached at first, all sweeps are of another build (`otherBuild`), or the data or the devices of a bundle are not
 *   here: it goes back into the queue
 */
export async function workOnQueue(address: string, options: QueueWorkOptions): Promise<WorkDone> {
  const { draining, signal, secondsLeft = () => Number.POSITIVE_INFINITY, waits, say } = options;
  // Later on, what is thrown is taken for a trouble of Redis.
  lockDuration();
  const lost = (reason: string) =>
    say(`${address}: the connection was lost (${reason}); going on, and trying again`);
  const redis = await connect(address, { lost });
  const leaving = AbortSignal.any([signal, ...(draining ? [draining] : [])]);
  // Whoever is to leave waits for no Redis that is away, then or later on.
  const leaveRedis = async () => {
    if (!leaving.aborted) return;
    await setTimeout(FAREWELL, undefined, { ref: false });
    if (redis.status !== 'ready') giveUp(redis);
  };
  leaving.addEventListener('abort', leaveRedis);
  redis.on('reconnecting', leaveRedis);
  const line = new Line(redis, options.name, say);
  const state = { records: [] as RunRecord[], workplace: new Workplace(options.dataDir), leaving };
  try {
    (await checkServer(redis, address)).forEach(say);
    const patiently = <T>(ask: () => Promise<T>) =>
      unless(
        leaving,
        insist(ask, (reason) => say(`${address}: ${reason}; trying again`), leaving),
      );
    while (!leaving.aborted && secondsLeft() > 0) {
      const taken = await patiently(() => line.next());
      if (taken) {
        const left = await execute(taken, options, state);
        // What others can still begin is for them.
        if (left > 0 && options.secondsLeft) break;
        continue;
      }
      // Who waits, maybe for days, keeps no memory from others.
      await state.workplace.close();
      if (leaving.aborted || (!waits && !(await patiently(() => line.isBusy())))) break;
      await setTimeout(INTERVAL, undefined, { signal: leaving }).catch(() => {});
    }
    line.refuseOthers(state.records.length === 0);
    return { records: state.records, left: await patiently(() => line.left()) };
  } finally {
    leaving.removeEventListener('abort', leaveRedis);
    redis.disconnect();
    await state.workplace.close();
    await line.close();
  }
}

/** What a worker keeps from one bundle to the next. */
interface WorkState {
  readonly records: RunRecord[];
  readonly workplace: Workplace;
  /** Whether it is to end, as soon as what it executes is finished or at once. */
  readonly leaving: AbortSignal;
}

/**
 * Executes the runs of a bundle that have no record yet, while its lock is kept.
 *
 * @returns how many are left
 * @throws UserError where this machine cannot; the bundle is back in the queue then
 */
async function execute(
  { sweep, plan, job }: Taken,
  { name, jobs, draining, signal, secondsLeft, cacheFor, begin, say }: QueueWorkOptions,
  { records, workplace, leaving }: WorkState,
): Promise<number> {
  const { settings } = plan;
  const tell = (entry: Entry) => void sweep.tell(entry).catch(() => {});
  const taken = new AbortController();
  const pulse = setInterval(async () => {
    const isOurs = await job.extendLock(name, lockDuration()).catch(() => 1);
    // Those that waited for a lost connection are all answered at once.
    if (isOurs === 1 || taken.signal.aborted) return;
    clearInterval(pulse);
    say(`Bundle ${job.data.index} was given to another, or its sweep was cancelled`);
    taken.abort();
  }, lockDuration() / 6);
  const states = new States(name);
  const noteStates = throttle(() => void sweep.noteState(states.now()).catch(() => {}), INTERVAL);
  // Of short runs there are many lines a second.
  let unsaid = '';
  const tellLines = throttle(() => {
    if (unsaid !== '') tell({ type: 'said', worker: name, text: unsaid });
    unsaid = '';
  }, INTERVAL);
  const stopped = AbortSignal.any([signal, taken.signal]);
  const hasty = AbortSignal.any([leaving, taken.signal]);
  const held = new HeldRecords(plan, name);
  try {
    tell({ type: 'took', worker: name, bundle: job.data.index });
    const finished = await sweep.finished();
    const groups = filterRuns(job.data.groups, ({ id }) => !finished.has(id));
    const show = begin({ ...job.data, groups }, (text) => {
      unsaid += text;
      tellLines();
    });
    const means = await workplace.meansFor(groups, plan);
    const estimate = estimateFrom(records, means.datasets);
    const executed = await runAll(longestFirst(groups, estimate), {
      ...means,
      jobs: jobs ?? settings.jobs,
      gpuMemory: settings.gpuMemory,
      cache: () => cacheFor(settings),
      failFast: settings.failFast,
      ...(draining && { draining }),
      signal: stopped,
      async keep(executed, trace) {
        const record = countingFailures(executed, plan.retried?.[executed.id] ?? 0);
        const plain = trace && plainTrace({ run: record.id, ...trace });
        const environment = environmentOf(record, means.datasets);
        const entry: Entry = { type: 'record', worker: name, record, environment, trace: plain };
        const refused = (reason: string) =>
          say(`Redis refuses a record (${reason}); it is kept here, and offered again`);
        const isThere = await insist(() => sweep.tell(entry), refused, hasty).catch(() => undefined);
        if (isThere === undefined) return held.keep(record, environment, trace);
        if (!isThere) {
          if (!taken.signal.aborted)
            say(`The sweep ${plan.id} is not in Redis any more, and neither is what was computed of it`);
          return taken.abort();
        }
        records.push(record);
        // Else it is computed again.
        await insist(() => sweep.noteFinished(record.id), refused, hasty).catch(() => {});
      },
      on(event) {
        states.on(event);
        noteStates();
        show(event);
      },
      ...withinTime(estimate, secondsLeft),
    });
    tellLines.flush();
    const left = runsOf(groups).filter(({ id }) => !executed.has(id)).length;
    if (held.count > 0) return left + held.count;
    if (taken.signal.aborted) return left;
    const isEnded = settings.failFast && [...executed.values()].some(({ status }) => status === 'failed');
    if (isEnded) await sweep.drain();
    if (left > 0 && !isEnded) await job.moveToWait(name);
    else await job.moveToCompleted(null, name, false);
    return left;
  } catch (error) {
    tellLines.flush();
    if (error instanceof UserError) {
      await sweep.tell({ type: 'refused', worker: name, reason: error.message }).catch(() => {});
      await job.moveToWait(name).catch(() => {});
      throw error;
    }
    say(`Bundle ${job.data.index} failed: ${(error as Error).message}`);
    if (!stopped.aborted) await job.moveToFailed(error as Error, name, false).catch(() => {});
    return 0;
  } finally {
    held.close();
    if (held.count > 0) say(held.said());
    clearInterval(pulse);
    noteStates.cancel();
    await sweep.noteState({ worker: name, runs: [] }).catch(() => {});
  }
}

/** How far the runs are that this worker executes. */
class States {
  private readonly runs = new Map<string, WorkerState['runs'][number]>();

  constructor(private readonly worker: string) {}

  on(event: RunnerEvent): void {
    if (event.type === 'notice') return;
    const { run, worker: slot, device } = event;
    if (event.type === 'finished') this.runs.delete(run.id);
    else if (event.type === 'started') this.runs.set(run.id, { id: run.id, slot, device });
    else this.runs.set(run.id, { id: run.id, slot, device, progress: event.progress });
  }

  now(): WorkerState {
    return { worker: this.worker, runs: [...this.runs.values()] };
  }
}

/** What a promise resolves with; undefined where it does not so soon after the signal is aborted, whatever becomes of it then. */
function unless<T>(signal: AbortSignal, promise: Promise<T>): Promise<T | undefined> {
  return new Promise((resolve, reject) => {
    const leave = () => void setTimeout(FAREWELL, undefined, { ref: false }).then(() => resolve(undefined));
    if (signal.aborted) leave();
    signal.addEventListener('abort', leave);
    promise
      .then(resolve, (error) => (signal.aborted ? resolve(undefined) : reject(error)))
      // A worker that waits for days listens once at a time.
      .finally(() => signal.removeEventListener('abort', leave));
  });
}

/** A bundle that this worker has. */
interface Taken {
  readonly sweep: StoredSweep;
  readonly plan: SweepPlan;
  readonly job: BundleJob;
}

/** The sweeps in a Redis, as a worker sees them. */
class Line {
  private readonly takers = new Map<string, { readonly plan: SweepPlan; readonly taker: Worker<Bundle> }>();
  /** Why each of the sweeps that are of no use here is none, by id. */
  private readonly passed = new Map<string, string>();
  private isClosed = false;

  constructor(
    private readonly redis: Redis,
    /** Of the worker. */
    private readonly name: string,
    private readonly say: (line: string) => void,
  ) {}

  /** The next bundle; undefined where none waits. */
  async next(): Promise<Taken | undefined> {
    for (const sweep of await this.sweeps()) {
      const known = this.takers.get(sweep.id) ?? (await this.attend(sweep));
      if (!known) continue;
      const job: BundleJob | undefined = await known.taker.getNextJob(this.name, { block: false });
      if (!job?.data?.groups) continue;
      if (job.deferredFailure === undefined) return { sweep, plan: known.plan, job };
      const { UnrecoverableError } = await import('bullmq');
      const reason = 'each worker that had it ended or fell silent';
      await job.moveToFailed(new UnrecoverableError(reason), this.name, false);
    }
    return undefined;
  }

  /** Whether there are bundles that wait or that others execute. */
  async isBusy(): Promise<boolean> {
    for (const sweep of await this.sweeps()) {
      if (Object.keys(await sweep.jobs()).length > 0) return true;
    }
    return false;
  }

  /** How many runs others may take, or execute now. */
  async left(): Promise<number> {
    let left = 0;
    for (const sweep of await this.sweeps()) left += await sweep.left();
    return left;
  }

  /** @throws UserError where there are sweeps that are of no use here alone, and nothing was executed */
  refuseOthers(isIdle: boolean): void {
    if (isIdle && this.takers.size === 0 && this.passed.size > 0) {
      throw new UserError([...this.passed.values()].join('\n'));
    }
  }

  async close(): Promise<void> {
    this.isClosed = true;
    for (const { taker } of this.takers.values()) await taker.close(true).catch(() => {});
  }

  private async sweeps(): Promise<StoredSweep[]> {
    const found = await StoredSweep.all(this.redis);
    for (const [id, { taker }] of this.takers) {
      if (found.some((sweep) => sweep.id === id)) continue;
      this.takers.delete(id);
      await taker.close(true);
      // Its look for silent workers has written a key anew.
      await new StoredSweep(this.redis, id).end();
    }
    return found.filter(({ id }) => !this.passed.has(id));
  }

  /** Begins to take bundles of a sweep; undefined where it is gone, or of another build. */
  private async attend(sweep: StoredSweep) {
    const plan = await sweep.plan();
    if (!plan) return undefined;
    const other = otherBuild(plan);
    if (other !== undefined) {
      const reason = `${plan.id}: ${other}`;
      await sweep.tell({ type: 'refused', worker: this.name, reason });
      this.passed.set(plan.id, reason);
      this.say(`Passed over: ${reason}`);
      return undefined;
    }
    const taker = await sweep.taker();
    // Who has not waited for it would be kept by its connection.
    if (this.isClosed) await taker.close(true);
    const attended = { plan, taker };
    // Before it is ready, which it never is where Redis is away.
    this.takers.set(sweep.id, attended);
    await taker.waitUntilReady();
    await taker.startStalledCheckTimer();
    return attended;
  }
}
