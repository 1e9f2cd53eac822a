import { randomBytes } from 'node:crypto';
import { existsSync, readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { uniq } from 'es-toolkit/array/uniq';
import { range } from 'es-toolkit/math/range';
import { omit } from 'es-toolkit/object/omit';
import type { Run } from '../config/run.js';
import type { DatasetReference } from '../data/registry.js';
import type { DeviceName } from '../engine/registry.js';
import { UserError } from '../errors.js';
import { makeFolder } from '../files/folders.js';
import { readText } from '../files/read-file.js';
import { writeFileAtomic } from '../files/write-file.js';
import { VERSION } from '../package.js';
import { LOCK, lock } from '../results/lock.js';
import { failuresOf, type RunRecord } from '../results/record.js';
import type { ExperimentRuns } from '../results/results-folder.js';
import { commonBuild } from '../runner/build.js';
import type { Bundle } from '../runner/bundles.js';
import { runsOf } from '../runner/groups.js';
import type { Settled } from '../sweep/pending.js';

/** How runs are executed, the same for all bundles. */
export interface PlanSettings {
  readonly jobs?: number | undefined;
  /** Gigabytes. */
  readonly gpuMemory?: number | undefined;
  readonly cache: boolean;
  /** Gigabytes. */
  readonly cacheSize: number;
  readonly saveModels: boolean;
  readonly failFast: boolean;
  /** How many runs are repeated once all are done, to compare. */
  readonly verify?: number | undefined;
}

/** What is asked of where bundles are executed. */
export interface Allocation {
  /** Such as `slurm`: which dispatcher, and where it is. */
  readonly on: string;
  /** Seconds after which a machine is taken away again, where it is. */
  readonly timeLimit?: number | undefined;
  /** Cores of a machine. */
  readonly cores: number;
  /** The most machines at a time; as many as can be had where it is not given. */
  readonly atATime?: number | undefined;
  /** Seconds that a bundle is to take. */
  readonly bundleSeconds: number;
  /** What only this dispatcher knows, by name. */
  readonly options: Readonly<Record<string, string>>;
}

/** What whoever submits a sweep asks for: the same by the same command, given again in the same folder. */
export interface Order {
  readonly version: string;
  /** As `commonBuild` says it. */
  readonly build: string;
  /** What paths in configs count from. */
  readonly workingDirectory: string;
  readonly dataDir?: string | undefined;
  readonly experiments: readonly {
    readonly name: string;
    /** As YAML. */
    readonly config: string;
    /** What its networks are trained on, as it was planned: whoever plans it again has the same runs. */
    readonly device: DeviceName;
    /** The ids of its runs. */
    readonly runs: readonly string[];
  }[];
  readonly settings: PlanSettings;
  readonly allocation: Allocation;
  /** Whether runs whose record says that they failed are tried again. */
  readonly retryFailed: boolean;
}

/**
 * What a sweep is for machines that execute it: plain data, in a folder that all of them see. With its bundles it is all that one needs
 * beside the data sets.
 */
export interface SweepPlan extends Order {
  readonly id: string;
  /** The id of the first plan of the sweep, whose rest this one is. */
  readonly root: string;
  /** 1, and one more each time that the rest is submitted. */
  readonly round: number;
  /** The results folder. It is kept nowhere, since machines may see it at several paths: it is the one that the plan lies in. */
  readonly directory: string;
  /** By checksum. */
  readonly datasets: Readonly<Record<string, DatasetReference>>;
  /** The ids of runs whose encoders are to be probed. */
  readonly diagnosed: readonly string[];
  /** How often each run that is tried again had failed before the first plan, by id: as often, and it is still to be executed. */
  readonly retried?: Readonly<Record<string, number>> | undefined;
  /** How many bundles there are. */
  readonly bundles: number;
  /** How many runs are in them. */
  readonly pending: number;
}

/** What a dispatcher remembers of what it submitted: plain data. */
export interface Submission {
  /** By names that only the dispatcher knows. */
  readonly jobs: readonly string[];
  /** What to tell who submitted it, a line each. */
  readonly said: readonly string[];
}

/** The folders of plans within a results folder, the oldest first. */
export function planFolders(directory: string): string[] {
  const folder = join(directory, PLANS);
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .sort()
    .map((name) => join(folder, name))
    .filter((plan) => existsSync(join(plan, PLAN)));
}

/** The folder in a results folder that holds a folder for each plan. */
const PLANS = '.sweeps';
const PLAN = 'plan.json';
const SUBMISSION = 'submission.json';
const HALT = 'halted';
const ENDING = 'ending.json';

/** The folder of the autoencoders that a sweep has trained, which all of its machines see. */
export function sharedAutoencoders({ directory, root }: Pick<SweepPlan, 'directory' | 'root'>): string {
  return join(directory, PLANS, root, 'autoencoders');
}

/** The folder of a plan. */
export function planFolder({ directory, id }: Pick<SweepPlan, 'directory' | 'id'>): string {
  return join(directory, PLANS, id);
}

/** A new id of a plan, which sorts by the time at which it is made. */
export function newPlanId(): string {
  const now = new Date().toISOString().replaceAll(/\D/g, '');
  return `${now.slice(0, 8)}-${now.slice(8, 14)}-${randomBytes(2).toString('hex')}`;
}

/**
 * Writes a plan and its bundles.
 *
 * @returns its folder, which has one for logs too
 * @throws Unwritable where it cannot be written
 */
export async function writePlan(plan: SweepPlan, bundles: readonly Bundle[]): Promise<string> {
  const folder = planFolder(plan);
  for (const name of ['bundles', 'claims', 'logs']) makeFolder(join(folder, name));
  for (const bundle of bundles)
    await writeFileAtomic(join(folder, bundleFile(bundle.index)), JSON.stringify(bundle));
  const kept = omit(plan, ['directory']);
  await writeFileAtomic(join(folder, PLAN), `${JSON.stringify(kept, null, 2)}\n`);
  return folder;
}

/** @throws UserError where the folder holds none */
export function readPlan(folder: string): SweepPlan {
  const kept = readPlain<Omit<SweepPlan, 'directory'>>(folder, PLAN, 'the plan of a sweep');
  return { ...kept, directory: resolve(folder, '..', '..') };
}

/**
 * Reads a plan to execute runs of it.
 *
 * @throws UserError where the folder holds none, or one of another build (`otherBuild`)
 */
export function planToExecute(folder: string): SweepPlan {
  const plan = readPlan(folder);
  const other = otherBuild(plan);
  if (other === undefined) return plan;
  throw new UserError(`${folder}: ${other}`);
}

/**
 * Why runs of a plan are not to be executed by this process, in words: it was submitted by another version or build, whose runs may be
 * others, or have other results. Undefined where it was by the same.
 */
export function otherBuild({ version, build }: Pick<Order, 'version' | 'build'>): string | undefined {
  const own = commonBuild();
  if (version === VERSION && build === own) return undefined;
  const [theirs, ours] = [
    [version, build],
    [VERSION, own],
  ].map(([version, build = 'unknown']) => `deepsad ${version} (commit ${build})`);
  return `the sweep was submitted by ${theirs}, and this is ${ours}, which may compute otherwise; install the same on all machines, or cancel the sweep and submit it again`;
}

/** @throws UserError where it cannot be read */
export function readBundle(folder: string, index: number): Bundle {
  return readPlain(folder, bundleFile(index), 'a bundle of runs');
}

/** The experiments of a plan, as far as their results go. */
export function runsOfPlan({ experiments }: SweepPlan): ExperimentRuns[] {
  return experiments.map(({ name, runs }) => ({ name, runs: runs.map((id) => ({ id })) }));
}

/** Tells of a record of a plan's run whether it is not to be executed any more: not one of a failure before it was to be tried again. */
export function settledIn({ retried }: Pick<SweepPlan, 'retried'>): Settled {
  return (record) => record.status === 'done' || failuresOf(record) > (retried?.[record.id] ?? 0);
}

/** The records of a plan's runs that are not to be executed any more. */
export function settledRecords(plan: SweepPlan, records: ReadonlyMap<string, RunRecord>): RunRecord[] {
  const ids = uniq(plan.experiments.flatMap(({ runs }) => runs));
  return ids.flatMap((id) => records.get(id) ?? []).filter(settledIn(plan));
}

/** The runs in the bundles of a plan. */
export function runsIn(folder: string, { bundles }: SweepPlan): Run[] {
  return range(bundles).flatMap((index) => runsOf(readBundle(folder, index).groups));
}

/** Notes what became of a plan as it was submitted. */
export async function noteSubmission(folder: string, submission: Submission): Promise<void> {
  await writeFileAtomic(join(folder, SUBMISSION), `${JSON.stringify(submission, null, 2)}\n`);
}

/** What became of a plan as it was submitted; undefined where it was not. */
export function submissionOf(folder: string): Submission | undefined {
  return existsSync(join(folder, SUBMISSION)) ? readPlain(folder, SUBMISSION, 'a submission') : undefined;
}

/**
 * Does what nobody else is to do with a plan meanwhile, as well as locks can: to submit it, or to settle that it is not.
 *
 * @throws Locked where another process does
 */
export async function submitting<T>(folder: string, action: () => Promise<T>): Promise<T> {
  const taken = lock(join(folder, LOCK));
  try {
    return await action();
  } finally {
    taken.release();
  }
}

/**
 * What became of a plan as it was submitted.
 *
 * @throws UserError where that is not known
 */
export function knownSubmission(folder: string): Submission {
  const submission = submissionOf(folder);
  if (submission) return submission;
  throw new UserError(
    `${folder}: submitting is under way or was cut short, so that it is not known which jobs there are: the same command as then goes on with it, and deepsad cancel ends it`,
  );
}

/** Notes that nothing more of a plan is to be begun or submitted, and why, in words. */
export async function noteHalt(folder: string, reason: string): Promise<void> {
  await writeFileAtomic(join(folder, HALT), reason);
}

/** Why nothing more of a plan is to be begun or submitted, in words; undefined where it goes on. */
export function haltOf(folder: string): string | undefined {
  const file = join(folder, HALT);
  return existsSync(file) ? readText(file, { what: 'a reason' }) : undefined;
}

/** How a plan has ended whose jobs do not write into the results folder themselves. */
export interface Ending {
  /** What was given up, in words. */
  readonly failures: readonly string[];
  /** Whether its tables may not be written yet, and it may still be where it was submitted to. */
  readonly unsettled?: boolean;
}

/** Notes that nothing more comes of a plan. */
export async function noteEnding(folder: string, ending: Ending): Promise<void> {
  await writeFileAtomic(join(folder, ENDING), `${JSON.stringify(ending, null, 2)}\n`);
}

/** How a plan has ended, where that was noted. */
export function endingOf(folder: string): Ending | undefined {
  return existsSync(join(folder, ENDING)) ? readPlain(folder, ENDING, 'the ending of a sweep') : undefined;
}

function bundleFile(index: number): string {
  return join('bundles', `${index}.json`);
}

function readPlain<T>(folder: string, name: string, what: string): T {
  const file = join(folder, name);
  const text = readText(file, { what, ifMissing: 'name a folder in .sweeps of a results folder' });
  try {
    return JSON.parse(text);
  } catch (error) {
    const { message } = error as Error;
    throw new UserError(
      `${file}: not ${what}: ${message}; once no job of it is left, remove ${folder} and submit again what is left`,
    );
  }
}
