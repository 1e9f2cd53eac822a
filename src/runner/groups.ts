import { groupBy } from 'es-toolkit/array/groupBy';
import { type Run, splitKey } from '../config/run.js';
import type { Dataset } from '../data/dataset.js';
import type { AutoencoderPlan } from '../detectors/options.js';
import { detectorNamed } from '../detectors/registry.js';

/**
 * Runs that start from the same trained autoencoder, or one run that needs none: what is planned, estimated, given to machines and
 * executed as one.
 */
export interface RunGroup {
  /** Tells groups apart, whatever else is executed. */
  readonly key: string;
  readonly plan: AutoencoderPlan | undefined;
  /** Equal for groups whose networks have the same layers and batches, so that a device can train them together; undefined without one. */
  readonly batchKey: string | undefined;
  /** At least one. */
  readonly runs: readonly Run[];
}

/**
 * Groups runs by the autoencoder that they start from: the same split, seed, architecture and schedule. Keeps their order.
 *
 * @param datasets by checksum, those of the runs
 */
export function groupRuns(
  runs: readonly Run[],
  datasets: ReadonlyMap<string, Pick<Dataset, 'shape'>>,
): RunGroup[] {
  const wanting = runs.map((run) => {
    const plan = autoencoderOf(run);
    return { run, plan, key: plan ? autoencoderKey(run, plan) : run.id };
  });
  return Object.entries(groupBy(wanting, (want) => want.key)).map(([key, group]) => ({
    key,
    plan: group[0].plan,
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
