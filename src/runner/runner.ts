import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Run } from '../config/run.js';
import type { Dataset } from '../data/dataset.js';
import type { Progress } from '../detectors/detector.js';
import type { Device } from '../engine/create.js';
import { UserError } from '../errors.js';
import { VERSION } from '../package.js';
import type { RunRecord } from '../results/record.js';
import { appendRecords, recoverRecords } from '../results/records.js';
import { type Observer, schedule } from './schedule.js';
import { startWorkers } from './workers.js';

export interface RunOptions {
  /** The data set of each name that a run gives. */
  readonly datasets: ReadonlyMap<string, Dataset>;
  /** How many runs execute at a time, each on a thread of its own. */
  readonly jobs: number;
  readonly device: Device;
  /** Where runs.jsonl lies, or will. */
  readonly experimentDir: string;
  /** Keep each run's fitted detector and its scores in <experimentDir>/models/<id of the run>. */
  readonly saveModels: boolean;
  /** Stops everything at once; records of finished runs stay. */
  readonly signal: AbortSignal;
  on(event: RunnerEvent): void;
}

/** What happens; `worker` is a slot from 0 to jobs − 1, which one run at a time has. */
export type RunnerEvent =
  | { readonly type: 'started'; readonly run: Run; readonly worker: number }
  | { readonly type: 'progress'; readonly run: Run; readonly worker: number; readonly progress: Progress }
  | { readonly type: 'finished'; readonly run: Run; readonly worker: number; readonly record: RunRecord }
  /** Comes first, where runs.jsonl already holds records of these runs, or a last line that was cut off and is removed. */
  | { readonly type: 'resumed'; readonly records: readonly RunRecord[]; readonly tornLine?: number };

/**
 * Executes the runs that runs.jsonl has no successful record of, on worker threads, and appends the record of each as it
 * finishes. A run that fails for whatever reason gets a failed record, and the others go on.
 *
 * @param start starts what executes the parts of a run
 * @returns the record of every run, in the order of `runs`; only of those that are done where `signal` aborted
 * @throws UserError where runs.jsonl is damaged or it or its folder cannot be written, or the device is missing
 */
export async function runAll(
  runs: readonly Run[],
  options: RunOptions,
  start: typeof startWorkers = startWorkers,
): Promise<RunRecord[]> {
  const file = join(options.experimentDir, 'runs.jsonl');
  makeFolder(options.experimentDir);
  const records = resume(file, runs, options.on);
  const pending = runs.filter((run) => !records.has(run.id));
  if (pending.length > 0) {
    await execute(pending, options, start, (record) => {
      appendRecords(file, [record]);
      records.set(record.id, record);
    });
  }
  return runs.flatMap((run) => records.get(run.id) ?? []);
}

async function execute(
  runs: readonly Run[],
  options: RunOptions,
  start: typeof startWorkers,
  keep: (record: RunRecord) => void,
): Promise<void> {
  const { jobs, experimentDir, saveModels, on } = options;
  const halt = new AbortController();
  const signal = AbortSignal.any([options.signal, halt.signal]);
  let problem: unknown;
  const executor = await start({
    datasets: options.datasets,
    device: options.device,
    threads: Math.min(jobs, runs.length),
    modelsDirectory: saveModels ? join(experimentDir, 'models') : undefined,
    signal,
  });
  const { engine, device } = executor;
  const observer: Observer = {
    started: (run, worker) => on({ type: 'started', run, worker }),
    progress: (run, worker, progress) => on({ type: 'progress', run, worker, progress }),
    finished: (run, worker, outcome) => {
      const record: RunRecord = { ...run, ...outcome, engine, device, version: VERSION };
      try {
        keep(record);
      } catch (error) {
        // Runs whose records cannot be kept are not worth their time.
        problem = error;
        halt.abort();
        return;
      }
      on({ type: 'finished', run, worker, record });
    },
  };
  try {
    await schedule(runs, executor, observer, { jobs, signal });
  } finally {
    halt.abort();
    await executor.close();
  }
  if (problem !== undefined) throw problem;
}

function makeFolder(directory: string): void {
  try {
    mkdirSync(directory, { recursive: true });
  } catch (error) {
    throw new UserError(`cannot create the folder ${directory}: ${(error as Error).message}`);
  }
}

/** The successful records of these runs by id, which need no repetition; says so where there is something to say. */
function resume(file: string, runs: readonly Run[], on: RunOptions['on']): Map<string, RunRecord> {
  const { records, tornLine } = recoverRecords(file);
  const wanted = new Set(runs.map((run) => run.id));
  const done = records.filter((record) => record.status === 'done' && wanted.has(record.id));
  if (done.length > 0 || tornLine !== undefined) {
    on({ type: 'resumed', records: done, ...(tornLine === undefined ? {} : { tornLine }) });
  }
  return new Map(done.map((record) => [record.id, record]));
}
