import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import stringify from 'safe-stable-stringify';
import type { Config } from '../config/load.js';
import { toYaml } from '../config/write.js';
import type { Device } from '../engine/registry.js';
import { readBytesSync } from '../files/read-file.js';
import { writeFileAtomic } from '../files/write-file.js';
import { VERSION } from '../package.js';
import { CONFIG_FILE, forgetKept, saidIn, writeBeside, writeKeeping } from '../results/kept-file.js';
import type { RunRecord } from '../results/record.js';
import { latestRecords, readFolderRecords } from '../results/records.js';
import { contentOf, type ExperimentRuns, recordsIn, resultsIn } from '../results/results-folder.js';
import { runsOf } from '../runner/groups.js';
import type { Shard } from '../runner/shard.js';
import { type ExperimentPlan, outlineExperiments } from './experiment.js';
import { counts, lackingOf, type PendingOptions, pendingOf, settledUnless } from './pending.js';
import { experimentsOf, planSweep, type Sweep } from './sweep.js';

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

/** What shows the results. */
export function loadReport() {
  return import('../report/report.js');
}

/** All records in the folder of an experiment. */
function recordsBeside(folder: string): RunRecord[] {
  return readFolderRecords(folder).flatMap(({ content }) => content.records);
}

/** The records of experiments that are whole. */
interface Finished {
  /** Those of each experiment's runs, in their order. */
  readonly results: readonly (readonly RunRecord[])[];
  /** How many of all runs are done, and have failed. */
  readonly done: number;
  readonly failed: number;
  /** What is to be said of them. */
  readonly notices: readonly string[];
}

/**
 * The records of experiments of which no run is to be executed, and which have their tables and pages, which show these records. Where one
 * has none, or has data of the user's own, no record is read: those of all experiments in the results folder are many, and to execute runs
 * they are read anyway.
 *
 * @param shard the part of the runs that this machine takes; all where it is undefined
 * @returns undefined where anything is left to do, or the data must be read to know
 * @throws UserError where a record is damaged; InvalidConfig with what is wrong with the classes of a config
 */
export async function finishedResults(
  configs: readonly Config[],
  device: Device,
  { directory, retryFailed, saveModels }: PendingOptions,
  shard?: Shard,
): Promise<Finished | undefined> {
  const named = configs.map(({ experiment }) => experiment);
  const mayBeFinished = named.every(
    ({ name, dataset }) =>
      hasReport(join(directory, name)) && dataset.every((reference) => typeof reference === 'string'),
  );
  if (!mayBeFinished) return undefined;
  const found = contentOf(directory, named);
  const plans = await outlineExperiments(configs, device, recordsIn(directory, named, found));
  if (!plans) return undefined;
  const { groups } = planSweep(plans, shard);
  const experiments = experimentsOf(plans);
  const { records, notices } = resultsIn(directory, experiments, found);
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

/** Whether a folder has tables and a page. */
function hasReport(folder: string): boolean {
  return ['report.html', 'table.md', REPORTED].every((name) => existsSync(join(folder, name)));
}

/** Whether the tables and the page in a folder are of these records, and as this version makes them. */
export function isReported(folder: string, records: readonly RunRecord[]): boolean {
  if (!hasReport(folder)) return false;
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
