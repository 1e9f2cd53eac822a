import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { countBy } from 'es-toolkit/array/countBy';
import { maxBy } from 'es-toolkit/array/maxBy';
import { sortBy } from 'es-toolkit/array/sortBy';
import { range } from 'es-toolkit/math/range';
import { UserError } from '../errors.js';
import { VERSION } from '../package.js';
import { readText } from '../read-file.js';
import { recordsIn } from '../results/results-folder.js';
import { latestRepetitions, readVerification, verificationLines } from '../results/verification.js';
import { runsOf } from '../runner/groups.js';
import { actionName, optionName } from '../vocabulary.js';
import { claimantOf, claimedBundles } from './claims.js';
import { collectResults, unreportedOf } from './collect.js';
import {
  endingOf,
  haltOf,
  noteHalt,
  planFolders,
  readBundle,
  readPlan,
  type SweepPlan,
  settledRecords,
  submissionOf,
} from './plan.js';
import { dispatcherFor } from './registry.js';

/** How far a submitted sweep is. */
export interface SweepStatus {
  readonly id: string;
  readonly on: string;
  readonly experiments: readonly string[];
  /** 1, and one more for each time that the rest was submitted. */
  readonly round: number;
  readonly runs: number;
  readonly done: number;
  readonly failed: number;
  readonly left: number;
  /** Of the last round. */
  readonly bundles: number;
  readonly bundlesTaken: number;
  /** How many jobs wait or run, by state; absent where it cannot be asked here. */
  readonly jobs?: Readonly<Record<string, number>>;
  /** Why nothing more of it is begun, in words, where that is so. */
  readonly halted?: string;
  /** What was given up, and what stands in the way of knowing more, in words. */
  readonly notices: readonly string[];
  /** Where its jobs write what they say. */
  readonly logs: string;
}

/**
 * How far the sweeps are that were submitted into a results folder, the oldest first, the last and those that have jobs: by the records in it
 * and what the dispatcher says.
 *
 * @throws UserError where none was, or a record is damaged
 */
export async function statusOf(directory: string): Promise<SweepStatus[]> {
  const troubles = new Map(await collectResults(directory));
  const records = recordsIn(directory);
  const sweeps = await Promise.all(
    lastRounds(directory).map(async ({ folder, plan }) => {
      const runs = new Set(plan.experiments.flatMap(({ runs }) => runs)).size;
      const { done = 0, failed = 0 } = countBy(settledRecords(plan, records), ({ status }) => status);
      const ending = endingOf(folder);
      const jobs = await jobsIn(folder, plan, (reason) => troubles.set(folder, reason));
      // The look at all records is for when nothing will change them.
      const unreported = isOver(jobs) ? unreportedOf(plan, records) : [];
      const trouble = troubles.get(folder);
      const halted = haltOf(folder);
      return {
        id: plan.id,
        on: plan.allocation.on,
        experiments: plan.experiments.map(({ name }) => name),
        round: plan.round,
        runs,
        done,
        failed,
        left: runs - done - failed,
        bundles: plan.bundles,
        bundlesTaken: await claimedBundles(folder),
        ...(jobs && { jobs }),
        ...(halted !== undefined && { halted }),
        notices: [
          ...(ending?.failures ?? []),
          ...(trouble === undefined ? [] : [trouble]),
          ...(unreported.length > 0 ? [unreportedNotice(folder, plan, unreported)] : []),
          ...verificationLines(
            latestRepetitions(
              plan.experiments.flatMap(({ name }) => readVerification(join(directory, name))),
            ),
          ),
        ],
        logs: join(folder, 'logs'),
      };
    }),
  );
  return sweeps.filter((sweep, index) => index === sweeps.length - 1 || !isOver(sweep.jobs));
}

/** Whether all jobs have ended, as far as is known. */
function isOver(jobs: SweepStatus['jobs']): boolean {
  return jobs !== undefined && Object.keys(jobs).length === 0;
}

function unreportedNotice(folder: string, { version }: SweepPlan, names: readonly string[]): string {
  const remedy =
    version === VERSION
      ? `${actionName('work')} ${folder} ${optionName('close')}`
      : `the same without ${optionName('on')}`;
  return `The tables do not show the results of ${names.join(', ')}, as where what writes them has failed (see the logs): ${remedy} writes them`;
}

/**
 * Ends all jobs of the sweeps that were submitted into a results folder. What is done is kept.
 *
 * @returns how many jobs were waiting or running
 * @throws UserError where no sweep was submitted, or the dispatcher cannot be asked here
 */
export async function cancelSweeps(directory: string): Promise<number> {
  let ended = 0;
  const unknown: string[] = [];
  await collectResults(directory);
  for (const { folder, plan } of lastRounds(directory)) {
    const submission = submissionOf(folder);
    if (endingOf(folder)) continue;
    if (!submission) {
      unknown.push(folder);
      continue;
    }
    const dispatcher = dispatcherFor(plan.allocation.on);
    const jobs = Object.values(await dispatcher.jobsOf(submission));
    if (jobs.length === 0) continue;
    await noteHalt(folder, 'the sweep was cancelled');
    await dispatcher.cancel(submission);
    ended += jobs.reduce((sum, count) => sum + count, 0);
  }
  if (unknown.length > 0) {
    throw new UserError(
      `submitting was cut short, so that it is not known which jobs there are, of ${unknown.join(', ')}: look for them where they were submitted, end them there, and remove the folder`,
    );
  }
  return ended;
}

/**
 * The file of what was said while a run was executed, in the last round in which its bundle was begun, whether or not that came to its end.
 *
 * @param run the id of a run, or how it begins
 * @throws UserError where no bundle has such a run, or nothing is kept of what was said, with what became of its bundle
 */
export async function logOf(directory: string, run: string): Promise<string> {
  const folders = plansIn(directory).toReversed();
  await collectResults(directory);
  let fate: string | undefined;
  for (const folder of folders) {
    const plan = readPlan(folder);
    for (const index of range(plan.bundles)) {
      if (!runsOf(readBundle(folder, index).groups).some(({ id }) => id.startsWith(run))) continue;
      const file = await logOfBundle(folder, index);
      if (file !== undefined) return file;
      fate ??= await fateOf(folder, plan, index);
    }
  }
  throw new UserError(
    fate === undefined
      ? `${directory}: no sweep was submitted that has a run ${run}; ids are in runs.jsonl and in the report`
      : `there is no log of the run ${run}: ${fate}`,
  );
}

/** The log of whoever has a bundle, else of who last began it and let it go. */
async function logOfBundle(folder: string, index: number): Promise<string | undefined> {
  const logs = join(folder, 'logs');
  const holder = await claimantOf(folder, index);
  const held = holder && join(logs, `${holder}.log`);
  if (held && existsSync(held)) return held;
  const begun = new RegExp(`^Bundle ${index}$`, 'm');
  const files = readdirSync(logs)
    .map((name) => join(logs, name))
    .filter((file) => begun.test(readText(file, { what: 'a log' })));
  return maxBy(files, (file) => statSync(file).mtimeMs);
}

/** What became of a bundle of which no log tells. */
async function fateOf(folder: string, plan: SweepPlan, index: number): Promise<string> {
  const failures = endingOf(folder)?.failures ?? [];
  const given = failures.find((failure) => failure.startsWith(`bundle ${index} `));
  if (given !== undefined) return given;
  const halted = haltOf(folder);
  const holder = await claimantOf(folder, index);
  if (holder !== undefined) {
    return `${holder} has its bundle, ${index}, and has said nothing here; a worker that was started by hand tells its own terminal`;
  }
  if (halted !== undefined) return `it was not begun, since ${halted}`;
  const jobs = await jobsIn(folder, plan);
  return isOver(jobs)
    ? 'the sweep has ended without it, and the same command submits it again'
    : `bundle ${index} waits`;
}

/**
 * How many jobs of a plan wait or run, by state; undefined where it was not submitted, or cannot be asked here.
 *
 * @param unanswered is told why it cannot be asked
 */
async function jobsIn(
  folder: string,
  plan: SweepPlan,
  unanswered: (reason: string) => void = () => {},
): Promise<SweepStatus['jobs']> {
  try {
    if (endingOf(folder)) return {};
    const submission = submissionOf(folder);
    return submission && (await dispatcherFor(plan.allocation.on).jobsOf(submission));
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    unanswered(error.message);
    return undefined;
  }
}

/** The plans of submitted sweeps, of each sweep that of the last round. */
function lastRounds(directory: string): { folder: string; plan: SweepPlan }[] {
  const plans = plansIn(directory).map((folder) => ({ folder, plan: readPlan(folder) }));
  // Not by ids: the clock of a node that submits the rest may be behind.
  const found = sortBy(plans, [({ plan }) => plan.round]);
  return [...new Map(found.map((each) => [each.plan.root, each])).values()];
}

function plansIn(directory: string): string[] {
  const folders = planFolders(directory);
  if (folders.length > 0) return folders;
  throw new UserError(
    `${directory}: no sweep was submitted into this folder; ${actionName('submit')} submits one`,
  );
}
