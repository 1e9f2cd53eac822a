import { type Run, splitKey } from '../config/run.js';
import type { Dataset } from '../data/dataset.js';
import type { AutoencoderPlan } from '../detectors/options.js';
import { detectorNamed } from '../detectors/registry.js';
import { type DeviceName, type EngineName, engineOf } from '../engine/registry.js';
import { grouped } from '../grouped.js';

/**
 * Runs that start from the same trained autoencoder, or one run that needs none: what is planned, estimated, given to machines and
 * executed as one.
 */
export interface RunGroup {
  /** Tells groups apart, whatever else is executed. */
  readonly key: string;
  readonly plan: AutoencoderPlan | undefined;
  /** What their networks are trained on. */
  readonly device: DeviceName;
  /** Equal for groups whose networks have the same layers and batches, so that a device can train them together; undefined without one. */
  readonly batchKey: string | undefined;
  /** At least one. */
  readonly runs: readonly Run[];
}

/**
 * Groups runs by the autoencoder that they start from: the same split, seed, architecture and schedule. Keeps their order.
 *
 * @param device what their networks are trained on
 * @param datasets by checksum, those of the runs
 */
export function groupRuns(
  runs: readonly Run[],
  datasets: ReadonlyMap<string, Pick<Dataset, 'shape'>>,
  device: DeviceName,
): RunGroup[] {
  const wanting = runs.map((run) => {
    const plan = autoencoderOf(run);
    return { run, plan, key: plan ? autoencoderKey(run, plan) + engineOf(device)[0] : run.id };
  });
  return [...grouped(wanting, (want) => want.key)].map(([key, group]) => ({
    key,
    plan: group[0].plan,
    device,
    batchKey: batchKey(group[0].run, datasets),
    runs: group.map((want) => want.run),
  }));
}

/** The runs of groups, group after group. */
export function runsOf(groups: readonly RunGroup[]): Run[] {
  return groups.flatMap(({ runs }) => runs);
}

/** Groups with the runs that `keeps` says alone, where they have any. */
export function filterRuns(groups: readonly RunGroup[], keeps: (run: Run) => boolean): RunGroup[] {
  return groups
    .map((group) => ({ ...group, runs: group.runs.filter(keeps) }))
    .filter(({ runs }) => runs.length > 0);
}

/**
 * Where all of a run but the training of its autoencoder is computed. What only a core computes would hold up the other runs of a process
 * that executes many together, and so goes to a worker on the CPU.
 */
export function placeOf({ detector }: Run, device: DeviceName): DeviceName {
  const { trains, fitsOnCpu } = detectorNamed(detector.name);
  const { together } = engineOf(device)[1];
  return together && (!trains || fitsOnCpu) ? 'cpu' : device;
}

/** The engine that a run's outcome depends on, which its id names where that is not the native one. */
export function engineOfRun({ detector }: Run, device: DeviceName): EngineName {
  return detectorNamed(detector.name).trains ? engineOf(device)[0] : 'native';
}

/** The autoencoder that a run starts from; undefined where it needs none. */
export function autoencoderOf({ detector }: Run): AutoencoderPlan | undefined {
  return detectorNamed(detector.name).autoencoder?.(detector.options);
}

/** Tells trained autoencoders apart: by all that their weights depend on but the engine. */
export function autoencoderKey(run: Run, plan: AutoencoderPlan): string {
  return splitKey(run) + JSON.stringify(plan, Object.keys(plan).sort());
}

function batchKey(
  { dataChecksum, detector }: Run,
  datasets: ReadonlyMap<string, Pick<Dataset, 'shape'>>,
): string | undefined {
  const trained = detectorNamed(detector.name).trains?.(detector.options);
  return trained && JSON.stringify([datasets.get(dataChecksum)?.shape, trained]);
}
