import { existsSync } from 'node:fs';
import { dirname, join, relative, sep } from 'node:path';
import type { Run } from '../config/run.js';
import { makeFolder } from '../folders.js';
import { lock } from './lock.js';
import type { RunRecord } from './record.js';
import {
  appendRecords,
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
  /** The latest record of every run that has one, by id. */
  readonly records: Map<string, RunRecord>;
  /** The files and lines that were cut off in writing, and are left out. */
  readonly tornLines: readonly string[];
  /** Where the record of each run goes, by id. */
  private readonly files = new Map<string, string[]>();
  private readonly unlock: (() => void)[];

  /**
   * Locks the folder, cuts torn lines off, and copies records of these runs that only other experiments have.
   *
   * @throws UserError where another process writes these results, a record is damaged, or nothing can be written
   */
  constructor(directory: string, experiments: readonly ExperimentRuns[], shard?: Shard) {
    for (const { name } of experiments) makeFolder(join(directory, name), 'give another --out');
    const part = shard ? `.${shard.index}-of-${shard.count}` : '';
    const lockFile = join(directory, '.lock');
    this.unlock = [lock(lockFile, shard !== undefined), ...(shard ? [lock(`${lockFile}${part}`)] : [])];

    const fileOf = (name: string) => join(directory, name, `runs${part}.jsonl`);
    for (const { name, runs } of experiments) {
      for (const { id } of runs) this.files.set(id, [...(this.files.get(id) ?? []), fileOf(name)]);
    }
    try {
      const torn = experiments.flatMap(({ name }) => tornLineOf(recoverRecords(fileOf(name)), fileOf(name)));
      const files = readFolder(directory);
      this.tornLines = [...torn, ...files.flatMap(({ file, content }) => tornLineOf(content, file))];
      this.records = latestRecords(files.flatMap(({ content }) => content.records));
      for (const { name, runs } of experiments) {
        const own = files.filter(({ file }) => dirname(file) === join(directory, name));
        const held = latestRecords(own.flatMap(({ content }) => content.records));
        const lacking = runs.flatMap(({ id }) => (held.has(id) ? [] : (this.records.get(id) ?? [])));
        if (lacking.length > 0) appendRecords(fileOf(name), lacking);
      }
    } catch (error) {
      this.close();
      throw error;
    }
  }

  /**
   * Appends the record of one of the experiments' runs, on the disk before this returns.
   *
   * @throws UserError where it cannot be written
   */
  append(record: RunRecord): void {
    for (const file of this.files.get(record.id) ?? []) appendRecords(file, [record]);
    this.records.set(record.id, record);
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

function tornLineOf({ tornLine }: RecordFile, file: string): string[] {
  return tornLine === undefined ? [] : [`${file}, line ${tornLine}`];
}
