import { existsSync } from 'node:fs';
import { basename, join } from 'node:path';
import { pick } from 'es-toolkit/object/pick';
import stringify from 'safe-stable-stringify';
import { type Config, loadConfig } from '../config/load.js';
import type { Run } from '../config/run.js';
import type { Dataset } from '../data/dataset.js';
import { UserError } from '../errors.js';
import { contradictionNotice } from '../results/contradictions.js';
import {
  type Environment,
  environmentFiles,
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
 * config.yaml, runs.jsonl and environment.json count.
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
  const file = presentFile(folder, 'runs.jsonl');
  const { records, tornLine } = readRecords(file);
  const [contradiction] = contradictionNotice(folder, [{ place: file, records }]);
  if (contradiction !== undefined) throw new UserError(`${contradiction}; ${remedy()}`);
  if (tornLine !== undefined) {
    throw new UserError(`${file}, line ${tornLine}: it was cut off in writing; ${remedy()}`);
  }
  presentFile(folder, 'environment.json');
  const environments = environmentFiles(folder);
  return {
    records: matchRecords([...latestRecords(records).values()], runs, file),
    environments: new Map(environments.map((each) => [basename(each), readEnvironment(each)])),
  };
}

/**
 * Finds the record of each run by all of its content but the checksum of the data, so that changed data are compared and not
 * taken for other runs.
 */
function matchRecords(
  records: readonly RunRecord[],
  runs: readonly Run[],
  file: string,
): ReadonlyMap<string, RunRecord> {
  const byContent = new Map(records.map((record) => [contentOf(record), record]));
  const pairs = runs.flatMap((run) => {
    const record = byContent.get(contentOf(run));
    return record ? [[run.id, record] as const] : [];
  });
  const [lacking, foreign] = [runs.length - pairs.length, records.length - pairs.length];
  if (lacking > 0 || foreign > 0) {
    throw new UserError(
      `${file}: ${lacking} of the ${runs.length} runs that config.yaml gives have no record, and ${foreign} records are of ` +
        `other runs, so that records are missing, or the config or a default has changed; ${remedy()}`,
    );
  }
  return new Map(pairs);
}

/**
 * Renews the records, environment and tables of a reference, each file at once, the records last: cut short, it still holds all
 * of its former records. Times of runs are left out, so that only what counts ever changes.
 *
 * @throws UserError where a file cannot be written
 */
export async function writeReference(
  records: readonly RunRecord[],
  datasets: Iterable<Dataset>,
  folder: string,
): Promise<void> {
  const lines = records.map((record) => `${JSON.stringify({ ...record, seconds: {} })}\n`);
  await writeTables(records, folder);
  await forgetKept(folder, CONFIG_FILE);
  await writeEnvironment(records, datasets, folder, false);
  await writeFileAtomic(join(folder, 'runs.jsonl'), lines.join(''));
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
