import { join } from 'node:path';
import { countBy } from 'es-toolkit/array/countBy';
import { uniq } from 'es-toolkit/array/uniq';
import type { Run } from '../config/run.js';
import type { DatasetOutline } from '../data/dataset.js';
import { holdsModel } from '../models/model-folder.js';
import type { RunRecord } from '../results/record.js';
import { probedRuns } from '../results/trace.js';
import { filterRuns, type RunGroup, runsOf } from '../runner/groups.js';
import { diagnosis, experimentsOf, foldersOf, type Sweep } from './sweep.js';

/** Tells of a record whether its run stays as it is, unless what is to be kept beside it is missing. */
export type Settled = (record: RunRecord) => boolean;

/** Where what failed is to be tried again, done runs alone are settled. */
export function settledUnless(retryFailed: boolean): Settled {
  return ({ status }) => status === 'done' || !retryFailed;
}

/** The groups with the runs alone that are to be executed: those that have no settled record, and those that are done and lack something. */
export function pendingOf(
  groups: readonly RunGroup[],
  records: ReadonlyMap<string, RunRecord>,
  isSettled: Settled,
  lacks: (run: Run) => boolean,
): RunGroup[] {
  return filterRuns(groups, (run) => {
    const record = records.get(run.id);
    return !record || !isSettled(record) || (record.status === 'done' && lacks(run));
  });
}

/** What is to be kept of runs beside their records. */
export interface Keeping {
  /** Keep each run's fitted detector and its scores in models/<id of the run> of its experiment. */
  readonly saveModels: boolean;
  /** Whether to probe the encoder that a run trains. */
  diagnosed(run: Run): boolean;
}

/** Which runs of a sweep are to be executed. */
export interface PendingOptions extends Pick<Keeping, 'saveModels'> {
  /** The results folder: each experiment gets a folder of its name in it. */
  readonly directory: string;
  /** Repeat runs whose record says that they failed. */
  readonly retryFailed: boolean;
}

/**
 * Tells of each of these runs whether a part of what is to be kept of it is not there: its model, or the probes of its encoder.
 *
 * @param folderOf the folder of the first experiment that has a run
 * @throws UserError where traces are damaged
 */
export function lacking(
  runs: readonly Run[],
  folderOf: (run: Run) => string,
  { saveModels, diagnosed }: Keeping,
): (run: Run) => boolean {
  const probed = probedRuns(uniq(runs.filter(diagnosed).map(folderOf)));
  return (run) =>
    (saveModels && !holdsModel(modelFolder(folderOf(run), run))) || (diagnosed(run) && !probed.has(run.id));
}

/** `lacking` of all runs of a sweep. */
export function lackingOf(
  { plans, groups }: Pick<Sweep<DatasetOutline>, 'plans' | 'groups'>,
  directory: string,
  saveModels: boolean,
): (run: Run) => boolean {
  return lacking(runsOf(groups), foldersOf(directory, experimentsOf(plans)), {
    saveModels,
    diagnosed: diagnosis(plans),
  });
}

/** The folder for the model of a run in that of its experiment. */
export function modelFolder(folder: string, { id }: Run): string {
  return join(folder, 'models', id);
}

/** How many of these runs are done, and have failed, as their records say. */
export function counts(runs: readonly Run[], records: ReadonlyMap<string, RunRecord>) {
  const { done = 0, failed = 0 } = countBy(runs, ({ id }) => records.get(id)?.status ?? 'pending');
  return { done, failed };
}
