import { countBy } from 'es-toolkit/array/countBy';
import { filterAsync } from 'es-toolkit/array/filterAsync';
import { uniq } from 'es-toolkit/array/uniq';
import { once } from 'es-toolkit/function/once';
import { range } from 'es-toolkit/math/range';
import { UserError } from '../errors.js';
import type { RunRecord } from '../results/record.js';
import { ResultsFolder, recordsIn } from '../results/results-folder.js';
import { runsOf } from '../runner/groups.js';
import { executeGroups } from '../sweep/execute.js';
import { lackingOf, pendingOf } from '../sweep/pending.js';
import { isInterrupted, type Verification, type VerifyOptions, verifyRuns } from '../sweep/verify.js';
import { claim, isFree, release } from './claims.js';
import { leftOf, reportPlan } from './collect.js';
import {
  haltOf,
  noteHalt,
  planToExecute,
  readBundle,
  runsOfPlan,
  type SweepPlan,
  settledIn,
  settledRecords,
  sharedAutoencoders,
  submissionOf,
} from './plan.js';
import { plansIn } from './plans.js';
import { dispatcherFor } from './registry.js';
import { type SubmitOptions, type Submitted, submitSweep, submittedOf } from './submit.js';
import { type WorkDone, type WorkOptions, Workplace } from './workplace.js';

/**
 * Executes bundles of a plan that nobody has claimed, as far as they are expected to fit into the time that is left. The records go to files
 * of this process in the results folder.
 *
 * @param first the index of a bundle to begin with, for which this worker answers; where it is not given, for all
 * @throws UserError where the plan, the data or the results are refused
 */
export async function work(
  folder: string,
  {
    first,
    name,
    jobs,
    dataDir,
    cacheFor,
    begin,
    ...ends
  }: WorkOptions & { readonly first?: number | undefined },
): Promise<WorkDone> {
  const plan = planToExecute(folder);
  if (first !== undefined && first >= plan.bundles) {
    throw new UserError(`${folder}: there is no bundle ${first}; its bundles are 0 to ${plan.bundles - 1}`);
  }
  const { directory, settings, allocation } = plan;
  const { gpuMemory, saveModels, failFast } = settings;
  const options = {
    ...ends,
    ...{ jobs: jobs ?? settings.jobs, gpuMemory, saveModels, failFast },
    cache: once(() => cacheFor(settings, sharedAutoencoders(plan))),
  };
  const isSettled = settledIn(plan);
  const workplace = new Workplace(dataDir ?? plan.dataDir);
  let results: ResultsFolder | undefined;
  const records: RunRecord[] = [];
  const begun = new Set<number>();
  const start = first ?? 0;
  try {
    for (const index of range(plan.bundles).map((index) => (start + index) % plan.bundles)) {
      if (isInterrupted(ends) || haltOf(folder) !== undefined) break;
      if (!(await claim(folder, index, name))) continue;
      let isLeft = true;
      try {
        const bundle = readBundle(folder, index);
        // The one that it was started for is begun, whatever is expected: a part of it may fit.
        const expected = bundle.seconds / (options.jobs ?? allocation.cores);
        if (index !== start && ends.secondsLeft && expected > ends.secondsLeft()) continue;
        begun.add(index);
        const on = begin(bundle);
        // Who had the bundle before may have left in the midst of it.
        results?.refresh();
        // Most tasks of a sweep that ends find nothing to do, and should be gone at once.
        results ??= await ResultsFolder.open(directory, runsOfPlan(plan), { name, once: false });
        const means = await workplace.meansFor(bundle.groups, plan);
        const done = await executeGroups(results, bundle.groups, means, isSettled, { ...options, on });
        const executed = [...done.executed.values()];
        records.push(...executed);
        if (failFast && executed.some(({ status }) => status === 'failed')) {
          await noteHalt(folder, 'a run has failed');
        }
        isLeft = done.left > 0;
      } finally {
        if (isLeft) await release(folder, index);
      }
    }
  } finally {
    await workplace.close();
    results?.close();
  }
  // Of an array, the other bundles have tasks of their own; and where the sweep is halted, nobody is to begin them.
  const others = haltOf(folder) !== undefined ? [] : first === undefined ? range(plan.bundles) : [first];
  const free = await filterAsync(uniq([...begun, ...others]), (index) => isFree(folder, index));
  return { records, left: free.length > 0 ? leftOf(folder, plan, { bundles: free }) : 0 };
}

/** How often what is left of a sweep is submitted, with the first time. */
const ROUNDS = 5;

/** How long and with what runs are executed twice, and what is told and called. */
type ClosingOptions = Pick<VerifyOptions, 'draining' | 'signal' | 'secondsLeft'> &
  Pick<SubmitOptions, 'notice' | 'program'>;

/** How a sweep stands once its jobs have ended. */
export interface Closing {
  readonly runs: number;
  readonly done: number;
  readonly failed: number;
  /** What was submitted of the rest. */
  readonly submitted?: Submitted | undefined;
  /** Why the rest was not submitted, where there is one. */
  readonly given?: string | undefined;
  /** Of the runs that the plan wants executed twice, once all are done. */
  readonly verification?: Verification | undefined;
}

/**
 * Ends a plan whose jobs have ended: executes twice what it wants to be, where all runs are done, writes the tables of the experiments that
 * are complete, and submits what is left, as long as the last round got anything done.
 *
 * @throws UserError as planExperiments, submitSweep and executeSweep do
 */
export async function closeSweep(folder: string, execution: ClosingOptions): Promise<Closing> {
  const plan = planToExecute(folder);
  const { directory, dataDir, settings, allocation } = plan;
  let verification: Verification | undefined;
  const sweep = await reportPlan(plan, async ({ groups, datasets, devices }, executed) => {
    const runs = runsOf(groups);
    const isWhole = settledRecords(plan, executed.results.records).length === runs.length;
    if (settings.verify === undefined || !isWhole) return;
    const means = { datasets, devices, jobs: settings.jobs, count: settings.verify };
    verification = await verifyRuns(runs, executed, { ...execution, ...means });
  });
  const records = recordsIn(directory, runsOfPlan(plan));
  const lacks = lackingOf(sweep, directory, settings.saveModels);
  const left = runsOf(pendingOf(sweep.groups, records, settledIn(plan), lacks)).length;
  const { done = 0, failed = 0 } = countBy(settledRecords(plan, records), ({ status }) => status);
  const state = { runs: runsOf(sweep.groups).length, done, failed, verification };
  // There is one where this job, or another, was ended as it submitted the rest.
  const next = plansIn(directory).plans.find(
    ({ plan: other }) => other.root === plan.root && other.round === plan.round + 1,
  )?.folder;
  const isCutShort = next !== undefined && submissionOf(next) === undefined;
  if (left === 0 && !isCutShort) return state;
  const submission = submissionOf(folder);
  const jobs = submission ? await dispatcherFor(allocation.on).jobsOf(submission) : {};
  const given =
    haltOf(folder) ??
    (Object.keys(jobs).length > 0 ? 'its jobs wait or run' : undefined) ??
    (next === undefined ? exhausted(folder, plan, records) : undefined);
  if (given !== undefined) return { ...state, given };
  const { notice, program } = execution;
  const options = { directory, dataDir, settings, allocation, before: plan, notice, program };
  const submitted = next === undefined ? await submitSweep(sweep, options) : await submittedOf(next, program);
  return { ...state, submitted };
}

/** Why the rest of a plan is not to be submitted any more, in words; undefined where it is. */
function exhausted(
  folder: string,
  plan: SweepPlan,
  records: ReadonlyMap<string, RunRecord>,
): string | undefined {
  // Of its own runs: those that were left out as too long are left in any case.
  if (leftOf(folder, plan, { records }) >= plan.pending) return 'no run was finished in the last round';
  return plan.round >= ROUNDS ? `it has been submitted ${ROUNDS} times` : undefined;
}
