import { rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { uniq } from 'es-toolkit/array/uniq';
import { range } from 'es-toolkit/math/range';
import { sumBy } from 'es-toolkit/math/sumBy';
import { pick } from 'es-toolkit/object/pick';
import { isEqual } from 'es-toolkit/predicate/isEqual';
import { toYaml } from '../config/write.js';
import type { DatasetOutline } from '../data/dataset.js';
import { UserError } from '../errors.js';
import { makeFolder } from '../files/folders.js';
import { counted } from '../messages/counted.js';
import { VERSION } from '../package.js';
import { failuresOf } from '../results/record.js';
import { resultsIn } from '../results/results-folder.js';
import { commonBuild } from '../runner/build.js';
import { type Bundle, bundlesOf } from '../runner/bundles.js';
import { type Estimate, estimateFrom, runSeconds } from '../runner/estimate.js';
import { filterRuns, type RunGroup, runsOf } from '../runner/groups.js';
import { lackingOf, pendingOf } from '../sweep/pending.js';
import { writeConfigs } from '../sweep/reported.js';
import { diagnosis, experimentsOf, type Sweep } from '../sweep/sweep.js';
import { collectResults } from './collect.js';
import type { TaskProgram } from './dispatcher.js';
import {
  type Allocation,
  endingOf,
  knownSubmission,
  newPlanId,
  noteSubmission,
  type Order,
  type PlanSettings,
  readBundle,
  readPlan,
  type Submission,
  type SweepPlan,
  settledIn,
  submissionOf,
  submitting,
  writePlan,
} from './plan.js';
import { lastRounds, type Placed, plansIn } from './plans.js';
import { dispatcherFor } from './registry.js';

/** What a sweep is submitted with. */
export interface SubmitOptions {
  /** The results folder. */
  readonly directory: string;
  readonly dataDir?: string | undefined;
  readonly settings: PlanSettings;
  readonly allocation: Allocation;
  /** Repeat runs whose record says that they failed. */
  readonly retryFailed?: boolean;
  /** The plan whose rest this is, where it is one: what it was to try again and has not is a part of that. */
  readonly before?: SweepPlan;
  /** What machines call, where they are told to. */
  readonly program: TaskProgram;
  /** Is told before anything is submitted what whoever submits it should know, in words. */
  notice(text: string): void;
}

/** What is to be submitted. */
export interface Load {
  readonly runs: number;
  readonly pending: number;
  readonly bundles: number;
  /** Core-seconds that the pending runs are expected to take. */
  readonly seconds: number;
  /** What the dispatcher has to say, and what is left out. */
  readonly said: readonly string[];
}

/** What was submitted. */
export interface Submitted extends Load {
  /** The folder of logs. */
  readonly logs: string;
  /** The folder of the plan. */
  readonly folder: string;
}

/**
 * Says what would be submitted of a sweep, and changes nothing.
 *
 * @returns undefined where no run is to be executed
 * @throws UserError as submitSweep does
 */
export async function forecastSubmission(
  sweep: Sweep<DatasetOutline>,
  options: CutOptions,
): Promise<Load | undefined> {
  const { allocation, settings, notice } = options;
  (await dispatcherFor(allocation.on).check(allocation, settings)).forEach(notice);
  return (await cut(sweep, options))?.load;
}

/**
 * Submits the runs of a sweep that the results folder has no record of, or that are tried again, in bundles. No job and no plan is left where that is refused.
 * Where the same was asked before and cut short as it was submitted, goes on with that.
 *
 * @returns undefined where no run is to be executed
 * @throws UserError where the dispatcher refuses, no run fits into the time limit, or some of the runs are being executed already
 */
export async function submitSweep(sweep: Sweep, options: SubmitOptions): Promise<Submitted | undefined> {
  const { allocation, settings, dataDir, before, notice } = options;
  const directory = resolve(options.directory);
  const dispatcher = dispatcherFor(allocation.on);
  (await dispatcher.check(allocation, settings)).forEach(notice);
  await collectResults(directory);
  const order: Order = {
    version: VERSION,
    build: commonBuild(),
    workingDirectory: before?.workingDirectory ?? process.cwd(),
    dataDir: dataDir === undefined ? undefined : resolve(dataDir),
    experiments: sweep.plans.map(({ config: { experiment }, device, runs }) => ({
      name: experiment.name,
      config: toYaml(experiment),
      device,
      runs: runs.map(({ id }) => id),
    })),
    settings,
    allocation,
    retryFailed: before?.retryFailed ?? options.retryFailed ?? false,
  };
  const begun = before ? undefined : cutShort(directory, order);
  if (begun !== undefined) {
    const goingOn = () => notice(`${begun}: submitting was cut short; what is missing is submitted now`);
    return submittedOf(begun, options.program, goingOn);
  }
  const found = await cut(sweep, { ...options, directory });
  if (!found) return undefined;
  const { bundles, load, retried } = found;
  const runs = bundles.flatMap(({ groups }) => runsOf(groups));
  const id = newPlanId();
  const isDiagnosed = diagnosis(sweep.plans);
  const plan: SweepPlan = {
    ...order,
    id,
    root: before?.root ?? id,
    round: (before?.round ?? 0) + 1,
    directory,
    datasets: Object.fromEntries(
      sweep.plans.flatMap(({ config, datasets }) =>
        [...datasets.keys()].map((checksum, index) => [checksum, config.experiment.dataset[index]]),
      ),
    ),
    diagnosed: runs.filter(isDiagnosed).map(({ id }) => id),
    retried,
    bundles: load.bundles,
    pending: load.pending,
  };
  for (const { name } of plan.experiments) makeFolder(join(directory, name));
  await writeConfigs(sweep.plans, directory);
  const folder = await writePlan(plan, bundles);
  const submission = await submitPlan(folder, plan, options.program).catch(async (error) => {
    // Where not even that can be asked, the plan stays, and the same command goes on with it.
    await takeBack({ folder, plan }).catch(() => {});
    throw error;
  });
  return { ...load, said: [...load.said, ...submission.said], logs: logsOf(folder), folder };
}

/**
 * What was submitted of the plan in a folder; where that was cut short, what is missing is submitted now.
 *
 * @param goingOn is told of that before
 * @throws Locked where another process submits it; UserError where the dispatcher refuses
 */
export async function submittedOf(
  folder: string,
  program: TaskProgram,
  goingOn?: () => void,
): Promise<Submitted> {
  const plan = readPlan(folder);
  const { said } = submissionOf(folder) ?? (await submitPlan(folder, plan, program, goingOn));
  const { pending, bundles } = plan;
  const runs = uniq(plan.experiments.flatMap(({ runs }) => runs)).length;
  const seconds = sumBy(range(bundles), (index) => readBundle(folder, index).seconds);
  return { runs, pending, bundles, seconds, said, logs: logsOf(folder), folder };
}

/** Submits a plan that lies in its folder, or what of it is missing. @param goingOn is told once nobody else does */
function submitPlan(
  folder: string,
  plan: SweepPlan,
  program: TaskProgram,
  goingOn?: () => void,
): Promise<Submission> {
  return submitting(folder, async () => {
    // Whoever had it until now may have come to its end.
    const submitted = submissionOf(folder);
    if (submitted) return submitted;
    goingOn?.();
    const submission = await dispatcherFor(plan.allocation.on).submit(folder, plan, program);
    await noteSubmission(folder, submission);
    return submission;
  });
}

/** Leaves nothing of a plan, neither where it was submitted to nor here. */
async function takeBack({ folder, plan }: Placed): Promise<void> {
  const { find, cancel, forget } = dispatcherFor(plan.allocation.on);
  const found = await find(plan);
  await cancel(found);
  await forget?.(found);
  await rm(folder, { recursive: true, force: true });
}

/** The folder of a plan that is asked for by this order and was cut short as it was submitted, if there is one. */
function cutShort(directory: string, order: Order): string | undefined {
  const asked = JSON.parse(JSON.stringify(order));
  return openPlans(directory).find(
    ({ folder, plan }) =>
      submissionOf(folder) === undefined && isEqual(pick(plan, Object.keys(order) as (keyof Order)[]), asked),
  )?.folder;
}

/** @throws UserError where one of them cannot be read */
function openPlans(directory: string): Placed[] {
  const { plans, unread } = plansIn(directory);
  if (unread.length > 0) throw new UserError(unread.join('\n'));
  return lastRounds(plans).filter(({ folder }) => endingOf(folder) === undefined);
}

function logsOf(folder: string): string {
  return join(folder, 'logs');
}

type CutOptions = Pick<
  SubmitOptions,
  'directory' | 'settings' | 'allocation' | 'retryFailed' | 'before' | 'notice'
>;

/**
 * Cuts the runs of a sweep that the results folder has no record of, or that are tried again, into bundles.
 *
 * @returns undefined where there are none
 * @throws UserError where no run fits into the time limit, or some of the runs are being executed already
 */
async function cut(
  sweep: Sweep<DatasetOutline>,
  { directory, settings, allocation, retryFailed, before, notice }: CutOptions,
): Promise<({ bundles: Bundle[]; load: Load } & Pick<SweepPlan, 'retried'>) | undefined> {
  const { records, notices } = resultsIn(directory, experimentsOf(sweep.plans));
  notices.forEach(notice);
  const failed = retryFailed ? runsOf(sweep.groups).filter(({ id }) => failuresOf(records.get(id)) > 0) : [];
  const retried = before
    ? before.retried
    : failed.length > 0
      ? Object.fromEntries(failed.map(({ id }) => [id, failuresOf(records.get(id))]))
      : undefined;
  const estimate = estimateFrom(records.values(), sweep.datasets);
  const lacks = lackingOf(sweep, directory, settings.saveModels);
  const pending = pendingOf(sweep.groups, records, settledIn({ retried }), lacks);
  if (pending.length === 0) return undefined;
  const { timeLimit = Number.POSITIVE_INFINITY, bundleSeconds, cores } = allocation;
  const fitting = fittingRuns(pending, estimate, timeLimit);
  await refuseRunning(directory, fitting, before);
  const bundles = bundlesOf(fitting, estimate, { seconds: bundleSeconds, cores });
  const [all, count] = [pending, fitting].map((groups) => runsOf(groups).length);
  const leftOut = `left out, as expected to take longer than the time limit: ${counted(all - count, 'run')}`;
  const load = {
    runs: runsOf(sweep.groups).length,
    pending: count,
    bundles: bundles.length,
    seconds: sumBy(bundles, ({ seconds }) => seconds),
    said: all > count ? [leftOut] : [],
  };
  return { bundles, load, retried };
}

/** The runs that are expected to fit into a time limit, with the training of their autoencoders. */
function fittingRuns(groups: readonly RunGroup[], estimate: Estimate, timeLimit: number): RunGroup[] {
  const needed = new Map(
    groups.flatMap((group) =>
      group.runs.map((run) => [run, runSeconds(run, group, estimate, group.plan !== undefined)]),
    ),
  );
  const fitting = filterRuns(groups, (run) => (needed.get(run) ?? 0) <= timeLimit);
  if (fitting.length > 0) return fitting;
  const least = Math.min(...needed.values());
  throw new UserError(
    `no run is expected to fit into the time limit of ${Math.floor(timeLimit)} s: the shortest takes about ${Math.ceil(least)} s`,
  );
}

/** @throws UserError where jobs of another plan execute some of these runs */
async function refuseRunning(
  directory: string,
  groups: readonly RunGroup[],
  before: SweepPlan | undefined,
): Promise<void> {
  const ids = new Set(runsOf(groups).map(({ id }) => id));
  for (const { folder, plan } of openPlans(directory)) {
    const shared = plan.experiments.flatMap(({ runs }) => runs).filter((id) => ids.has(id));
    // The rounds until now have ended, but for the job that submits the next.
    const isEarlier = plan.root === before?.root && plan.round <= before.round;
    if (isEarlier || shared.length === 0) continue;
    const jobs = await dispatcherFor(plan.allocation.on).jobsOf(knownSubmission(folder));
    if (Object.keys(jobs).length === 0) continue;
    throw new UserError(
      `${shared.length} of these runs are being executed already: see deepsad status, or end them by deepsad cancel`,
    );
  }
}
