import { existsSync, readdirSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { pick } from 'es-toolkit/object/pick';
import stringify from 'safe-stable-stringify';
import { type Config, loadConfig } from '../config/load.js';
import type { Run } from '../config/run.js';
import type { Dataset } from '../data/dataset.js';
import { UserError } from '../errors.js';
import { PAGE } from '../report/experiment-results.js';
import { contradictionNotice } from '../results/contradictions.js';
import {
  type Environment,
  environment,
  environmentFiles,
  forgetEnvironments,
  joinEnvironments,
  readEnvironment,
  writeEnvironment,
} from '../results/environment.js';
import { CONFIG_FILE, forgetKept } from '../results/kept-file.js';
import type { RunRecord } from '../results/record.js';
import { latestRecords, readRecords } from '../results/records.js';
import { writeTables } from '../results/tables.js';
import { optionName } from '../vocabulary.js';
import { writeFileAtomic } from '../write-file.js';

/**
 * The results of an experiment that later runs of it are held against. They lie in a folder as a sweep writes it, of which
 * config.yaml, runs.jsonl and environment.json count, with the records of shards and the environments that lie beside these.
 */
export interface Reference {
  /** The record of each run, by the run's id. */
  readonly records: ReadonlyMap<string, RunRecord>;
  /** Those that they were computed in, by the names of their files. */
  readonly environments: ReadonlyMap<string, Environment>;
}

/**
 * Reads the config of a reference.
 *
 * @param folder the folder of the reference
 * @throws UserError where there is none, or it is not valid
 */
export function readReferenceConfig(folder: string): Config {
  return loadConfig(presentFile(folder, 'config.yaml'), []);
}

/**
 * Reads the records and the environments of a reference.
 *
 * @param folder the folder of the reference
 * @param runs those that its config gives
 * @throws UserError where a file is missing, cut off or damaged, or the records are not those of exactly these runs
 */
export function readReference(folder: string, runs: readonly Run[]): Reference {
  const names = recordNames(folder);
  if (names.length === 0) presentFile(folder, RECORDS);
  const files = names.map((name) => join(folder, name));
  const sources = files.map((place) => ({ place, ...readRecords(place) }));
  for (const { place, tornLine } of sources) {
    if (tornLine === undefined) continue;
    throw new UserError(`${place}, line ${tornLine}: it was cut off in writing; ${remedy()}`);
  }
  const [contradiction] = contradictionNotice(folder, sources);
  if (contradiction !== undefined) throw new UserError(`${contradiction}; ${remedy()}`);
  const records = latestRecords(sources.flatMap((source) => source.records));
  return {
    records: matchRecords([...records.values()], runs, files.length === 1 ? files[0] : folder),
    environments: readEnvironments(folder),
  };
}

/** The environments of a reference. The data are of all of them: what was not computed in one has not changed since. */
function readEnvironments(folder: string): ReadonlyMap<string, Environment> {
  const files = environmentFiles(folder);
  if (files.length === 0) presentFile(folder, ENVIRONMENT);
  const found = joinEnvironments(files.map((file) => [basename(file), readEnvironment(file)]));
  const data = Object.assign({}, ...[...found.values()].map((each) => each.data));
  return new Map([...found].map(([name, each]) => [name, { ...each, data: { ...data, ...each.data } }]));
}

/**
 * Finds the record of each run by all of its content but the checksum of the data, so that changed data are compared and not
 * taken for other runs.
 */
function matchRecords(
  records: readonly RunRecord[],
  runs: readonly Run[],
  place: string,
): ReadonlyMap<string, RunRecord> {
  const byContent = new Map(records.map((record) => [contentOf(record), record]));
  const pairs = runs.flatMap((run) => {
    const record = byContent.get(contentOf(run));
    return record ? [[run.id, record] as const] : [];
  });
  const [lacking, foreign] = [runs.length - pairs.length, records.length - pairs.length];
  if (lacking > 0 || foreign > 0) {
    throw new UserError(
      `${place}: ${lacking} of the ${runs.length} runs that config.yaml gives have no record, and ${foreign} records are of ` +
        `other runs, so that records are missing, or the config or a default has changed; ${remedy()}`,
    );
  }
  return new Map(pairs);
}

/**
 * Renews the records, environment and tables of a reference, each file at once, the records last: cut short, it still holds all
 * of its former records. The page and plots that lie beside them, where these are of a run, come after that. Times of runs are left out, so that only what counts ever changes. Records of shards become one file.
 *
 * @param datasets by checksum
 * @throws UserError where a file cannot be written
 */
export async function writeReference(
  records: readonly RunRecord[],
  datasets: ReadonlyMap<string, Dataset>,
  folder: string,
): Promise<void> {
  const renewed = records.map((record) => ({ ...record, seconds: {} }));
  const lines = renewed.map((record) => `${JSON.stringify(record)}\n`);
  await writeTables(renewed, folder);
  await forgetKept(folder, CONFIG_FILE);
  await forgetEnvironments(folder);
  await writeEnvironment(join(folder, ENVIRONMENT), environment(records, datasets.values()));
  await writeFileAtomic(join(folder, RECORDS), lines.join(''));
  const parts = recordNames(folder).filter((name) => name !== RECORDS);
  await Promise.all(parts.map((name) => rm(join(folder, name), { force: true })));
  if (!existsSync(join(folder, PAGE))) return;
  const { reportExperiment } = await import('../report/report.js');
  await reportExperiment(folder, renewed, async ({ dataChecksum }) => datasets.get(dataChecksum) as Dataset);
}

const RECORDS = 'runs.jsonl';
const ENVIRONMENT = 'environment.json';

/** The files of records of a reference: those of shards lie side by side where they were put together. */
function recordNames(folder: string): string[] {
  const names = existsSync(folder) ? readdirSync(folder) : [];
  return names.filter((name) => name === RECORDS || /^runs\..+\.jsonl$/.test(name)).sort();
}

function presentFile(folder: string, name: string): string {
  const file = join(folder, name);
  if (existsSync(file)) return file;
  throw new UserError(`${file}: no such file; expected a reference, the folder of an experiment's results`);
}

function remedy(): string {
  return `restore it, or renew the reference with ${optionName('update')}`;
}

/** What makes a run, but for the checksum of its data. */
function contentOf(run: Run): string {
  const content = pick(run, [
    'dataset',
    'normalClass',
    'knownAnomalyClasses',
    'labeledAnomalyRatio',
    'labeledNormalRatio',
    'pollutionRatio',
    'preparation',
    'detector',
    'seed',
  ]);
  return stringify(content) ?? '';
}
