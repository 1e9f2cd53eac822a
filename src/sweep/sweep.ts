import { join } from 'node:path';
import { uniq } from 'es-toolkit/array/uniq';
import { uniqBy } from 'es-toolkit/array/uniqBy';
import type { Run } from '../config/run.js';
import type { DatasetOutline } from '../data/dataset.js';
import type { SharedDataset } from '../data/shared-dataset.js';
import { hasOneEncoder } from '../detectors/registry.js';
import type { FoundDevice } from '../engine/device.js';
import type { DeviceName } from '../engine/registry.js';
import { UserError } from '../errors.js';
import { grouped } from '../grouped.js';
import type { ExperimentRuns } from '../results/results-folder.js';
import { groupRuns, type RunGroup } from '../runner/groups.js';
import { type Shard, shardOf } from '../runner/shard.js';
import type { ExperimentPlan } from './experiment.js';

/** Experiments to be executed together. */
export interface Sweep<Data extends DatasetOutline = SharedDataset> {
  readonly plans: readonly ExperimentPlan<Data>[];
  /** Each run once, however many experiments have it; those of the shard alone. */
  readonly groups: readonly RunGroup[];
  /** By name: those that they are computed on, as far as they are here, and the CPU. */
  readonly devices: ReadonlyMap<DeviceName, FoundDevice>;
  /** By checksum. */
  readonly datasets: ReadonlyMap<string, Data>;
  readonly shard?: Shard | undefined;
}

/**
 * Puts experiments together, each run once.
 *
 * @param shard the part of the runs that this machine takes; all where it is undefined
 * @throws UserError where two experiments have one name, and so one folder
 */
export function planSweep<Data extends DatasetOutline>(
  plans: readonly ExperimentPlan<Data>[],
  shard?: Shard,
): Sweep<Data> {
  const names = plans.map(({ config }) => config.experiment.name);
  const twice = names.find((name, index) => names.indexOf(name) < index);
  if (twice !== undefined) {
    throw new UserError(
      `two configs have the name ${twice}; give each its own, since their results go into a folder of it`,
    );
  }
  const placed = uniqBy(
    plans.flatMap(({ runs, device }) => runs.map((run) => ({ run, device }))),
    ({ run }) => run.id,
  );
  const datasets = new Map(plans.flatMap((plan) => [...plan.datasets]));
  const groups = [...grouped(placed, ({ device }) => device)].flatMap(([device, members]) =>
    groupRuns(
      members.map(({ run }) => run),
      datasets,
      device,
    ),
  );
  return {
    plans,
    groups: shard ? shardOf(groups, shard, datasets) : groups,
    devices: new Map(plans.flatMap((plan) => [...plan.devices])),
    datasets,
    shard,
  };
}

/** What the authors of a sweep should know of its data and its experiments, each once. */
export function noticesOf({ plans, datasets }: Sweep<DatasetOutline>): string[] {
  const ofData = [...datasets.values()].flatMap(({ notices = [] }) => notices);
  return uniq([...ofData, ...plans.flatMap(({ notices }) => notices)]);
}

/** The experiments of these plans, as far as their results go. */
export function experimentsOf(plans: readonly ExperimentPlan<DatasetOutline>[]): ExperimentRuns[] {
  return plans.map(({ config, runs }) => ({ name: config.experiment.name, runs }));
}

/** Where the first experiment that has a run has its results: its folder in the results folder. */
export function foldersOf(
  directory: string,
  experiments: readonly ExperimentRuns[],
): (run: Pick<Run, 'id'>) => string {
  const names = new Map(
    experiments.toReversed().flatMap(({ name, runs }) => runs.map(({ id }) => [id, name])),
  );
  return ({ id }) => join(directory, names.get(id) ?? '');
}

/** Tells which runs' encoders are to be probed: those that an experiment with diagnostics has, of detectors that train one (`hasOneEncoder`). */
export function diagnosis(plans: readonly ExperimentPlan<DatasetOutline>[]): (run: Run) => boolean {
  const asked = plans.filter(({ config }) => config.experiment.diagnostics !== undefined);
  const ids = new Set(asked.flatMap(({ runs }) => runs.map(({ id }) => id)));
  return ({ id, detector }) => ids.has(id) && hasOneEncoder(detector);
}
