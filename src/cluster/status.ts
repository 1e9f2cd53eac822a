import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { compact } from 'es-toolkit/array/compact';
import { countBy } from 'es-toolkit/array/countBy';
import { maxBy } from 'es-toolkit/array/maxBy';
import { range } from 'es-toolkit/math/range';
import { sum } from 'es-toolkit/math/sum';
import { UserError } from '../errors.js';
import { readText } from '../files/read-file.js';
import { optionName } from '../messages/vocabulary.js';
import type { RunRecord } from '../results/record.js';
import { recordsIn } from '../results/results-folder.js';
import { latestRepetitions, readVerification, verificationLines } from '../results/verification.js';
import { runsOf } from '../runner/groups.js';
import { claimantOf, claimedBundles } from './claims.js';
import { collectResults, unreportedOf } from './collect.js';
import {
  endingOf,
  haltOf,
  knownSubmission,
  noteHalt,
  noteSubmission,
  otherBuild,
  readBundle,
  type Submission,
  type SweepPlan,
  settledRecords,
  submissionOf,
  submitting,
} from './plan.js';
import { lastRounds, type Placed, plansIn } from './plans.js';
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
  /** How many jobs wait or run, by state; absent where that is not known here. */
  readonly jobs?: Readonly<Record<string, number>>;
  /** Why nothing more of it is begun, in words, where that is so. */
  readonly halted?: string;
  /** What was given up, and what stands in the way of knowing more, in words. */
  readonly notices: readonly string[];
  /** Where its jobs write what they say. */
  readonly logs: string;
}

/** What can be told of submitted sweeps. */
export interface Statuses {
  readonly sweeps: readonly SweepStatus[];
  /** Why nothing can be told of others, as where a file of theirs is damaged, in words. */
  readonly untold: readonly string[];
}

/**
 * How far the sweeps are that were submitted into a results folder, the oldest first, the last and those that have jobs: by the records in it
 * and what the dispatcher says.
 *
 * @throws UserError where none was, or a record is damaged
 */
export async function statusOf(directory: string): Promise<Statuses> {
  const troubles = await collectResults(directory);
  const { plans, unread } = submittedInto(directory);
  const records = recordsIn(
    directory,
    plans.flatMap(({ plan }) => plan.experiments),
  );
  const untold = [...unread];
  const found = await Promise.all(
    lastRounds(plans).map(({ folder, plan }) =>
      unlessRefused(
        () => statusOfPlan(folder, plan, records, troubles.get(folder)),
        (reason) => untold.push(reason),
      ),
    ),
  );
  const sweeps = compact(found);
  return {
    sweeps: sweeps.filter((sweep, index) => index === sweeps.length - 1 || !isOver(sweep.jobs)),
    untold,
  };
}

/** How far a plan is. @param trouble why its results cannot be brought, in words */
async function statusOfPlan(
  folder: string,
  plan: SweepPlan,
  records: ReadonlyMap<string, RunRecord>,
  trouble: string | undefined,
): Promise<SweepStatus> {
  const runs = new Set(plan.experiments.flatMap(({ runs }) => runs)).size;
  const { done = 0, failed = 0 } = countBy(settledRecords(plan, records), ({ status }) => status);
  const ending = endingOf(folder);
  let unknown = trouble;
  const jobs = await jobsIn(folder, plan, (reason) => {
    unknown = reason;
  });
  // The look at all records is for when nothing will change them.
  const unreported = isOver(jobs) ? unreportedOf(plan, records) : [];
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
      ...(unknown === undefined ? [] : [unknown]),
      ...(unreported.length > 0 ? [unreportedNotice(folder, plan, unreported)] : []),
      ...verificationLines(
        latestRepetitions(
          plan.experiments.flatMap(({ name }) => readVerification(join(plan.directory, name))),
        ),
      ),
    ],
    logs: join(folder, 'logs'),
  };
}

/** Whether all jobs have ended, as far as is known. */
function isOver(jobs: SweepStatus['jobs']): boolean {
  return jobs !== undefined && Object.keys(jobs).length === 0;
}

function unreportedNotice(folder: string, plan: SweepPlan, names: readonly string[]): string {
  const remedy =
    otherBuild(plan) === undefined
      ? `deepsad work ${folder} ${optionName('close')}`
      : `the same without ${optionName('on')}`;
  return `The tables do not show the results of ${names.join(', ')}, as where what writes them has failed (see the logs): ${remedy} writes them`;
}

/**
 * Ends all jobs of the sweeps that were submitted into a results folder. What is done is kept.
 *
 * @returns how many jobs were waiting or running
 * @throws UserError where no sweep was submitted, or the jobs of some cannot be ended here: those of the others are then
 */
export async function cancelSweeps(directory: string): Promise<number> {
  let ended = 0;
  await collectResults(directory);
  const { plans, unread } = submittedInto(directory);
  const refused = [...unread];
  const cancel = async ({ folder, plan }: Placed) => {
    if (endingOf(folder)) return;
    const dispatcher = dispatcherFor(plan.allocation.on);
    const submission = submissionOf(folder) ?? (await noteFound({ folder, plan }));
    const jobs = Object.values(await dispatcher.jobsOf(submission));
    if (jobs.length === 0) return;
    await noteHalt(folder, 'the sweep was cancelled');
    await dispatcher.cancel(submission);
    ended += sum(jobs);
  };
  for (const each of lastRounds(plans)) {
    await unlessRefused(
      () => cancel(each),
      (reason) => refused.push(reason),
    );
  }
  if (refused.length > 0) throw new UserError(refused.join('\n'));
  // What was computed until now.
  await collectResults(directory);
  return ended;
}

/** Notes of a plan whose submitting was cut short what is found of it, so that nobody goes on with it. */
function noteFound({ folder, plan }: Placed): Promise<Submission> {
  return submitting(folder, async () => {
    const found = await dispatcherFor(plan.allocation.on).find(plan);
    await noteSubmission(folder, found);
    return found;
  });
}

/**
 * The file of what was said while a run was executed, in the last round in which its bundle was begun, whether or not that came to its end.
 *
 * @param run the id of a run, or how it begins
 * @throws UserError where no bundle has such a run, or nothing is kept of what was said, with what became of its bundle
 */
export async function logOf(directory: string, run: string): Promise<string> {
  const { plans, unread } = submittedInto(directory);
  await collectResults(directory);
  let fate: string | undefined;
  for (const { folder, plan } of plans.toReversed()) {
    for (const index of range(plan.bundles)) {
      if (!runsOf(readBundle(folder, index).groups).some(({ id }) => id.startsWith(run))) continue;
      const file = await logOfBundle(folder, index);
      if (file !== undefined) return file;
      fate ??= await fateOf(folder, plan, index);
    }
  }
  const reason =
    fate === undefined
      ? `${directory}: no sweep was submitted that has a run ${run}; ids are in runs.jsonl and in the report`
      : `there is no log of the run ${run}: ${fate}`;
  throw new UserError([reason, ...unread].join('\n'));
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
  let unknown: string | undefined;
  const jobs = await jobsIn(folder, plan, (reason) => {
    unknown = reason;
  });
  if (isOver(jobs)) return 'the sweep has ended without it, and the same command submits it again';
  return `bundle ${index} waits${unknown === undefined ? '' : `, as far as is known (${unknown})`}`;
}

/**
 * How many jobs of a plan wait or run, by state; undefined where that is not known here.
 *
 * @param unknown is told why
 */
function jobsIn(
  folder: string,
  plan: SweepPlan,
  unknown: (reason: string) => void,
): Promise<SweepStatus['jobs']> {
  return unlessRefused(
    () => (endingOf(folder) ? {} : dispatcherFor(plan.allocation.on).jobsOf(knownSubmission(folder))),
    unknown,
  );
}

/** What an action comes to; undefined where it is refused, and then why is told, so that others go on. */
async function unlessRefused<T>(
  action: () => T | Promise<T>,
  refused: (reason: string) => void,
): Promise<T | undefined> {
  try {
    return await action();
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    refused(error.message);
    return undefined;
  }
}

/**
 * The plans of submitted sweeps, as plansIn has them.
 *
 * @throws UserError where no sweep was submitted
 */
function submittedInto(directory: string): ReturnType<typeof plansIn> {
  const found = plansIn(directory);
  if (found.plans.length > 0 || found.unread.length > 0) return found;
  throw new UserError(
    `${directory}: no sweep was submitted into this folder; deepsad sweep --on submits one`,
  );
}
