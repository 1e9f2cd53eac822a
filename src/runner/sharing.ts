import { groupBy } from 'es-toolkit/array/groupBy';
import { type Run, splitKey } from '../config/run.js';
import type { AutoencoderPlan } from '../detectors/detector.js';
import { detectorNamed } from '../detectors/registry.js';

/** Runs that start from the same trained autoencoder, or one run that needs none. */
export interface RunGroup {
  /** Tells groups apart, whatever else is executed. */
  readonly key: string;
  readonly plan: AutoencoderPlan | undefined;
  readonly runs: readonly Run[];
}

/** Groups runs by the autoencoder that they start from: the same split, seed, architecture and schedule. Keeps their order. */
export function shareAutoencoders(runs: readonly Run[]): RunGroup[] {
  const wanting = runs.map((run) => {
    const plan = autoencoderOf(run);
    return { run, plan, key: plan ? autoencoderKey(run, plan) : run.id };
  });
  return Object.entries(groupBy(wanting, (want) => want.key)).map(([key, group]) => ({
    key,
    plan: group[0].plan,
    runs: group.map((want) => want.run),
  }));
}

/** The autoencoder that a run starts from; undefined where it needs none. */
export function autoencoderOf({ detector }: Run): AutoencoderPlan | undefined {
  return detectorNamed(detector.name).autoencoder?.(detector.options);
}

/** Tells trained autoencoders apart: by all that their weights depend on but the engine. */
export function autoencoderKey(run: Run, plan: AutoencoderPlan): string {
  return splitKey(run) + JSON.stringify(plan, Object.keys(plan).sort());
}
