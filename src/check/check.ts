import type { Device } from '../engine/registry.js';
import { permutation, randomStream } from '../random.js';
import { driftsOf } from '../results/drifts.js';
import { environment } from '../results/environment.js';
import type { RunRecord } from '../results/record.js';
import type { RunTrace } from '../results/trace.js';
import { groupRuns } from '../runner/groups.js';
import { type RunOptions, runAll } from '../runner/runner.js';
import { withWorkers } from '../runner/workers.js';
import { type ExperimentPlan, planExperiments } from '../sweep/experiment.js';
import { diagnosis } from '../sweep/sweep.js';
import type { Findings } from './differences.js';
import { environmentChanges } from './environment-changes.js';
import { formerRecords, type Reference, readReference, readReferenceConfig } from './reference.js';
import { lockReference, type Renewal, writeReference } from './renewal.js';

/** A reference, and what of it is to be repeated. */
export interface Check {
  readonly folder: string;
  readonly reference: Reference;
  readonly plan: ExperimentPlan;
}

export interface CheckChoice {
  /** The folder of data files, where it is not the default one. */
  readonly dataDir?: string | undefined;
  /** What the runs are to be repeated on. */
  readonly device: Device;
  /** How many of the runs to repeat, drawn at random; all where it is undefined or there are not more. */
  readonly sample?: number | undefined;
  /** Seed of that draw. */
  readonly seed: number;
}

export type RerunOptions = Pick<RunOptions, 'jobs' | 'signal' | 'on'>;

/**
 * Reads a reference and the data of its experiment.
 *
 * @throws UserError where the reference or the data are missing or damaged
 */
export async function planCheck(
  folder: string,
  { dataDir, device, sample, seed }: CheckChoice,
): Promise<Check> {
  const plan = await planRenewal(folder, device, dataDir);
  const reference = readReference(folder, plan.runs);
  return { folder, reference, plan: sample === undefined ? plan : sampleRuns(plan, sample, seed) };
}

/**
 * Repeats runs of a reference from scratch and compares.
 *
 * @param tolerance the greatest difference of two AUROCs that counts as none; undefined where every bit counts
 * @returns undefined where it was aborted before all were executed
 */
export async function executeCheck(
  { folder, reference, plan }: Check,
  { tolerance, ...options }: RerunOptions & { readonly tolerance: number | undefined },
): Promise<Findings | undefined> {
  const records = await rerun(plan, options);
  if (records === undefined) return undefined;
  const now = environment(records, plan.datasets.values());
  return {
    reference: folder,
    runs: records.map((found) => {
      const expected = reference.records.get(found.id) as RunRecord;
      return { expected, found, drifts: driftsOf(expected, found, tolerance) };
    }),
    others: reference.others.length,
    environments: [...reference.environments].map(([file, before]) => ({
      file,
      changes: environmentChanges(before, now),
    })),
    tolerance,
  };
}

/**
 * Plans to renew a reference, of which only the config must be there.
 *
 * @throws UserError where the config or the data are missing or damaged
 */
export async function planRenewal(folder: string, device: Device, dataDir?: string): Promise<ExperimentPlan> {
  const [plan] = await planExperiments([readReferenceConfig(folder)], device, dataDir);
  return plan;
}

/**
 * Runs the experiment of a reference from scratch and makes its records the reference. The reference stays as it is where a run
 * failed or was stopped by `signal`.
 *
 * @returns undefined where it was stopped before all were executed
 * @throws UserError where another process writes the reference, a record of it is damaged, or it cannot be written
 */
export async function executeRenewal(
  folder: string,
  plan: ExperimentPlan,
  options: RerunOptions,
): Promise<Renewal | undefined> {
  const alone = lockReference(folder);
  try {
    const others = formerRecords(folder, plan.runs).others.length;
    const traces: RunTrace[] = [];
    const records = await rerun(plan, {
      ...options,
      diagnosed: diagnosis([plan]),
      keep: async ({ id }, trace) => {
        if (trace) traces.push({ run: id, ...trace });
      },
    });
    if (records === undefined) return undefined;
    if (records.every(({ status }) => status === 'done')) await writeReference(folder, plan, records, traces);
    return { records, others };
  } finally {
    alone.release();
  }
}

/** Some of an experiment's runs, drawn at random, in their order. */
function sampleRuns(plan: ExperimentPlan, count: number, seed: number): ExperimentPlan {
  const order = permutation(plan.runs.length, randomStream(seed, 'sample of a reference'));
  const chosen = order.subarray(0, count).sort();
  return { ...plan, runs: Array.from(chosen, (index) => plan.runs[index]) };
}

/**
 * Executes an experiment without taking anything over from earlier runs.
 *
 * @returns the records, in the order of its runs; undefined where it was aborted before all were executed
 */
async function rerun(
  { runs, datasets, device, devices }: ExperimentPlan,
  options: RerunOptions & Pick<RunOptions, 'keep' | 'diagnosed'>,
): Promise<RunRecord[] | undefined> {
  const groups = groupRuns(runs, datasets, device);
  const records = await withWorkers((workers) => runAll(groups, { ...options, datasets, devices, workers }));
  const executed = runs.flatMap(({ id }) => records.get(id) ?? []);
  return executed.length === runs.length ? executed : undefined;
}
