import { difference } from 'es-toolkit/array/difference';
import type { DatasetOutline } from '../data/dataset.js';
import { resultsIn } from '../results/results-folder.js';
import { type Capacities, capacitiesFor } from '../runner/capacity.js';
import { estimateFrom, expectedSeconds } from '../runner/estimate.js';
import { runsOf } from '../runner/groups.js';
import type { RunOptions } from '../runner/runner.js';
import { counts, lackingOf, type PendingOptions, pendingOf, settledUnless } from './pending.js';
import { experimentsOf, type Sweep } from './sweep.js';

/** How far a sweep is, and what is left of it. */
export interface Forecast {
  readonly runs: number;
  /** Those that stay as they are, by their status. */
  readonly done: number;
  readonly failed: number;
  /** Those that are to be executed. */
  readonly pending: number;
  /** How many of these have a record: they failed, or lack a model or the probes of an encoder. */
  readonly repeated: number;
  /** What would be executed at a time. */
  readonly capacities: Capacities;
  /** Expected wall seconds of the pending runs. */
  readonly seconds: number;
  /** Earlier records that tell of them; 0 where the seconds are a guess. */
  readonly earlier: number;
  /** What of the records is left out, or is to be said of them, in words. */
  readonly notices: readonly string[];
}

/**
 * Says how far a sweep is and how long the rest will take, and changes nothing.
 *
 * @throws UserError where a record is damaged
 */
export async function forecastSweep(
  sweep: Sweep<DatasetOutline>,
  { directory, jobs, retryFailed, saveModels }: PendingOptions & Pick<RunOptions, 'jobs'>,
): Promise<Forecast> {
  const { records, notices } = resultsIn(directory, experimentsOf(sweep.plans));
  const lacks = lackingOf(sweep, directory, saveModels);
  const pending = pendingOf(sweep.groups, records, settledUnless(retryFailed), lacks);
  const estimate = estimateFrom(records.values(), sweep.datasets);
  const [runs, toDo] = [runsOf(sweep.groups), runsOf(pending)];
  const capacities = await capacitiesFor(pending, jobs);
  return {
    runs: runs.length,
    ...counts(difference(runs, toDo), records),
    pending: toDo.length,
    repeated: toDo.filter(({ id }) => records.has(id)).length,
    capacities,
    seconds: expectedSeconds(pending, estimate, capacities),
    earlier: records.size,
    notices,
  };
}
