import { existsSync } from 'node:fs';
import { appendFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { uniq } from 'es-toolkit/array/uniq';
import type { Redis } from 'ioredis';
import type { Run } from '../../config/run.js';
import { UserError } from '../../errors.js';
import { readText } from '../../files/read-file.js';
import { writeFileAtomic } from '../../files/write-file.js';
import { driftsOf } from '../../results/drifts.js';
import { toEnvironment } from '../../results/environment.js';
import { failuresOf } from '../../results/record.js';
import { readRecord } from '../../results/records.js';
import { ResultsFolder } from '../../results/results-folder.js';
import { probedRuns, readTrace } from '../../results/trace.js';
import type { Slot } from '../../runner/schedule.js';
import type { SweepEvent } from '../../sweep/execute.js';
import { claim, release } from '../claims.js';
import type { Watch } from '../dispatcher.js';
import { noteEnding, runsIn, runsOfPlan, type SweepPlan, settledIn, submissionOf } from '../plan.js';
import { connected, giveUp } from './connection.js';
import { type Entry, StoredSweep, type WorkerState } from './stored-sweep.js';

/** Milliseconds between two looks at a sweep that is watched. */
const INTERVAL = 1000;

/** How many entries of a journal are read at a time. */
const PAGE = 100;

/**
 * Brings what the journal of a sweep has since the last time into the results folder (records and traces) and the folder of the plan (who
 * has which bundle, and what was said there). Once all bundles have ended of a plan that was submitted as a whole, notes how.
 *
 * @param watch goes on until then; without it, what there is now
 * @returns whether it has ended
 * @throws Locked where another process collects the same; UserError where Redis cannot be reached, or the results cannot be written
 */
export async function collect(folder: string, plan: SweepPlan, watch?: Watch): Promise<boolean> {
  const { on } = plan.allocation;
  const lost = (reason: string) =>
    watch?.on({ type: 'notice', text: `${on}: the connection was lost (${reason}); trying again` });
  const follow = async (redis: Redis) => {
    // Commands that wait for a lost connection would keep whoever wants to leave.
    watch?.signal.addEventListener('abort', () => giveUp(redis));
    if (watch?.signal.aborted) giveUp(redis);
    const results = await ResultsFolder.open(plan.directory, runsOfPlan(plan));
    try {
      const sweep = new StoredSweep(redis, plan.id);
      const collector = new Collector(folder, plan, results, watch?.on);
      for (;;) {
        // Asked before the journal is read: a bundle that has ended has told all that it had to.
        const isOver = submissionOf(folder) !== undefined && Object.keys(await sweep.jobs()).length === 0;
        await collector.read(sweep);
        if (isOver) {
          const failures = await sweep.failures();
          const isGone = !collector.isComplete() && (await sweep.plan()) === undefined;
          await noteEnding(folder, {
            failures: [
              ...(isGone
                ? [`${on} has lost the sweep, as where it was started anew without what it held`]
                : []),
              ...failures.map(({ bundle, reason }) => `bundle ${bundle} was given up: ${reason}`),
            ],
            unsettled: true,
          });
          return true;
        }
        if (!watch) return false;
        collector.show(await sweep.states());
        await setTimeout(INTERVAL, undefined, { signal: watch.signal });
      }
    } catch (error) {
      // The folder of the plan may have been removed with the results.
      const told = await results.secure().then(
        () => error,
        (other) => other,
      );
      if (!(told instanceof UserError) || existsSync(folder)) throw told;
      throw new UserError(
        `${told.message}\nThe sweep ${plan.id} goes on in Redis: where its folder was moved, deepsad status of that brings its results, and else deepsad cancel ${on} ${plan.id} ends it`,
      );
    } finally {
      results.close();
    }
  };
  try {
    return await connected(on, follow, watch && { lost });
  } catch (error) {
    if (watch?.signal.aborted) return false;
    throw error;
  }
}

/** The file in the folder of a plan that names the last entry of the journal that is there. */
const POSITION = 'collected';

class Collector {
  private position: string;
  private readonly runs: ReadonlyMap<string, Run>;
  /** Where each run is executed, by id, as far as that was seen. */
  private readonly places = new Map<string, Slot>();
  /** Tells of a run whether it is not to be executed any more, by its record. */
  private readonly isSettled: (id: string) => boolean;
  /** The ids of runs that lack the probes of their encoder. */
  private readonly unprobed: Set<string>;
  private readonly numbers = new Map<string, number>();
  private readonly workers = new Set<string>();

  constructor(
    private readonly folder: string,
    plan: SweepPlan,
    private readonly results: ResultsFolder,
    private readonly on: (event: SweepEvent) => void = () => {},
  ) {
    const runs = runsIn(folder, plan);
    this.runs = new Map(runs.map((run) => [run.id, run]));
    const isSettled = settledIn(plan);
    this.isSettled = (id) => {
      const record = results.records.get(id);
      return record !== undefined && isSettled(record);
    };
    const probed = probedRuns(uniq(runs.map((run) => results.directoryOf(run))));
    this.unprobed = new Set(plan.diagnosed.filter((id) => !probed.has(id)));
    const file = join(folder, POSITION);
    this.position = existsSync(file) ? readText(file, { what: 'a position' }) : '0';
  }

  /** Reads the journal from where it was left. */
  async read(sweep: StoredSweep): Promise<void> {
    for (let count = PAGE; count === PAGE; ) {
      const entries = await sweep.journal(this.position, PAGE);
      count = entries.length;
      for (const { id, entry } of entries) {
        await this.take(entry);
        this.position = id;
      }
      if (count > 0) await writeFileAtomic(join(this.folder, POSITION), this.position);
    }
  }

  /** Whether each run has a record that is settled. */
  isComplete(): boolean {
    return [...this.runs.keys()].every(this.isSettled);
  }

  /** Tells of the runs that are being executed. */
  show(states: readonly WorkerState[]): void {
    for (const { worker, runs } of states) {
      for (const { id, slot, device, progress } of runs) {
        const run = this.runs.get(id);
        if (!run || this.isSettled(id)) continue;
        const place = { worker: this.numberOf(`${worker}/${slot}`), device };
        if (this.places.get(id)?.worker !== place.worker) this.on({ type: 'started', run, ...place });
        this.places.set(id, place);
        if (progress) this.on({ type: 'progress', run, progress, ...place });
      }
    }
  }

  private async take(entry: Entry): Promise<void> {
    // Its names become those of files.
    if (entry.type === 'submitted' || !/^[\w-]+$/.test(entry.worker)) return;
    switch (entry.type) {
      case 'took':
        await release(this.folder, entry.bundle);
        await claim(this.folder, entry.bundle, entry.worker);
        if (!this.workers.has(entry.worker)) {
          this.on({ type: 'notice', text: `${entry.worker} takes part` });
        }
        this.workers.add(entry.worker);
        break;
      case 'said':
        await appendFile(join(this.folder, 'logs', `${entry.worker}.log`), entry.text);
        break;
      case 'refused':
        this.on({ type: 'notice', text: `${entry.worker} has left: ${entry.reason}` });
        break;
      case 'record':
        await this.keep(entry);
    }
  }

  /**
   * Keeps a record, unless it is there: entries may be read again, and runs may be executed twice. One that contradicts what is there is kept
   * beside it, so that whoever reads the results hears of it.
   */
  private async keep({ worker, ...entry }: Extract<Entry, { type: 'record' }>): Promise<void> {
    const record = readRecord(entry.record);
    const run = this.runs.get(record.id);
    const held = this.results.records.get(record.id);
    const isAgain = held?.status === 'done' && !this.unprobed.has(record.id);
    const isThere = isAgain
      ? record.status === 'failed' || driftsOf(held, record).length === 0
      : record.status === 'failed' && failuresOf(held) >= failuresOf(record);
    if (!run || isThere) return;
    this.unprobed.delete(record.id);
    const trace = entry.trace === undefined ? undefined : readTrace(entry.trace);
    await this.results.append(record, toEnvironment(entry.environment), trace);
    if (isAgain) return;
    const place = this.places.get(run.id) ?? { worker: this.numberOf(`${worker}/0`), device: 'cpu' };
    this.on({ type: 'finished', run, record, trace, ...place });
  }

  private numberOf(name: string): number {
    const number = this.numbers.get(name) ?? this.numbers.size;
    this.numbers.set(name, number);
    return number;
  }
}
