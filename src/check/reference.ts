import { existsSync, readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { difference } from 'es-toolkit/array/difference';
import { sortBy } from 'es-toolkit/array/sortBy';
import { pick } from 'es-toolkit/object/pick';
import stringify from 'safe-stable-stringify';
import { type Config, loadConfig } from '../config/load.js';
import type { Run } from '../config/run.js';
import { UserError } from '../errors.js';
import { optionName } from '../messages/vocabulary.js';
import { contradictionNotice } from '../results/contradictions.js';
import {
  type Environment,
  environmentFiles,
  joinEnvironments,
  readEnvironment,
} from '../results/environment.js';
import type { RunRecord } from '../results/record.js';
import { isRecordFile, RECORDS } from '../results/record-files.js';
import { latestRecords, readRecords } from '../results/records.js';

/**
 * The results of an experiment that later runs of it are held against. They lie in a folder as a sweep writes it, of which
 * config.yaml, runs.jsonl and environment.json count, with the records of shards and the environments that lie beside these.
 */
export interface Reference extends Matched {
  /** Those that they were computed in, by the names of their files. */
  readonly environments: ReadonlyMap<string, Environment>;
}

/** Records, as far as they are of some runs. */
interface Matched {
  /** The record of each run, by the run's id. */
  readonly records: ReadonlyMap<string, RunRecord>;
  /** Those of other runs. */
  readonly others: readonly RunRecord[];
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
 * @throws UserError where a file is missing, cut off or damaged, or one of these runs has no record
 */
export function readReference(folder: string, runs: readonly Run[]): Reference {
  const sources = sourcesIn(folder);
  if (sources.length === 0) presentFile(folder, RECORDS);
  for (const { place, tornLine } of sources) {
    if (tornLine === undefined) continue;
    throw new UserError(`${place}, line ${tornLine}: it was cut off in writing; ${remedy()}`);
  }
  const [contradiction] = contradictionNotice(folder, sources);
  if (contradiction !== undefined) throw new UserError(`${contradiction}; ${remedy()}`);
  const matched = matchRecords(sources, runs);
  const lacking = runs.length - matched.records.size;
  if (lacking > 0) {
    throw new UserError(
      `${sources.length === 1 ? sources[0].place : folder}: ${lacking} of the ${runs.length} runs that config.yaml gives have no record, and ` +
        `${matched.others.length} records are of other runs, so that records are missing, or the config or a default has changed; ${remedy()}`,
    );
  }
  return { ...matched, environments: readEnvironments(folder) };
}

/**
 * The records that a reference has had until it is renewed, which need not be whole.
 *
 * @param folder the folder of the reference
 * @param runs those that its config gives
 * @throws UserError where one is damaged
 */
export function formerRecords(folder: string, runs: readonly Run[]): Matched {
  return matchRecords(sourcesIn(folder), runs);
}

function sourcesIn(folder: string) {
  return recordNames(folder)
    .map((name) => join(folder, name))
    .map((place) => ({ place, ...readRecords(place) }));
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
 * Finds the record of each run by all of its content but the checksum of the data and what computed it, so that changed data are compared and
 * not taken for other runs. Of several that is its own.
 */
function matchRecords(
  sources: readonly { readonly records: readonly RunRecord[] }[],
  runs: readonly Run[],
): Matched {
  const ids = new Set(runs.map(({ id }) => id));
  const all = [...latestRecords(sources.flatMap((source) => source.records)).values()];
  const ownLast = sortBy(all, [({ id }) => ids.has(id)]);
  const byContent = new Map(ownLast.map((record) => [contentOf(record), record]));
  const records = new Map(
    runs.flatMap((run) => {
      const record = byContent.get(contentOf(run));
      return record ? [[run.id, record] as const] : [];
    }),
  );
  return { records, others: difference(all, [...records.values()]) };
}

export const ENVIRONMENT = 'environment.json';

/** The files of records of a reference: those of shards lie side by side where they were put together. */
export function recordNames(folder: string): string[] {
  const names = existsSync(folder) ? readdirSync(folder) : [];
  return names.filter(isRecordFile).sort();
}

function presentFile(folder: string, name: string): string {
  const file = join(folder, name);
  if (existsSync(file)) return file;
  throw new UserError(`${file}: no such file; expected a reference, the folder of an experiment's results`);
}

function remedy(): string {
  return `restore it, or renew the reference with ${optionName('update')}`;
}

/** What makes a run, but for the checksum of its data and what computes it. */
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
