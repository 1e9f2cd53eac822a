import type { Job, Queue, Worker } from 'bullmq';
import type { Redis } from 'ioredis';
import type { Progress } from '../../detectors/detector.js';
import type { DeviceName } from '../../engine/registry.js';
import { UserError } from '../../errors.js';
import type { Bundle } from '../../runner/bundles.js';
import { runsOf } from '../../runner/groups.js';
import type { SweepPlan } from '../plan.js';

/*
 * A sweep in Redis. All of its keys begin with deepsad:<id>: — the plan as JSON; a queue of BullMQ with a job a bundle; the journal, a stream
 * that is only appended to, of what workers have computed and said; the ids of the runs that it has a record of; and how far each worker is.
 * One sorted set names the sweeps that there are, by the time at which they were submitted.
 */

const SWEEPS = 'deepsad:sweeps';
const BUNDLES = 'bundles';

/** What workers tell: an entry of the journal. */
export type Entry =
  | { readonly type: 'submitted' }
  /** A worker begins with a bundle. */
  | { readonly type: 'took'; readonly worker: string; readonly bundle: number }
  /** Lines that a worker has printed. */
  | { readonly type: 'said'; readonly worker: string; readonly text: string }
  /** A run is done or has failed: its record, the environment that it was computed in and its trace as plain JSON. */
  | {
      readonly type: 'record';
      readonly worker: string;
      readonly record: unknown;
      readonly environment: unknown;
      readonly trace?: unknown;
    }
  /** A worker cannot execute what it has taken, and leaves. */
  | { readonly type: 'refused'; readonly worker: string; readonly reason: string };

/** How far the runs are that a worker executes. */
export interface WorkerState {
  readonly worker: string;
  readonly runs: readonly {
    readonly id: string;
    /** Its place among those that the worker executes at a time. */
    readonly slot: number;
    readonly device: DeviceName;
    readonly progress?: Progress;
  }[];
}

/** Seconds without a sign of life after which the bundle of a worker goes to another: more than a network may be away. */
const LOCK_SECONDS = 120;

/**
 * The same in milliseconds; DEEPSAD_LOCK_SECONDS sets another number of them for all workers of a queue.
 *
 * @throws UserError where that is no positive number
 */
export function lockDuration(): number {
  const given = process.env.DEEPSAD_LOCK_SECONDS;
  const seconds = given ? Number(given) : LOCK_SECONDS;
  if (Number.isFinite(seconds) && seconds > 0) return 1000 * seconds;
  throw new UserError(`DEEPSAD_LOCK_SECONDS: ${given} is no number of seconds; give one such as 300`);
}

/** What BullMQ refuses with to remove a queue. */
const NOT_PAUSED = 'Cannot obliterate non-paused queue';

/** How often a bundle is begun that ends its worker, or fails there as a whole. */
const TRIES = 2;

/** A bundle that BullMQ has in its queue. */
export type BundleJob = Job<Bundle>;

/** Those who have the same sweep in Redis before them: who submits it, and its workers. */
export class StoredSweep {
  constructor(
    private readonly redis: Redis,
    readonly id: string,
  ) {}

  /** The sweeps that a Redis holds, the oldest first. */
  static async all(redis: Redis): Promise<StoredSweep[]> {
    return (await redis.zrange(SWEEPS, '0', '-1')).map((id) => new StoredSweep(redis, id));
  }

  /** All that a Redis has something of, by their ids: those too that were ended and not brought to where they were submitted. */
  static async kept(redis: Redis): Promise<StoredSweep[]> {
    const ids = new Set<string>();
    for await (const keys of redis.scanStream({ match: 'deepsad:*:plan', count: 1000 })) {
      for (const key of keys as string[]) ids.add(key.split(':')[1]);
    }
    return [...ids].sort().map((id) => new StoredSweep(redis, id));
  }

  /** Writes it, or of one that was written in part what is missing; workers see it once it is whole. */
  async write(plan: SweepPlan, bundles: readonly Bundle[]): Promise<void> {
    await this.redis.set(this.key('plan'), JSON.stringify(plan));
    await this.redis.xadd(this.key('journal'), '*', ...fields({ type: 'submitted' }));
    await this.withQueue((queue) =>
      queue.addBulk(
        bundles.map((data) => ({
          name: 'bundle',
          data,
          opts: { jobId: `bundle-${data.index}`, attempts: TRIES },
        })),
      ),
    );
    await this.redis.zadd(SWEEPS, Date.now(), this.id);
  }

  /** Undefined where the sweep is not there any more. */
  async plan(): Promise<SweepPlan | undefined> {
    const text = await this.redis.get(this.key('plan'));
    return text === null ? undefined : JSON.parse(text);
  }

  /** How many bundles wait or are executed, by state; none once all have ended, or it is not there any more. */
  jobs(): Promise<Readonly<Record<string, number>>> {
    return this.withQueue(async (queue) => {
      const { waiting, active } = await queue.getJobCounts('waiting', 'active');
      return { ...(waiting > 0 && { waiting }), ...(active > 0 && { active }) };
    });
  }

  /** The bundles that were given up, with the reason. */
  failures(): Promise<{ bundle: number; reason: string }[]> {
    return this.withQueue(async (queue) => {
      const failed: BundleJob[] = await queue.getFailed();
      return failed.map(({ data, failedReason }) => ({ bundle: data.index, reason: failedReason }));
    });
  }

  /**
   * Appends to the journal.
   *
   * @returns whether the sweep is still there
   */
  async tell(entry: Entry): Promise<boolean> {
    return (await this.redis.xadd(this.key('journal'), 'NOMKSTREAM', '*', ...fields(entry))) !== null;
  }

  /** What the journal has after an entry: at most so many, each with its id. */
  async journal(after: string, most: number): Promise<{ id: string; entry: Entry }[]> {
    const found = await this.redis.xrange(this.key('journal'), `(${after}`, '+', 'COUNT', most);
    return found.map(([id, [, text]]) => ({ id, entry: JSON.parse(text) }));
  }

  /** Notes that the journal has the record of a run. */
  async noteFinished(run: string): Promise<void> {
    await this.redis.sadd(this.key('finished'), run);
  }

  /** The ids of the runs whose record the journal has. */
  async finished(): Promise<ReadonlySet<string>> {
    return new Set(await this.redis.smembers(this.key('finished')));
  }

  /** How many runs without a record are in bundles that wait or are executed. */
  async left(): Promise<number> {
    const jobs: (BundleJob | undefined)[] = await this.withQueue((queue) =>
      queue.getJobs(['waiting', 'active']),
    );
    const finished = await this.finished();
    const groups = jobs.flatMap((job) => job?.data?.groups ?? []);
    return runsOf(groups).filter(({ id }) => !finished.has(id)).length;
  }

  /** Says how far a worker is; nothing more of it where it has no runs. */
  async noteState(state: WorkerState): Promise<void> {
    const key = this.key('workers');
    if (state.runs.length === 0) await this.redis.hdel(key, state.worker);
    else await this.redis.hset(key, state.worker, JSON.stringify(state));
  }

  async states(): Promise<WorkerState[]> {
    return Object.values(await this.redis.hgetall(this.key('workers'))).map((text) => JSON.parse(text));
  }

  /** Lets nobody take another of its bundles. */
  async drain(): Promise<void> {
    await this.withQueue((queue) => queue.drain());
  }

  /**
   * Ends all of its bundles, those too that are being executed. What workers have told of them stays. One that has ended, or that others end
   * at the same time, is ended too.
   */
  async end(): Promise<void> {
    await this.redis.zrem(SWEEPS, this.id);
    await this.withQueue(async (queue) => {
      for (let isEnded = false; !isEnded; ) {
        try {
          await queue.obliterate({ force: true });
          isEnded = true;
        } catch (error) {
          // It pauses the queue, then removes one that is paused: whoever ends it too may have removed it in between.
          if ((error as Error).message !== NOT_PAUSED) throw error;
        }
      }
    });
  }

  /** Removes all of it, and what is being executed of it is of no use any more. */
  async remove(): Promise<void> {
    await this.end();
    for await (const keys of this.redis.scanStream({ match: this.key('*'), count: 1000 })) {
      if (keys.length > 0) await this.redis.unlink(keys);
    }
  }

  /** What takes bundles from its queue, and gives back those whose workers have died, once it is ready. Whoever asks for it closes it. */
  async taker(): Promise<Worker<Bundle>> {
    const { Worker } = await import('bullmq');
    const duration = lockDuration();
    const taker = new Worker<Bundle>(BUNDLES, null, {
      ...this.options(),
      autorun: false,
      lockDuration: duration,
      stalledInterval: duration / 4,
      maxStalledCount: TRIES - 1,
    });
    taker.on('error', () => {});
    return taker;
  }

  private async withQueue<T>(action: (queue: Queue<Bundle>) => Promise<T>): Promise<T> {
    const { Queue } = await import('bullmq');
    // Its description would be there again once the sweep is removed.
    const queue = new Queue<Bundle>(BUNDLES, { ...this.options(), skipMetasUpdate: true });
    queue.on('error', () => {});
    try {
      return await action(queue);
    } finally {
      await queue.close();
    }
  }

  private options() {
    // The version was checked, and BullMQ would print what it thinks of it.
    return { connection: this.redis, prefix: this.key('').slice(0, -1), skipVersionCheck: true };
  }

  private key(name: string): string {
    return `deepsad:${this.id}:${name}`;
  }
}

function fields(entry: Entry): [field: string, value: string] {
  return ['entry', JSON.stringify(entry)];
}
