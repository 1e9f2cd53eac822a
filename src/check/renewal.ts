import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { omit } from 'es-toolkit/object/omit';
import type { Dataset } from '../data/dataset.js';
import { UserError } from '../errors.js';
import { writeFileAtomic } from '../files/write-file.js';
import { PAGE } from '../report/experiment-results.js';
import { environment, forgetEnvironments, writeEnvironment } from '../results/environment.js';
import { jsonLines } from '../results/json-lines.js';
import { CONFIG_FILE, forgetKept } from '../results/kept-file.js';
import { LOCK, type Lock, lock } from '../results/lock.js';
import type { RunRecord } from '../results/record.js';
import { RECORDS } from '../results/record-files.js';
import { writeTables } from '../results/tables.js';
import {
  latestTraces,
  plainTrace,
  type RunTrace,
  traceFile,
  traceFiles,
  tracesIn,
} from '../results/trace.js';
import { forgetRepetitions } from '../results/verification.js';
import type { ExperimentPlan } from '../sweep/experiment.js';
import { ENVIRONMENT, formerRecords, recordNames } from './reference.js';

/** What became of a reference that was to be renewed. */
export interface Renewal {
  /** The records of its runs, in their order; where not all are done, the reference stays as it is. */
  readonly records: readonly RunRecord[];
  /** How many records it has of runs that its config does not give, which it keeps. */
  readonly others: number;
}

/**
 * Keeps others from writing into the folder of a reference.
 *
 * @throws UserError where another process writes there, or may
 */
export function lockReference(folder: string): Lock {
  const alone = lock(join(folder, LOCK));
  if (alone.doubt === undefined) return alone;
  alone.release();
  throw new UserError(
    `${alone.doubt}, and nobody else may write to a reference that is renewed: renew a copy of it elsewhere`,
  );
}

/**
 * Renews all of a reference but its config, each file at once: traces, where there are some, the records, then the tables, and the page and
 * plots where these are there. Cut short, it still holds all of its former records. What was made with the former runs, as their models and
 * repetitions, is removed; what is of other runs stays. Times, machines and builds are left out, so that only what counts ever changes. Records and
 * traces of shards become one file.
 *
 * @throws UserError where a file is damaged, or cannot be written
 */
export async function writeReference(
  folder: string,
  { runs, datasets }: Pick<ExperimentPlan, 'runs' | 'datasets'>,
  records: readonly RunRecord[],
  traces: readonly RunTrace[],
): Promise<void> {
  const former = formerRecords(folder, runs);
  const renewed = records.map(({ build: _, ...record }): RunRecord => ({ ...record, seconds: {} }));
  const ids = new Set([...former.records.values(), ...renewed].map(({ id }) => id));
  if (former.others.length === 0) {
    await forgetKept(folder, CONFIG_FILE);
    await forgetEnvironments(folder);
  }
  await writeEnvironment(join(folder, ENVIRONMENT), environment(records, datasets.values()));
  await forgetRepetitions(folder, ids);
  await Promise.all([...ids].map((id) => rm(join(folder, 'models', id), { recursive: true, force: true })));
  const byRun = latestTraces(traces);
  await renewTraces(
    folder,
    ids,
    records.flatMap(({ id }) => byRun.get(id) ?? []),
  );
  await writeFileAtomic(join(folder, RECORDS), jsonLines([...renewed, ...former.others]));
  const parts = recordNames(folder).filter((name) => name !== RECORDS);
  await Promise.all(parts.map((name) => rm(join(folder, name), { force: true })));
  if (existsSync(join(folder, PAGE))) {
    const { reportExperiment } = await import('../report/report.js');
    await reportExperiment(
      folder,
      renewed,
      async ({ dataChecksum }) => datasets.get(dataChecksum) as Dataset,
    );
  } else await writeTables(renewed, folder);
}

/** Writes traces of runs in the place of former ones, where there are any, into one file with those of other runs. */
async function renewTraces(
  folder: string,
  ids: ReadonlySet<string>,
  traces: readonly RunTrace[],
): Promise<void> {
  const files = traceFiles(folder);
  if (files.length === 0) return;
  const others = [...latestTraces(tracesIn([folder])).values()].filter(({ run }) => !ids.has(run));
  const renewed = traces.map((trace) => omit(trace, ['machine']));
  const whole = traceFile(join(folder, RECORDS));
  await writeFileAtomic(whole, jsonLines([...renewed, ...others].map(plainTrace)));
  const parts = files.filter((file) => file !== whole);
  await Promise.all(parts.map((file) => rm(file, { force: true })));
}
