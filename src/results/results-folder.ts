import { existsSync, lstatSync, statSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { differenceWith } from 'es-toolkit/array/differenceWith';
import { partition } from 'es-toolkit/array/partition';
import { uniq } from 'es-toolkit/array/uniq';
import { isEqual } from 'es-toolkit/predicate/isEqual';
import type { Run } from '../config/run.js';
import { UserError } from '../errors.js';
import { expectPlace, makeFolder } from '../files/folders.js';
import { removeUnfinished } from '../files/write-file.js';
import { namesProcess, processName } from '../process-name.js';
import { contradictionNotice } from './contradictions.js';
import {
  type Environment,
  environmentFile,
  environmentsIn,
  forgetEnvironments,
  writeEnvironment,
} from './environment.js';
import { tornNotice } from './json-lines.js';
import { LOCK, type Lock, Locked, lock } from './lock.js';
import type { RunRecord } from './record.js';
import { RECORDS, recordFilesBeneath, recordFilesIn } from './record-files.js';
import { appendRecords, type FolderFile, keepLatest, latestRecords, readRecords } from './records.js';
import {
  appendTraces,
  latestTraces,
  type RunTrace,
  readTraces,
  type Trace,
  traceFile,
  traceFiles,
} from './trace.js';

/** An experiment as far as its results go. */
export interface ExperimentRuns {
  /** The folder of its results, within the results folder. */
  readonly name: string;
  readonly runs: readonly Pick<Run, 'id'>[];
}

/** One of several processes that write the same results at the same time, each its own files. */
export interface Part {
  /** In the names of its files, before that of the process where it is not one. */
  readonly name: string;
  /** Whether a second one of this name is kept out, as well as locks can, and by who writes there alone. */
  readonly once: boolean;
}

/**
 * The folders of some experiments in a results folder, a folder an experiment, with every record of the experiment's runs and the traces
 * beside them: those of a run in several experiments lie in each. Nobody writes to a file that another process may be writing:
 * runs.jsonl is for one that is surely alone, any other appends to files of a name of its own. All are read together, where a run that
 * was executed twice is one. Beside each lie the environments that its records were computed in, from before the first record on.
 */
export class ResultsFolder {
  /**
   * @param records the latest record of every run that has one, by id; one in the experiments' own folders before others
   * @param notices what was left out or passed over, in words
   * @param files where the record of each run goes, by id
   * @param paths the file of each experiment, by its name
   * @param read what all files hold now
   */
  private constructor(
    readonly records: Map<string, RunRecord>,
    readonly notices: readonly string[],
    private readonly files: ReadonlyMap<string, readonly OwnFile[]>,
    private readonly paths: ReadonlyMap<string, string>,
    private readonly locks: Lock[],
    private readonly read: () => FolderContent,
  ) {}

  /**
   * Locks the folders of the experiments, removes what was left half written, and copies records of these runs, with their traces and
   * the environments there, that only other experiments have; a part copies nothing.
   *
   * @throws UserError where another process writes these results, a record or a trace is damaged, or nothing can be written
   */
  static async open(
    directory: string,
    experiments: readonly ExperimentRuns[],
    part?: Part,
  ): Promise<ResultsFolder> {
    const folders = experiments.map(({ name }) => join(directory, name));
    const locks: Lock[] = [];
    const lockIn = (folder: string) => {
      makeFolder(folder);
      try {
        const taken = lock(join(folder, LOCK), part !== undefined);
        locks.push(taken);
        if (part?.once) locks.push(lock(join(folder, `${LOCK}.${part.name}`)));
        return taken.doubt;
      } catch (error) {
        // A part that may be there several times writes beside who is alone as well.
        if (error instanceof Locked && part?.once === false) return undefined;
        throw error;
      }
    };
    const ownName =
      part && namesProcess(part.name) ? part.name : [part?.name, processName()].filter(Boolean).join('.');
    try {
      const doubts = folders.map(lockIn);
      for (const folder of folders) await removeLeftovers(folder);
      const read = () => ownLast(readFolder(directory, folders), folders);
      const found = read();
      const records = latestRecords(recordsOf(found));
      // Of others' files the last line may be one that is being written now.
      const notices = [...(part ? [] : found.notices), ...contradictionsIn(found, directory, experiments)];
      const files = new Map<string, OwnFile[]>();
      const paths = new Map<string, string>();
      for (const [index, { name, runs }] of experiments.entries()) {
        const [folder, doubt] = [folders[index], doubts[index]];
        const plain = join(folder, RECORDS);
        const torn = part
          ? []
          : [
              ...tornNotice(readRecords(plain), plain),
              ...tornNotice(readTraces(traceFile(plain)), traceFile(plain)),
            ];
        notices.push(...torn);
        if (!part && doubt !== undefined) notices.push(`${doubt}: records go to a file of their own`);
        const isAlone = !part && doubt === undefined && torn.length === 0;
        const path = isAlone ? plain : join(folder, `runs.${ownName}.jsonl`);
        paths.set(name, path);
        const own = found.contents.filter(({ file }) => dirname(file) === folder);
        const held = latestRecords(own.flatMap(({ content }) => content.records));
        const lacking = runs.flatMap(({ id }) => {
          const record = records.get(id);
          return record && record.status !== held.get(id)?.status ? [record] : [];
        });
        if (isAlone && own.every(({ content }) => content.records.length === 0))
          await forgetEnvironments(folder);
        if (!part && lacking.length > 0) {
          for (const each of environmentsOf(lacking, found.contents)) {
            await writeEnvironment(environmentFile(path), each);
          }
          await appendTraces(traceFile(path), tracesOf(lacking, found.contents));
          await appendRecords(path, lacking);
        }
        const file = new OwnFile(path, () => runs.flatMap(({ id }) => records.get(id) ?? []));
        for (const { id } of runs) files.set(id, [...(files.get(id) ?? []), file]);
      }
      return new ResultsFolder(records, uniq(notices), files, paths, locks, read);
    } catch (error) {
      for (const each of locks) each.release();
      throw error;
    }
  }

  /**
   * Takes in what others have written since.
   *
   * @throws UserError where a record is damaged
   */
  refresh(): void {
    for (const record of recordsOf(this.read())) keepLatest(this.records, record);
  }

  /**
   * Appends the record of one of the experiments' runs, and before that its trace and the environment it was computed in. Resolves once the record is on the disk; no other may
   * be appended before.
   *
   * @param environment the same as of other records, but for what was computed
   * @throws UserError where one of them cannot be written, and there is no record then that lacks what is to lie beside it: its run is executed
   *   again; or where somebody else has changed the file of records meanwhile: the record is kept even then, as far as it can be
   */
  async append(record: RunRecord, environment: Environment, trace?: Trace): Promise<void> {
    keepLatest(this.records, record);
    const traces = trace ? [{ run: record.id, ...trace }] : [];
    for (const file of this.files.get(record.id) ?? []) {
      const beside = [file.note(environment), appendTraces(traceFile(file.path), traces)];
      const [failure] = (await Promise.allSettled(beside)).flatMap((each) =>
        each.status === 'rejected' ? [each.reason] : [],
      );
      const isThere = failure === undefined && (await file.append(record));
      // Whoever has removed the folder has taken what lies beside the records too.
      if (!isThere) await this.secure(traces);
      if (failure !== undefined) throw failure;
    }
  }

  /**
   * Makes sure that the files of all experiments are there with their records, since whoever removes the folder of one may have removed those of
   * others too. The records of those that are not are written into other files, once: what comes after goes there too.
   *
   * @param traces that were just written, and may be gone
   * @throws UserError where something else has changed one since the last time
   */
  async secure(traces: readonly RunTrace[] = []): Promise<void> {
    const said: string[] = [];
    for (const file of new Set([...this.files.values()].flat())) {
      if (file.isAsExpected()) continue;
      said.push(await file.rescue(traces.filter(({ run }) => this.files.get(run)?.includes(file))));
    }
    if (said.length > 0) throw new UserError(said.join('\n'));
  }

  /** The folder of the first experiment that has a run. */
  directoryOf({ id }: Pick<Run, 'id'>): string {
    return dirname(this.files.get(id)?.[0].path ?? '');
  }

  /** The file of an experiment that this process appends records to. */
  fileOf(experiment: string): string {
    return this.paths.get(experiment) ?? '';
  }

  /** Lets others write; a second call does nothing. */
  close(): void {
    for (const each of this.locks.splice(0)) each.release();
  }
}

/** A file of records that this process alone appends to. */
class OwnFile {
  private expected: FileState | undefined;
  /** The environments of its records, by their JSON. */
  private readonly environments: Map<string, Environment>;
  /** Which of them this process has written beside it. */
  private readonly noted = new Set<string>();

  /** @param records all that belong into it, as far as they are known */
  constructor(
    /** Another one after a rescue. */
    public path: string,
    private readonly records: () => readonly RunRecord[],
  ) {
    this.expected = stateOf(path);
    this.environments = new Map(environmentsIn(dirname(path)).map((each) => [JSON.stringify(each), each]));
  }

  /** Writes an environment beside it, unless that was done before. */
  async note(environment: Environment): Promise<void> {
    const text = JSON.stringify(environment);
    this.environments.set(text, environment);
    if (this.noted.has(text)) return;
    await writeEnvironment(environmentFile(this.path), environment);
    this.noted.add(text);
  }

  /** Whether the file, or its folder where there is none yet, is as this process has left it. */
  isAsExpected(): boolean {
    return existsSync(dirname(this.path)) && isEqual(stateOf(this.path), this.expected);
  }

  /**
   * Appends a record.
   *
   * @returns whether the file is the one of before, as long as it was, with the record behind
   * @throws UserError where it cannot be written
   */
  async append(record: RunRecord): Promise<boolean> {
    if (!this.isAsExpected()) return false;
    const [before, bytes] = [this.expected, await appendRecords(this.path, [record])];
    const after = stateOf(this.path);
    const isOurs = after?.size === (before?.size ?? 0) + bytes && (!before || after.inode === before.inode);
    if (isOurs) this.expected = after;
    return isOurs;
  }

  /**
   * Writes all records into another file, which is read beside this one and is the one to append to from then on, and beside that their
   * environments that are gone; the folder is made where it is too.
   *
   * @returns what has happened, in words
   */
  async rescue(traces: readonly RunTrace[]): Promise<string> {
    const folder = dirname(this.path);
    const file = join(folder, `runs.rescued.${processName()}.jsonl`);
    const event = `${this.path} was removed, replaced or changed by something else while its runs were executed`;
    const besides = existsSync(folder) ? '' : ' (what else its folder held is lost)';
    const records = this.records();
    try {
      makeFolder(folder);
      const lost = differenceWith([...this.environments.values()], environmentsIn(folder), isEqual);
      for (const each of lost) await writeEnvironment(environmentFile(file), each);
      await appendTraces(traceFile(file), traces);
      await appendRecords(file, records);
      this.path = file;
      this.expected = stateOf(file);
      this.noted.clear();
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      return `${event}, and their records cannot be written again (${error.message}): the same command executes what is lost`;
    }
    const kept = records.length === 0 ? 'none has a record yet' : `all of their records are in ${file}`;
    return `${event}; ${kept}${besides}, and the same command goes on from there`;
  }
}

/** What tells a file from another, and from itself when it is changed. */
interface FileState {
  readonly inode: bigint;
  readonly size: number;
}

/** The state of a file; undefined where there is none. */
function stateOf(path: string): FileState | undefined {
  const stats = statSync(path, { bigint: true, throwIfNoEntry: false });
  return stats && { inode: stats.ino, size: Number(stats.size) };
}

/**
 * The latest record of each run in a results folder, by id, which is only read; none where there is no folder.
 *
 * @param experiments those whose folders count also where they are links
 * @param found what the folder holds, where that was read before
 */
export function recordsIn(
  directory: string,
  experiments: readonly Pick<ExperimentRuns, 'name'>[] = [],
  found = contentOf(directory, experiments),
): ReadonlyMap<string, RunRecord> {
  return latestRecords(recordsOf(found));
}

/** `recordsIn`, and what was left out or passed over, or is to be said of records of these experiments that contradict each other. */
export function resultsIn(
  directory: string,
  experiments: readonly ExperimentRuns[],
  found = contentOf(directory, experiments),
): Pick<ResultsFolder, 'records' | 'notices'> {
  return {
    records: latestRecords(recordsOf(found)),
    notices: [...found.notices, ...contradictionsIn(found, directory, experiments)],
  };
}

/**
 * The files of records in a results folder, which need not be there: of a hundred thousand records it takes a while to read them.
 *
 * @param experiments those whose folders count also where they are links
 */
export function contentOf(
  directory: string,
  experiments: readonly Pick<ExperimentRuns, 'name'>[],
): FolderContent {
  expectPlace(directory);
  if (!existsSync(directory)) return { contents: [], notices: [] };
  const folders = uniq(experiments.map(({ name }) => join(directory, name)));
  return readFolder(directory, folders.filter(existsSync));
}

function contradictionsIn(
  found: FolderContent,
  directory: string,
  experiments: readonly ExperimentRuns[],
): string[] {
  return experiments.flatMap(({ name, runs }) => {
    const ids = new Set(runs.map(({ id }) => id));
    const sources = ownLast(found, [join(directory, name)]).contents.map(({ file, content }) => ({
      place: file,
      records: content.records.filter(({ id }) => ids.has(id)),
    }));
    return contradictionNotice(name, sources);
  });
}

/** The files in the folders of experiments behind all others, so that their records count where they are done in both. */
function ownLast({ contents, notices }: FolderContent, folders: readonly string[]): FolderContent {
  const [own, others] = partition(contents, ({ file }) => folders.includes(dirname(file)));
  return { contents: [...others, ...own], notices };
}

/** The traces that lie beside any of these files of records, of these runs. */
function tracesOf(runs: readonly Run[], contents: FolderContent['contents']): RunTrace[] {
  const folders = uniq(contents.map(({ file }) => dirname(file)));
  const files = folders.flatMap(traceFiles);
  const traces = latestTraces(files.flatMap((file) => readTraces(file).values));
  return runs.flatMap(({ id }) => traces.get(id) ?? []);
}

/** The environments in the folders that have a record of any of these runs. */
function environmentsOf(runs: readonly Run[], contents: FolderContent['contents']): Environment[] {
  const ids = new Set(runs.map(({ id }) => id));
  const sources = contents.filter(({ content }) => content.records.some(({ id }) => ids.has(id)));
  return uniq(sources.map(({ file }) => dirname(file))).flatMap(environmentsIn);
}

/** What is in the files of records of a results folder. */
export interface FolderContent {
  readonly contents: readonly FolderFile[];
  readonly notices: readonly string[];
}

function recordsOf({ contents }: FolderContent): RunRecord[] {
  return contents.flatMap(({ content }) => content.records);
}

/**
 * The files of records in the experiments' folders. Those further down, such as references, are no results of this folder.
 *
 * @param own folders of experiments that may be links
 */
function readFolder(directory: string, own: readonly string[]): FolderContent {
  const found = recordFilesBeneath(directory);
  const linked = own.filter((folder) => lstatSync(folder).isSymbolicLink()).map(recordFilesIn);
  const files = [...found.files, ...linked.flatMap(({ files }) => files)];
  const contents = files.map((file) => ({ file, content: readRecords(file) }));
  return {
    contents,
    notices: [
      // Of others the last line may be one that is being written now.
      ...contents.flatMap(({ file, content }) =>
        own.includes(dirname(file)) ? tornNotice(content, file) : [],
      ),
      ...found.notices.filter((notice) => !own.some((folder) => notice.startsWith(`${folder} `))),
      ...linked.flatMap(({ notices }) => notices),
    ],
  };
}

/** Removes what commands that were killed left half written in the folder of an experiment. */
async function removeLeftovers(folder: string): Promise<void> {
  const models = join(folder, 'models');
  const runs = await readdir(models).catch(() => []);
  for (const each of [folder, join(folder, 'plots'), ...runs.map((run) => join(models, run))]) {
    await removeUnfinished(each);
  }
}
