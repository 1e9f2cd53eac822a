import { existsSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { uniq } from 'es-toolkit/array/uniq';
import { uniqBy } from 'es-toolkit/array/uniqBy';
import { UserError } from '../errors.js';
import { readText } from '../files/read-file.js';
import { grouped } from '../grouped.js';
import { contradictionNotice } from '../results/contradictions.js';
import { environmentFiles, joinTexts } from '../results/environment.js';
import { type JsonLines, tornNotice } from '../results/json-lines.js';
import { CONFIG_FILE, keptBeside } from '../results/kept-file.js';
import type { RunRecord } from '../results/record.js';
import { type FoundFiles, recordFiles } from '../results/record-files.js';
import { latestRecords, type RecordFile, readRecords } from '../results/records.js';
import { latestTraces, type RunTrace, readTraces, type Trace, traceFiles } from '../results/trace.js';
import { latestRepetitions, type Repetition, readVerification } from '../results/verification.js';
import { inPlanOrder } from './record-order.js';

/** The name of a report's page, beside which each experiment may have a folder of its name. */
export const PAGE = 'report.html';

/** What was found of one experiment. */
export interface ExperimentResults {
  readonly name: string;
  /** One a run. */
  readonly records: readonly RunRecord[];
  /** The resolved configs and the environments, as their files have them. */
  readonly configs: readonly ResultConfig[];
  readonly environments: readonly string[];
  /** What happened inside the runs that left it, by id. */
  readonly traces: ReadonlyMap<string, Trace>;
  /** The file of anomaly scores of each run that was saved, by id. */
  readonly scores: ReadonlyMap<string, string>;
  /** The runs that were executed twice, to compare. */
  readonly repetitions: readonly Repetition[];
  /** What is to be said of runs that have results which contradict each other. */
  readonly contradictions: readonly string[];
}

/** A resolved config that runs are of. */
export interface ResultConfig {
  readonly file: string;
  readonly content: string;
}

/** What was found in some folders. */
export interface FoundResults {
  readonly experiments: readonly ExperimentResults[];
  /** What was left out or passed over, in words. */
  readonly notices: readonly string[];
}

/**
 * Reads the results in these folders, and in the folders in them, or in these files of run records. Files in folders of one name
 * are parts of one experiment, such as those of several machines.
 *
 * @throws UserError where there are no records or one cannot be read, or a folder of them has the name of a report's page
 */
export function readExperiments(paths: readonly string[]): FoundResults {
  const found = paths.map(recordsBeneath);
  const files = uniqBy(
    found.flatMap((beneath) => beneath.files),
    (file) => resolve(file),
  );
  const contents = new Map(files.map((file) => [file, readRecords(file)]));
  const folders = uniq(files.map((file) => dirname(file)));
  const traces = new Map(folders.flatMap(traceFiles).map((file) => [file, readTraces(file)]));
  const torn = [...contents, ...traces].flatMap(([file, content]) => tornNotice(content, file));
  const experiments = [...grouped(contents, ([file]) => basename(dirname(resolve(file))))].map(
    ([name, own]) => readExperiment(name, own, traces),
  );
  const contradictions = [
    ...experiments.flatMap((each) => each.contradictions),
    ...acrossExperiments(experiments),
  ];
  return {
    experiments,
    notices: uniq([...found.flatMap(({ notices }) => notices), ...torn, ...contradictions]),
  };
}

/** The runs of several experiments, one record a run. */
export function runsOfAll(experiments: readonly Pick<ExperimentResults, 'records'>[]): RunRecord[] {
  return [...latestRecords(experiments.flatMap(({ records }) => records)).values()];
}

function acrossExperiments(experiments: readonly ExperimentResults[]): string[] {
  const sources = experiments.map(({ name, records }) => ({ place: name, records }));
  return contradictionNotice('Experiments beside each other', sources);
}

function recordsBeneath(path: string): FoundFiles {
  const found = recordFiles(path);
  if (found.files.length > 0) return found;
  const passed = found.notices.map((notice) => `; ${notice}`).join('');
  throw new UserError(
    `${path} holds no run records: expected a results folder or a runs.jsonl file${passed}`,
  );
}

function readExperiment(
  name: string,
  own: readonly (readonly [string, RecordFile])[],
  traces: ReadonlyMap<string, JsonLines<RunTrace>>,
): ExperimentResults {
  const [files, contents] = [own.map(([file]) => file), own.map(([, content]) => content)];
  if (name === PAGE) {
    throw new UserError(`${dirname(files[0])}: the page of a report has that name; rename the folder`);
  }
  const folders = uniq(files.map((file) => dirname(file)));
  const configs = uniqBy(folders.flatMap(configsIn), ({ content }) => content);
  const latest = latestRecords(contents.flatMap((content) => content.records)).values();
  const records = inPlanOrder([...latest], configs[0]);
  return {
    name,
    records,
    configs,
    environments: joinTexts(folders.flatMap(environmentFiles).map(resultText)),
    traces: latestTraces(
      [...traces].flatMap(([file, { values }]) => (folders.includes(dirname(file)) ? values : [])),
    ),
    repetitions: latestRepetitions(folders.flatMap(readVerification)),
    contradictions: contradictionNotice(
      name,
      own.map(([place, { records }]) => ({ place, records })),
    ),
    scores: new Map(folders.flatMap((folder) => savedScores(folder, records))),
  };
}

function configsIn(folder: string): ResultConfig[] {
  const latest = join(folder, CONFIG_FILE);
  const files = [...(existsSync(latest) ? [latest] : []), ...keptBeside(folder, CONFIG_FILE)];
  return files.map((file) => ({ file, content: resultText(file) }));
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
