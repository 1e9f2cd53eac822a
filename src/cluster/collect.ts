import { join } from 'node:path';
import { range } from 'es-toolkit/math/range';
import { isEqual } from 'es-toolkit/predicate/isEqual';
import { parseConfig } from '../config/load.js';
import { UserError } from '../errors.js';
import { Locked } from '../results/lock.js';
import type { RunRecord } from '../results/record.js';
import { type ExperimentRuns, ResultsFolder, recordsIn } from '../results/results-folder.js';
import { runsOf } from '../runner/groups.js';
import { planAgain } from '../sweep/experiment.js';
import { lacking, pendingOf } from '../sweep/pending.js';
import { isReported, recordsOf, reportExperiments } from '../sweep/reported.js';
import { experimentsOf, foldersOf, planSweep, type Sweep } from '../sweep/sweep.js';
import type { Executed } from '../sweep/verify.js';
import type { Watch } from './dispatcher.js';
import {
  type Ending,
  endingOf,
  noteEnding,
  planFolder,
  planFolders,
  readBundle,
  readPlan,
  runsOfPlan,
  type SweepPlan,
  settledIn,
  submissionOf,
} from './plan.js';
import { dispatcherFor } from './registry.js';

/**
 * Brings into a results folder what was computed for it elsewhere, and is not written there by who computes it. Where a sweep has ended, its
 * tables are written.
 *
 * @returns why nothing could be brought, in words, by the folder of the plan
 */
export async function collectResults(directory: string): Promise<ReadonlyMap<string, string>> {
  const troubles = new Map<string, string>();
  for (const folder of planFolders(directory)) {
    try {
      const ending = endingOf(folder);
      if (ending && !ending.unsettled) continue;
      await bringResults(folder, readPlan(folder));
    } catch (error) {
      // Another process collects the same.
      if (error instanceof Locked) continue;
      if (!(error instanceof UserError)) throw error;
      troubles.set(folder, error.message);
    }
  }
  return troubles;
}

/**
 * Brings what a submitted plan has come to into the results folder, where it is not written there by who computes it, and writes the tables
 * once it has ended.
 *
 * @param watch goes on until it has ended; without it, what there is now
 * @returns how it has ended; undefined where it has not, or what it computes is not brought
 * @throws UserError where it cannot be asked here, or the results cannot be written
 */
export async function bringResults(
  folder: string,
  plan: SweepPlan,
  watch?: Watch,
): Promise<Ending | undefined> {
  const dispatcher = dispatcherFor(plan.allocation.on);
  // Whoever noted the ending may have been killed before what follows.
  const isOver = endingOf(folder) !== undefined || (await dispatcher.collect?.(folder, plan, watch));
  if (!isOver) return undefined;
  await reportPlan(plan);
  const [ending, submission] = [endingOf(folder), submissionOf(folder)];
  if (submission) await dispatcher.forget?.(submission);
  if (ending) await noteEnding(folder, { failures: ending.failures });
  return ending;
}

/**
 * How many runs in bundles of a plan have no settled record, or lack what is to be kept beside it.
 *
 * @param among the bundles, all by default, and the records of the plan's runs, by default as the results folder has them now
 */
export function leftOf(
  folder: string,
  plan: SweepPlan,
  {
    bundles = range(plan.bundles),
    records = recordsIn(plan.directory, runsOfPlan(plan)),
  }: { readonly bundles?: readonly number[]; readonly records?: ReadonlyMap<string, RunRecord> } = {},
): number {
  const { directory, settings, diagnosed } = plan;
  const groups = bundles.flatMap((index) => readBundle(folder, index).groups);
  const probed = new Set(diagnosed);
  const lacks = lacking(runsOf(groups), foldersOf(directory, runsOfPlan(plan)), {
    saveModels: settings.saveModels,
    diagnosed: ({ id }) => probed.has(id),
  });
  return runsOf(pendingOf(groups, records, settledIn(plan), lacks)).length;
}

/**
 * Writes the tables of the experiments of a plan that are complete.
 *
 * @param before is done before that, with what was executed
 * @returns the sweep that it is a part of
 * @throws UserError as planAgain does, or where its runs are others now, or the results are damaged or cannot be written
 */
export async function reportPlan(
  plan: SweepPlan,
  before?: (sweep: Sweep, executed: Executed) => Promise<void>,
): Promise<Sweep> {
  const { directory, dataDir, experiments } = plan;
  const planned = experiments.map(({ name, config, device }) => ({
    config: parseConfig(config, `config of ${name}`, []),
    device,
  }));
  const sweep = planSweep(await planAgain(planned, dataDir));
  expectSame(plan, sweep);
  const written = experimentsOf(sweep.plans);
  const results = await openBeside(directory, written);
  try {
    await before?.(sweep, { directory, experiments: written, results });
    await reportExperiments(sweep, directory, results.records, true);
  } finally {
    results.close();
  }
  return sweep;
}

/** @throws UserError where the experiments of a plan have other runs now than those that were submitted */
function expectSame(plan: SweepPlan, { plans }: Sweep): void {
  const changed = plan.experiments.find(({ runs }, index) => {
    const now = plans[index].runs.map(({ id }) => id);
    return !isEqual(now, runs);
  });
  if (changed === undefined) return;
  throw new UserError(
    `${planFolder(plan)}: the runs of ${changed.name} are others than those that were submitted, as where its data have changed since; once no job of it is left, remove this folder and submit the sweep again`,
  );
}

/** Opens results alone, or beside workers that have not left yet: they write files of their own. */
async function openBeside(directory: string, experiments: readonly ExperimentRuns[]): Promise<ResultsFolder> {
  try {
    return await ResultsFolder.open(directory, experiments);
  } catch (error) {
    if (!(error instanceof Locked)) throw error;
    return ResultsFolder.open(directory, experiments, { name: 'closing', once: false });
  }
}

/** The experiments of a plan all of whose runs have a record, and whose tables are missing or show others. */
export function unreportedOf(plan: SweepPlan, records: ReadonlyMap<string, RunRecord>): string[] {
  const { directory } = plan;
  return runsOfPlan(plan)
    .filter((experiment) => {
      const own = recordsOf(experiment, directory, records);
      return own.length === experiment.runs.length && !isReported(join(directory, experiment.name), own);
    })
    .map(({ name }) => name);
}
