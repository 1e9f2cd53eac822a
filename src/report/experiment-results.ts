import { existsSync, readdirSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { uniq } from 'es-toolkit/array/uniq';
import { UserError } from '../errors.js';
import { grouped } from '../grouped.js';
import { readText } from '../read-file.js';
import type { RunRecord } from '../results/record.js';
import { latestRecords, readRecords, recordFiles } from '../results/records.js';

/** What was found of one experiment. */
export interface ExperimentResults {
  readonly name: string;
  /** One a run. */
  readonly records: readonly RunRecord[];
  /** The resolved config and the environments, each as its file has them. */
  readonly config?: string;
  readonly environments: readonly string[];
  /** The file of anomaly scores of each run that was saved, by id. */
  readonly scores: ReadonlyMap<string, string>;
  /** The files whose last line was cut off in writing and is left out. */
  readonly tornFiles: readonly string[];
}

/**
 * Reads the results in these folders, and in folders within them, or in these files of run records. Files in folders of one name
 * are parts of one experiment, such as those of several machines.
 *
 * @throws UserError where there are no records or something cannot be read
 */
export function readExperiments(paths: readonly string[]): ExperimentResults[] {
  const files = uniq(paths.flatMap(recordsBeneath).map((file) => resolve(file)));
  const experiments = grouped(files, (file) => basename(dirname(file)));
  return [...experiments].map(([name, own]) => readExperiment(name, own));
}

function recordsBeneath(path: string): string[] {
  const files = recordFiles(path);
  if (files.length === 0) {
    throw new UserError(`${path} holds no run records: expected a results folder or a runs.jsonl file`);
  }
  return files;
}

function readExperiment(name: string, files: readonly string[]): ExperimentResults {
  const contents = files.map(readRecords);
  const folders = uniq(files.map((file) => dirname(file)));
  const records = [...latestRecords(contents.flatMap((content) => content.records)).values()];
  const configs = folders.map((folder) => join(folder, 'config.yaml')).filter((file) => existsSync(file));
  return {
    name,
    records,
    ...(configs.length > 0 && { config: resultText(configs[0]) }),
    environments: uniq(folders.flatMap(environmentFiles).map(resultText)),
    scores: new Map(folders.flatMap((folder) => savedScores(folder, records))),
    tornFiles: files.filter((_, index) => contents[index].tornLine !== undefined),
  };
}

function environmentFiles(folder: string): string[] {
  const names = readdirSync(folder).filter((name) => /^environment.*\.json$/.test(name));
  return names.sort().map((name) => join(folder, name));
}

function savedScores(folder: string, records: readonly RunRecord[]): [string, string][] {
  if (!existsSync(join(folder, 'models'))) return [];
  return records
    .map(({ id }): [string, string] => [id, join(folder, 'models', id, 'scores.csv')])
    .filter(([, file]) => existsSync(file));
}

function resultText(file: string): string {
  return readText(file, { what: 'a file of results' }).trimEnd();
}
