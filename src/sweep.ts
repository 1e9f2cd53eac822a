import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { countBy } from 'es-toolkit/array/countBy';
import { difference } from 'es-toolkit/array/difference';
import { uniq } from 'es-toolkit/array/uniq';
import { uniqBy } from 'es-toolkit/array/uniqBy';
import stringify from 'safe-stable-stringify';
import type { Run } from './config/run.js';
import { toYaml } from './config/write.js';
import type { DatasetOutline } from './data/dataset.js';
import type { SharedDataset } from './data/shared-dataset.js';
import { detectorNamed } from './detectors/registry.js';
import type { FoundDevice } from './engine/device.js';
import type { DeviceName } from './engine/registry.js';
import { UserError } from './errors.js';
import type { ExperimentPlan } from './experiment.js';
import { readBytesSync } from './files/read-file.js';
import { writeFileAtomic } from './files/write-file.js';
import { grouped } from './grouped.js';
import { holdsModel } from './models/model-folder.js';
import { VERSION } from './package.js';
import { environmentOf } from './results/environment.js';
import { CONFIG_FILE, forgetKept, saidIn, writeBeside, writeKeeping } from './results/kept-file.js';
import { countingFailures, failuresOf, type RunRecord } from './results/record.js';
import { latestRecords, readFolderRecords } from './results/records.js';
import { type ExperimentRuns, ResultsFolder, resultsIn } from './results/results-folder.js';
import { probedRuns } from './results/trace.js';
import { type Capacities, capacitiesFor } from './runner/capacity.js';
import { estimateFrom, expectedSeconds, longestFirst, withinTime } from './runner/estimate.js';
import { filterRuns, groupRuns, type RunGroup, runsOf } from './runner/groups.js';
import { type RunnerEvent, type RunOptions, runAll } from './runner/runner.js';
import { type Shard, shardOf } from './runner/shard.js';
import { withWorkers } from './runner/workers.js';
import { isInterrupted, type Verification, verifyRuns } from './verify.js';

/** Experiments to be executed together. */
export interface Sweep<Data extends DatasetOutline = SharedDataset> {
  readonly plans: readonly ExperimentPlan<Data>[];
  /** Each run once, however many experiments have it; those of the shard alone. */
  readonly groups: readonly RunGroup[];
  /** By name: those that they are computed on, as far as they are here, and the CPU. */
  readonly devices: ReadonlyMap<DeviceName, FoundDevice>;
  /** By checksum. */
  readonly datasets: ReadonlyMap<string, Data>;
  readonly shard?: Shard | undefined;
}

/** What runs are computed with. */
export interface Means extends Pick<RunOptions, 'datasets' | 'devices' | 'workers'> {
  /** Whether to probe the encoder that a run trains. */
  diagnosed(run: Run): boolean;
}

/** How runs are executed. */
export interface ExecutionOptions
  extends Pick<RunOptions, 'jobs' | 'gpuMemory' | 'cache' | 'failFast' | 'draining' | 'signal'> {
  /** Keep each run's fitted detector and its scores in models/<id of the run> of its experiment. */
  readonly saveModels: boolean;
  /** The wall seconds until everything must have ended: no run starts that is expected to take longer. */
  secondsLeft?(): number;
  on(event: SweepEvent): void;
}

/** Tells of a record whether its run stays as it is, unless what is to be kept beside it is missing. */
export type Settled = (record: RunRecord) => boolean;

export interface SweepOptions extends ExecutionOptions {
  /** The results folder: each experiment gets a folder of its name in it. */
  readonly directory: string;
  /** Repeat runs whose record says that they failed. */
  readonly retryFailed: boolean;
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

/** How far a sweep is, and what is left of it. */
export interface Forecast {
  readonly runs: number;
  /** Those that stay as they are, by their status. */
  readonly done: number;
  readonly failed: number;
  /** Those that are to be executed. */
  readonly pending: number;
  /** How many of these have a record: they failed, or lack a model or the probes of an encoder. */
  readonly repeated: number;
  /** What would be executed at a time. */
  readonly capacities: Capacities;
  /** Expected wall seconds of the pending runs. */
  readonly seconds: number;
  /** Earlier records that tell of them; 0 where the seconds are a guess. */
  readonly earlier: number;
  /** What of the records is left out, or is to be said of them, in words. */
  readonly notices: readonly string[];
}

/**
 * Puts experiments together, each run once.
 *
 * @param shard the part of the runs that this machine takes; all where it is undefined
 * @throws UserError where two experiments have one name, and so one folder
 */
export function planSweep<Data extends DatasetOutline>(
  plans: readonly ExperimentPlan<Data>[],
  shard?: Shard,
): Sweep<Data> {
  const names = plans.map(({ config }) => config.experiment.name);
  const twice = names.find((name, index) => names.indexOf(name) < index);
  if (twice !== undefined) {
    throw new UserError(
      `two configs have the name ${twice}; give each its own, since their results go into a folder of it`,
    );
  }
  const placed = uniqBy(
    plans.flatMap(({ runs, device }) => runs.map((run) => ({ run, device }))),
    ({ run }) => run.id,
  );
  const datasets = new Map(plans.flatMap((plan) => [...plan.datasets]));
  const groups = [...grouped(placed, ({ device }) => device)].flatMap(([device, members]) =>
    groupRuns(
      members.map(({ run }) => run),
      datasets,
      device,
    ),
  );
  return {
    plans,
    groups: shard ? shardOf(groups, shard, datasets) : groups,
    devices: new Map(plans.flatMap((plan) => [...plan.devices])),
    datasets,
    shard,
  };
}

/** What the authors of a sweep should know of its data and its experiments, each once. */
export function noticesOf({ plans, datasets }: Sweep<DatasetOutline>): string[] {
  const ofData = [...datasets.values()].flatMap(({ notices = [] }) => notices);
  return uniq([...ofData, ...plans.flatMap(({ notices }) => notices)]);
}

/**
 * Says how far a sweep is and how long the rest will take, and changes nothing.
 *
 * @throws UserError where a record is damaged
 */
export async function forecastSweep(
  sweep: Sweep<DatasetOutline>,
  {
    directory,
    jobs,
    retryFailed,
    saveModels,
  }: Pick<SweepOptions, 'directory' | 'jobs' | 'retryFailed' | 'saveModels'>,
): Promise<Forecast> {
  const { records, notices } = resultsIn(directory, experimentsOf(sweep.plans));
  const lacks = lackingOf(sweep, directory, saveModels);
  const pending = pendingOf(sweep.groups, records, settledUnless(retryFailed), lacks);
  const estimate = estimateFrom(records.values(), sweep.datasets);
  const [runs, toDo] = [runsOf(sweep.groups), runsOf(pending)];
  const capacities = await capacitiesFor(pending, jobs);
  return {
    runs: runs.length,
    ...counts(difference(runs, toDo), records),
    pending: toDo.length,
    repeated: toDo.filter(({ id }) => records.has(id)).length,
    capacities,
    seconds: expectedSeconds(pending, estimate, capacities),
    earlier: records.size,
    notices,
  };
}

/**
 * Executes the runs of a sweep in this process, as `executeGroups` does. Each experiment gets its config.yaml, of
 * shards from the first, and its tables, plots and report.html once all of its runs have a record. Those that `verify` asks for are executed
 * twice then.
 *
 * @returns the record of each run that has one, by id
 * @throws UserError where the results are damaged, another process writes them or they cannot be written
 */
export async function executeSweep(
  sweep: Sweep,
  { directory, retryFailed, verify, ...options }: SweepOptions,
): Promise<ReadonlyMap<string, RunRecord>> {
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

/** Writes the config of each experiment, of which runs are to be executed, into its folder: beside that of the tables, where these are there. */
export async function writeConfigs(
  plans: readonly Pick<ExperimentPlan, 'config' | 'runs'>[],
  directory: string,
): Promise<void> {
  for (const plan of plans) {
    const { experiment } = plan.config;
    const folder = join(directory, experiment.name);
    const content = toYaml(experiment);
    if (!existsSync(join(folder, 'table.md'))) await writeConfig(plan, folder);
    else if (saidIn(folder, CONFIG_FILE) !== content) await writeBeside(folder, CONFIG_FILE, content);
  }
}

/** Writes the config of an experiment as that of its folder; a former one stays beside it, as long as there are records of other runs. */
async function writeConfig(
  { config, runs }: Pick<ExperimentPlan, 'config' | 'runs'>,
  folder: string,
): Promise<void> {
  const ids = new Set(runs.map(({ id }) => id));
  const others = recordsBeside(folder).some(({ id }) => !ids.has(id));
  if (!others) await forgetKept(folder, CONFIG_FILE);
  await writeKeeping(folder, CONFIG_FILE, toYaml(config.experiment), others);
}

/**
 * Writes the config, tables, plots and page of each experiment whose runs all have a record; what shows these unless it is there.
 *
 * @param changed whether there are records that they cannot show yet
 */
export async function reportExperiments(
  { plans, datasets }: Pick<Sweep, 'plans' | 'datasets'>,
  directory: string,
  records: ReadonlyMap<string, RunRecord>,
  changed: boolean,
): Promise<void> {
  for (const plan of plans) {
    const { name } = plan.config.experiment;
    const folder = join(directory, name);
    const own = recordsOf({ name, runs: plan.runs }, directory, records);
    if (own.length < plan.runs.length) continue;
    await writeConfig(plan, folder);
    if (!changed && isReported(folder, own)) continue;
    const { reportExperiment } = await loadReport();
    await reportExperiment(folder, own, async ({ dataChecksum }) => {
      const dataset = datasets.get(dataChecksum);
      if (!dataset) throw new Error(`no data set has the checksum ${dataChecksum}`);
      return dataset;
    });
    await writeFileAtomic(join(folder, REPORTED), stateOf(own));
  }
}

function loadReport() {
  return import('./report/report.js');
}

/** All records in the folder of an experiment. */
function recordsBeside(folder: string): RunRecord[] {
  return readFolderRecords(folder).flatMap(({ content }) => content.records);
}

/** The records of a sweep that is whole. */
interface Finished {
  /** Those of each plan's runs, in their order. */
  readonly results: readonly (readonly RunRecord[])[];
  /** How many of all runs are done, and have failed. */
  readonly done: number;
  readonly failed: number;
  /** What is to be said of them. */
  readonly notices: readonly string[];
}

/**
 * The records of a sweep of which no run is to be executed, and whose experiments have their tables and pages, which show these records.
 *
 * @returns undefined where anything is left to do
 * @throws UserError where a record is damaged
 */
export function finishedResults(
  { plans, groups }: Sweep<DatasetOutline>,
  { directory, retryFailed, saveModels }: Pick<SweepOptions, 'directory' | 'retryFailed' | 'saveModels'>,
): Finished | undefined {
  const experiments = experimentsOf(plans);
  const { records, notices } = resultsIn(directory, experiments);
  const lacks = lackingOf({ plans, groups }, directory, saveModels);
  if (pendingOf(groups, records, settledUnless(retryFailed), lacks).length > 0) return undefined;
  const results = experiments.map((experiment) => recordsOf(experiment, directory, records));
  const isShown = experiments.every(
    ({ name, runs }, index) =>
      results[index].length === runs.length && isReported(join(directory, name), results[index]),
  );
  return isShown ? { results, ...counts(runsOf(groups), records), notices } : undefined;
}

/** The file beside a report that says which records it shows. */
const REPORTED = '.reported';

/** Whether the tables and the page in a folder are of these records, and as this version makes them. */
export function isReported(folder: string, records: readonly RunRecord[]): boolean {
  if (!['report.html', 'table.md', REPORTED].every((name) => existsSync(join(folder, name)))) return false;
  return readBytesSync(join(folder, REPORTED), { what: 'a checksum' }).toString() === stateOf(records);
}

function stateOf(records: readonly RunRecord[]): string {
  const hash = createHash('sha256').update(VERSION);
  // Keys in one order: a record that was just made has them in another than one that was read.
  for (const record of records) hash.update(stringify(record));
  return `${hash.digest('hex')}\n`;
}

/**
 * The records of an experiment's runs, in their order: of each that in its own folder, where it is done there. Another experiment that has
 * the run too may hold another result.
 *
 * @param records those of all experiments in the results folder, by id
 * @throws UserError where a record is damaged
 */
export function recordsOf(
  { name, runs }: ExperimentRuns,
  directory: string,
  records: ReadonlyMap<string, RunRecord>,
): RunRecord[] {
  const folder = join(directory, name);
  const own = latestRecords(existsSync(folder) ? recordsBeside(folder) : []);
  return runs.flatMap(({ id }) => {
    const held = own.get(id);
    return held?.status === 'done' ? held : (records.get(id) ?? []);
  });
}

/** Tells which runs' encoders are to be probed: those that an experiment with diagnostics has, of detectors that train one. */
export function diagnosis(plans: readonly ExperimentPlan<DatasetOutline>[]): (run: Run) => boolean {
  const asked = plans.filter(({ config }) => config.experiment.diagnostics !== undefined);
  const ids = new Set(asked.flatMap(({ runs }) => runs.map(({ id }) => id)));
  return ({ id, detector }) => ids.has(id) && detectorNamed(detector.name).encodes === true;
}

/** What is to be kept of runs beside their records. */
export interface Keeping extends Pick<Means, 'diagnosed'> {
  readonly saveModels: boolean;
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

/** The folder for the model of a run in that of its experiment. */
function modelFolder(folder: string, { id }: Run): string {
  return join(folder, 'models', id);
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

/** The experiments of these plans, as far as their results go. */
export function experimentsOf(plans: readonly ExperimentPlan<DatasetOutline>[]): ExperimentRuns[] {
  return plans.map(({ config, runs }) => ({ name: config.experiment.name, runs }));
}

/** Where the first experiment that has a run has its results: its folder in the results folder. */
export function foldersOf(
  directory: string,
  experiments: readonly ExperimentRuns[],
): (run: Pick<Run, 'id'>) => string {
  const names = new Map(
    experiments.toReversed().flatMap(({ name, runs }) => runs.map(({ id }) => [id, name])),
  );
  return ({ id }) => join(directory, names.get(id) ?? '');
}

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

function counts(runs: readonly Run[], records: ReadonlyMap<string, RunRecord>) {
  const { done = 0, failed = 0 } = countBy(runs, ({ id }) => records.get(id)?.status ?? 'pending');
  return { done, failed };
}
