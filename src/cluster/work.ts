import { range } from 'es-toolkit/math/range';
import type { Run } from '../config/run.js';
import { loadDataset } from '../data/registry.js';
import { type SharedDataset, shareDataset } from '../data/shared-dataset.js';
import { findDevice } from '../engine/device.js';
import { UserError } from '../errors.js';
import type { RunRecord } from '../results/record.js';
import { ResultsFolder, recordsIn } from '../results/results-folder.js';
import type { Bundle } from '../runner/bundles.js';
import { type RunGroup, runsOf } from '../runner/groups.js';
import {
  type ExecutionOptions,
  executeGroups,
  foldersOf,
  lacking,
  lackingOf,
  type Means,
  pendingOf,
} from '../sweep.js';
import { type Verification, type VerifyOptions, verifyRuns } from '../verify.js';
import { claim, release } from './claims.js';
import { reportPlan } from './collect.js';
import { isCancelled, planToExecute, readBundle, runsOfPlan, type SweepPlan } from './plan.js';
import { type SubmitOptions, type Submitted, submitSweep } from './submit.js';

/** How long and how bundles are executed. */
type Execution = Pick<ExecutionOptions, 'cache' | 'draining' | 'signal' | 'secondsLeft'>;

export interface WorkOptions extends Execution {
  /** The bundle to begin with. */
  readonly first: number;
  /** Tells this worker from others in claims and in the names of files; the same for one that takes the place of another that was ended. */
  readonly name: string;
  /** Is told of each bundle before it is executed, and hears of its runs. */
  begin(bundle: Bundle): ExecutionOptions['on'];
}

/** What a worker leaves. */
export interface WorkDone {
  readonly records: readonly RunRecord[];
  /** Runs that it had taken and did not execute, for lack of time or since it was interrupted. */
  readonly left: number;
}

/**
 * Executes bundles of a plan: one, then others that nobody has claimed, as far as they are expected to fit into the time that is left. The
 * records go to files of this process in the results folder.
 *
 * @throws UserError where the plan, the data or the results are refused
 */
export async function work(
  folder: string,
  { first, name, begin, ...execution }: WorkOptions,
): Promise<WorkDone> {
  const plan = planToExecute(folder);
  const { draining, signal, secondsLeft = () => Number.POSITIVE_INFINITY } = execution;
  const cores = plan.settings.jobs ?? plan.allocation.cores;
  const executor = new BundleExecutor(plan, name, execution);
  const records: RunRecord[] = [];
  let left = 0;
  try {
    for (const index of range(plan.bundles).map((index) => (first + index) % plan.bundles)) {
      if (draining?.aborted || signal.aborted) break;
      if (!(await claim(folder, index, name))) continue;
      let isLeft = true;
      try {
        const bundle = readBundle(folder, index);
        // The one that it was started for is begun, whatever is expected: a part of it may fit.
        if (index !== first && bundle.seconds / cores > secondsLeft()) continue;
        const executed = await executor.execute(bundle, begin(bundle));
        records.push(...executed.records);
        left += executed.left;
        isLeft = executed.left > 0;
      } finally {
        if (isLeft) await release(folder, index);
      }
    }
  } finally {
    executor.close();
  }
  return { records, left };
}

/** Executes bundles of a plan in this process, one after the other, whoever brings them. */
export class BundleExecutor {
  private readonly data: DataOfBundles;
  private results: ResultsFolder | undefined;

  /** @param name in the names of the files that it writes */
  constructor(
    private readonly plan: SweepPlan,
    private readonly name: string,
    private readonly execution: Execution,
  ) {
    this.data = new DataOfBundles(plan.dataDir);
  }

  /**
   * Executes the runs of a bundle that have no record yet.
   *
   * @throws UserError where the data or the results are refused
   */
  async execute({ groups }: Bundle, on: ExecutionOptions['on']): Promise<WorkDone> {
    // Most tasks of a sweep that ends find nothing to do, and should be gone at once.
    this.results ??= await this.open();
    const { records } = this.results;
    const { jobs, retryFailed, saveModels, failFast } = this.plan.settings;
    const options = { ...this.execution, jobs, retryFailed, saveModels, failFast, on };
    const means = await this.data.meansFor(groups, this.plan);
    const runs = runsOf(groups);
    const folderOf = foldersOf(this.plan.directory, runsOfPlan(this.plan));
    const lacks = lacking(runs, folderOf, { saveModels, diagnosed: means.diagnosed });
    const executed = await executeGroups(this.results, groups, means, options);
    const isLeft = (run: Run) => !records.has(run.id) || (lacks(run) && !executed.has(run.id));
    const left = runs.filter(isLeft).length;
    return { records: [...executed.values()], left };
  }

  close(): void {
    this.results?.close();
  }

  private open(): Promise<ResultsFolder> {
    const part = { name: this.name, once: false };
    return ResultsFolder.open(this.plan.directory, runsOfPlan(this.plan), part);
  }
}

/** The data that bundles need, kept from one bundle to the next. */
export class DataOfBundles {
  /** By checksum, of the last bundle. */
  private readonly loaded = new Map<string, SharedDataset>();

  /** @param dataDir the folder of data files; by default as `dataFolder` says */
  constructor(private readonly dataDir: string | undefined) {}

  /**
   * The data and the devices that groups need.
   *
   * @throws UserError where they are not here, or the data are other ones than those of the plan
   */
  async meansFor(groups: readonly RunGroup[], { datasets, diagnosed }: SweepPlan): Promise<Means> {
    const wanted = new Set(runsOf(groups).map(({ dataChecksum }) => dataChecksum));
    for (const checksum of this.loaded.keys()) if (!wanted.has(checksum)) this.loaded.delete(checksum);
    for (const checksum of wanted) {
      if (this.loaded.has(checksum)) continue;
      const dataset = await loadDataset(datasets[checksum], this.dataDir);
      if (dataset.checksum !== checksum) {
        throw new UserError(
          `${dataset.name}: its files are other ones here than where the sweep was submitted`,
        );
      }
      this.loaded.set(checksum, shareDataset(dataset));
    }
    const names = new Set([...groups.map(({ device }) => device), 'cpu' as const]);
    const devices = await Promise.all(
      [...names].map(async (name) => [name, await findDevice(name)] as const),
    );
    const probed = new Set(diagnosed);
    return {
      datasets: new Map(this.loaded),
      devices: new Map(devices),
      diagnosed: ({ id }) => probed.has(id),
    };
  }
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
  const { directory, device, dataDir, settings, allocation } = plan;
  let verification: Verification | undefined;
  const sweep = await reportPlan(plan, async ({ groups, datasets, devices }, executed) => {
    const runs = runsOf(groups);
    if (settings.verify === undefined || !runs.every(({ id }) => executed.records.has(id))) return;
    const means = { datasets, devices, jobs: settings.jobs, count: settings.verify };
    verification = await verifyRuns(runs, executed, { ...execution, ...means });
  });
  const records = recordsIn(directory);
  const runs = runsOf(sweep.groups);
  const lacks = lackingOf(sweep, directory, settings.saveModels);
  const left = runsOf(pendingOf(sweep.groups, records, false, lacks)).length;
  const done = runs.filter(({ id }) => records.get(id)?.status === 'done').length;
  const failed = runs.filter(({ id }) => records.get(id)?.status === 'failed').length;
  const state = { runs: runs.length, done, failed, verification };
  if (left === 0) return state;
  const given = isCancelled(folder)
    ? 'the sweep was cancelled'
    : left >= plan.pending
      ? 'no run was finished in the last round'
      : plan.round >= ROUNDS
        ? `it has been submitted ${ROUNDS} times`
        : undefined;
  if (given !== undefined) return { ...state, given };
  const submitted = await submitSweep(sweep, {
    directory,
    dataDir,
    device,
    settings: { ...settings, retryFailed: false },
    allocation,
    before: plan,
    notice: execution.notice,
    program: execution.program,
  });
  return { ...state, submitted };
}
