import { difference } from 'es-toolkit/array/difference';
import type { Run } from '../config/run.js';
import { environmentOf } from '../results/environment.js';
import { countingFailures, failuresOf, type RunRecord } from '../results/record.js';
import { ResultsFolder } from '../results/results-folder.js';
import { estimateFrom, longestFirst, withinTime } from '../runner/estimate.js';
import { type RunGroup, runsOf } from '../runner/groups.js';
import { type RunnerEvent, type RunOptions, runAll } from '../runner/runner.js';
import { withWorkers } from '../runner/workers.js';
import { expectWhole } from '../whole-number.js';
import {
  counts,
  type Keeping,
  lacking,
  modelFolder,
  type PendingOptions,
  pendingOf,
  type Settled,
  settledUnless,
} from './pending.js';
import { loadReport, reportExperiments, writeConfigs } from './reported.js';
import { diagnosis, type Sweep } from './sweep.js';
import { isInterrupted, type Verification, verifyRuns } from './verify.js';

/** What runs are computed with. */
export interface Means
  extends Pick<RunOptions, 'datasets' | 'devices' | 'workers'>,
    Pick<Keeping, 'diagnosed'> {}

/** How runs are executed. */
export interface ExecutionOptions
  extends Pick<RunOptions, 'jobs' | 'gpuMemory' | 'cache' | 'failFast' | 'draining' | 'signal'>,
    Pick<Keeping, 'saveModels'> {
  /** The wall seconds until everything must have ended: no run starts that is expected to take longer. */
  secondsLeft?(): number;
  on(event: SweepEvent): void;
}

export interface SweepOptions extends ExecutionOptions, PendingOptions {
  /** How many runs are executed a second time once all are done, to compare (`verifyRuns`). */
  readonly verify?: number | undefined;
}

export type SweepEvent =
  | RunnerEvent
  /** Comes first, where there are records of these runs already, or something was left out or passed over. */
  | {
      readonly type: 'resumed';
      readonly done: number;
      readonly failed: number;
      /** What was left out or passed over, in words. */
      readonly notices: readonly string[];
    }
  /** Comes last, where runs were to be executed a second time. */
  | { readonly type: 'verified'; readonly verification: Verification }
  /** Comes last, where it was told to end before all was done. */
  | { readonly type: 'interrupted' };

/**
 * Executes the runs of a sweep in this process, as `executeGroups` does. Each experiment gets its config.yaml, of
 * shards from the first, and its tables, plots and report.html once all of its runs have a record. Those that `verify` asks for are executed
 * twice then.
 *
 * @returns the record of each run that has one, by id
 * @throws UserError where `jobs` is no number of runs, the results are damaged, another process writes them or they cannot be written
 */
export async function executeSweep(
  sweep: Sweep,
  { directory, retryFailed, verify, ...options }: SweepOptions,
): Promise<ReadonlyMap<string, RunRecord>> {
  expectWhole('jobs', options.jobs, 1);
  const { plans, groups, devices, datasets, shard } = sweep;
  const ids = new Set(runsOf(groups).map(({ id }) => id));
  const experiments = plans.map((plan) => ({
    name: plan.config.experiment.name,
    runs: plan.runs.filter(({ id }) => ids.has(id)),
  }));
  const part = shard && { name: `${shard.index}-of-${shard.count}`, once: true };
  const results = await ResultsFolder.open(directory, experiments, part);
  try {
    // Of several shards the first alone writes what is the same for all.
    if (shard === undefined || shard.index === 1) await writeConfigs(plans, directory);
    const means = { datasets, devices, diagnosed: diagnosis(plans) };
    const { executed, left } = await withWorkers((workers) =>
      executeGroups(results, groups, { ...means, workers }, settledUnless(retryFailed), options),
    );
    const runs = runsOf(groups);
    const isComplete = runs.every(({ id }) => results.records.has(id));
    const verifies = verify !== undefined && isComplete && !isInterrupted(options);
    let isDone = left === 0 && (verify === undefined || verifies);
    if (verifies) {
      const { jobs, draining, signal, on } = options;
      const verification = await verifyRuns(
        runs,
        { directory, experiments, results },
        {
          count: verify,
          datasets,
          devices,
          jobs,
          ...(draining && { draining }),
          signal,
          notice: (text) => on({ type: 'notice', text }),
        },
      );
      on({ type: 'verified', verification });
      isDone &&= verification.left === undefined;
    }
    await reportExperiments(sweep, directory, results.records, executed.size > 0 || verifies);
    if (!isDone && isInterrupted(options)) options.on({ type: 'interrupted' });
    return results.records;
  } finally {
    results.close();
  }
}

/** What came of runs that were to be executed. */
export interface Execution {
  /** The records of those that were, by id. */
  readonly executed: ReadonlyMap<string, RunRecord>;
  /** How many were not. */
  readonly left: number;
}

/**
 * Executes those runs that the results have no settled record of, or no model with `saveModels`, or no probes with diagnostics, the longest
 * first, and appends the record of each as it finishes.
 *
 * @throws UserError where the results cannot be written
 */
export async function executeGroups(
  results: ResultsFolder,
  groups: readonly RunGroup[],
  { datasets, devices, workers, diagnosed }: Means,
  isSettled: Settled,
  { saveModels, secondsLeft, ...options }: ExecutionOptions,
): Promise<Execution> {
  const runs = runsOf(groups);
  const { records, notices } = results;
  const folderOf = (run: Run) => results.directoryOf(run);
  const pending = pendingOf(groups, records, isSettled, lacking(runs, folderOf, { saveModels, diagnosed }));
  const resumed = difference(runs, runsOf(pending));
  if (resumed.length > 0 || notices.length > 0) {
    options.on({ type: 'resumed', ...counts(resumed, records), notices });
  }
  const estimate = estimateFrom(records.values(), datasets);
  // While the workers start, what shows the results is loaded.
  if (pending.length > 0) loadReport().catch(() => {});
  const executed = await runAll(longestFirst(pending, estimate), {
    ...options,
    datasets,
    devices,
    workers,
    async keep(record, trace) {
      const counted = countingFailures(record, failuresOf(records.get(record.id)));
      await results.append(counted, environmentOf(record, datasets), trace);
    },
    diagnosed,
    modelDirectory: (run) => (saveModels ? modelFolder(folderOf(run), run) : undefined),
    ...withinTime(estimate, secondsLeft),
  });
  return { executed, left: runsOf(pending).length - executed.size };
}
