import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { dirname, join, relative, sep } from 'node:path';
import type { Run } from '../config/run.js';
import { makeFolder } from '../folders.js';
import { removeUnfinished } from '../write-file.js';
import { lock } from './lock.js';
import type { RunRecord } from './record.js';
import {
  appendRecords,
  keepLatest,
  latestRecords,
  type RecordFile,
  readRecords,
  recordFiles,
  recoverRecords,
} from './records.js';

/** An experiment as far as its results go. */
export interface ExperimentRuns {
  /** The folder of its results, within the results folder. */
  readonly name: string;
  readonly runs: readonly Run[];
}

/** Part `index` of `count`, from 1: the runs of one machine of several. */
export interface Shard {
  readonly index: number;
  readonly count: number;
}

/**
 * A results folder while this process alone writes to it, or this shard alone to its files. It has a folder an experiment, with
 * every record of the experiment's runs: that of a run in several experiments lies in each.
 */
export class ResultsFolder {
  /**
   * @param records the latest record of every run that has one, by id
   * @param tornLines the files and lines that were cut off in writing, and are left out
   * @param files where the record of each run goes, by id
   */
  private constructor(
    readonly records: Map<string, RunRecord>,
    readonly tornLines: readonly string[],
    private readonly files: ReadonlyMap<string, readonly string[]>,
    private readonly unlock: (() => void)[],
  ) {}

  /**
   * Locks the folder, removes what was left half written, cuts torn lines off, and copies records of these runs that only other experiments have.
   *
   * @throws UserError where another process writes these results, a record is damaged, or nothing can be written
   */
  static async open(
    directory: string,
    experiments: readonly ExperimentRuns[],
    shard?: Shard,
  ): Promise<ResultsFolder> {
    for (const { name } of experiments) makeFolder(join(directory, name));
    const part = shard ? `.${shard.index}-of-${shard.count}` : '';
    const lockFile = join(directory, '.lock');
    const unlock = [lock(lockFile, shard !== undefined), ...(shard ? [lock(`${lockFile}${part}`)] : [])];

    const fileOf = (name: string) => join(directory, name, `runs${part}.jsonl`);
    const files = new Map<string, string[]>();
    for (const { name, runs } of experiments) {
      for (const { id } of runs) files.set(id, [...(files.get(id) ?? []), fileOf(name)]);
    }
    try {
      if (!shard) for (const { name } of experiments) await removeLeftovers(join(directory, name));
      const torn = experiments.flatMap(({ name }) => tornLineOf(recoverRecords(fileOf(name)), fileOf(name)));
      const found = readFolder(directory);
      const tornLines = [...torn, ...found.flatMap(({ file, content }) => tornLineOf(content, file))];
      const records = latestRecords(found.flatMap(({ content }) => content.records));
      for (const { name, runs } of experiments) {
        const own = found.filter(({ file }) => dirname(file) === join(directory, name));
        const held = latestRecords(own.flatMap(({ content }) => content.records));
        const lacking = runs.flatMap(({ id }) => {
          const record = records.get(id);
          return record && record.status !== held.get(id)?.status ? [record] : [];
        });
        if (lacking.length > 0) await appendRecords(fileOf(name), lacking);
      }
      return new ResultsFolder(records, tornLines, files, unlock);
    } catch (error) {
      for (const each of unlock) each();
      throw error;
    }
  }

  /**
   * Appends the record of one of the experiments' runs. Resolves once it is on the disk; no other may be appended before.
   *
   * @throws UserError where it cannot be written
   */
  async append(record: RunRecord): Promise<void> {
    for (const file of this.files.get(record.id) ?? []) await appendRecords(file, [record]);
    keepLatest(this.records, record);
  }

  /** The folder of the first experiment that has a run. */
  directoryOf({ id }: Run): string {
    return dirname(this.files.get(id)?.[0] ?? '');
  }

  /** Lets others write; a second call does nothing. */
  close(): void {
    for (const unlock of this.unlock.splice(0)) unlock();
  }
}

/** The latest record of each run in a results folder, by id, which is only read; none where there is no folder. */
export function recordsIn(directory: string): ReadonlyMap<string, RunRecord> {
  const files = existsSync(directory) ? readFolder(directory) : [];
  return latestRecords(files.flatMap(({ content }) => content.records));
}

/** The files of records in the experiments' folders. Those further down, such as references, are no results of this folder. */
function readFolder(directory: string): { readonly file: string; readonly content: RecordFile }[] {
  return recordFiles(directory)
    .filter((file) => relative(directory, file).split(sep).length === 2)
    .map((file) => ({ file, content: readRecords(file) }));
}

/** Removes what commands that were killed left half written in the folder of an experiment, which no other process writes now. */
async function removeLeftovers(folder: string): Promise<void> {
  const models = join(folder, 'models');
  const runs = await readdir(models).catch(() => []);
  for (const each of [folder, join(folder, 'plots'), ...runs.map((run) => join(models, run))]) {
    await removeUnfinished(each, 0);
  }
}

function tornLineOf({ tornLine }: RecordFile, file: string): string[] {
  return tornLine === undefined ? [] : [`${file}, line ${tornLine}`];
}
