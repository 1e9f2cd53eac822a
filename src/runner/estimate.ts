import { sortBy } from 'es-toolkit/array/sortBy';
import { memoize } from 'es-toolkit/function/memoize';
import { sumBy } from 'es-toolkit/math/sumBy';
import type { Run } from '../config/run.js';
import type { DatasetOutline } from '../data/dataset.js';
import { knownDetector } from '../detectors/registry.js';
import type { DeviceName, EngineName } from '../engine/registry.js';
import type { RunRecord } from '../results/record.js';
import type { Capacities } from './capacity.js';
import { engineOfRun, placeOf, type RunGroup } from './groups.js';
import { type Guess, guessSeconds } from './guess.js';

/** Wall seconds that parts of runs are expected to take, with the engine that trains their networks. */
export interface Estimate {
  /** Training the autoencoder of a run, which those that share it do once. */
  pretraining(run: Run, engine: EngineName): number;
  /** All else of a run. */
  own(run: Run, engine: EngineName): number;
}

/** Seconds and epochs of several runs. */
interface Total {
  seconds: number;
  epochs: number;
}

/**
 * Estimates from the seconds of earlier records of the engine, in proportion to the epochs: those of the same data set for the
 * autoencoder, and of the same detector too for the rest. Without such records it guesses (`guessSeconds`).
 *
 * @param datasets by checksum
 */
export function estimateFrom(
  records: Iterable<RunRecord>,
  datasets: ReadonlyMap<string, DatasetOutline>,
): Estimate {
  const pretraining = new Map<string, Total>();
  const own = new Map<string, Total>();
  for (const record of records) {
    if (record.status !== 'done') continue;
    const { pretraining: trained = 0, ...others } = record.seconds;
    const epochs = pretrainingEpochs(record);
    const { engine } = record;
    if (trained > 0 && epochs > 0) add(pretraining, pretrainingKey(record, engine), trained, epochs);
    add(own, ownKey(record, engine), sumBy(Object.values(others), Number), epochsOf(record));
  }
  // The same for all seeds and classes of a detector.
  const guess = memoize(
    (run: Run): Guess => {
      const dataset = datasets.get(run.dataChecksum);
      return dataset ? guessSeconds(run, dataset) : { pretraining: 0, own: 0 };
    },
    { getCacheKey: ({ dataChecksum, detector }) => JSON.stringify([dataChecksum, detector]) },
  );
  const scaled = ({ seconds, epochs }: Total, to: number) => (seconds / epochs) * to;
  return {
    pretraining: (run, engine) => {
      const known = pretraining.get(pretrainingKey(run, engine));
      return known ? scaled(known, pretrainingEpochs(run)) : guess(run).pretraining;
    },
    own: (run, engine) => {
      const known = own.get(ownKey(run, engine));
      return known ? scaled(known, epochsOf(run)) : guess(run).own;
    },
  };
}

/** Puts groups and their runs in the order of their expected time, the longest first, so that no worker is left with a long one at the end. */
export function longestFirst(groups: readonly RunGroup[], estimate: Estimate): RunGroup[] {
  return sortBy(groups, [(group) => -longestChain(group, estimate)]).map((group) => ({
    ...group,
    runs: sortBy(group.runs, [(run) => -ownOf(run, group, estimate)]),
  }));
}

/** The wall seconds that all these runs are expected to take: those of the device that takes longest, as all are at work at once. */
export function expectedSeconds(
  groups: readonly RunGroup[],
  estimate: Estimate,
  capacities: Capacities,
): number {
  const work = new Map<DeviceName, number>();
  const add = (device: DeviceName, seconds: number) => work.set(device, (work.get(device) ?? 0) + seconds);
  for (const group of groups) {
    add(group.device, pretrainingOf(group, estimate));
    for (const run of group.runs) add(placeOf(run, group.device), ownOf(run, group, estimate));
  }
  const devices = [...capacities].map(([device, { slots }]) => (work.get(device) ?? 0) / slots);
  return groups.reduce(
    (most, group) => Math.max(most, longestChain(group, estimate)),
    Math.max(0, ...devices),
  );
}

/** The core-seconds that a group is expected to take. */
export function secondsOf(group: RunGroup, estimate: Estimate): number {
  return pretrainingOf(group, estimate) + sumBy(group.runs, (run) => ownOf(run, group, estimate));
}

/** The least seconds that a group takes, on however many workers. */
function longestChain(group: RunGroup, estimate: Estimate): number {
  return pretrainingOf(group, estimate) + Math.max(...group.runs.map((run) => ownOf(run, group, estimate)));
}

/** The wall seconds that a run of a group is expected to take, with those of its autoencoder where it trains that. */
export function runSeconds(run: Run, group: RunGroup, estimate: Estimate, pretrains: boolean): number {
  return ownOf(run, group, estimate) + (pretrains ? pretrainingOf(group, estimate) : 0);
}

function pretrainingOf({ plan, device, runs: [first] }: RunGroup, estimate: Estimate): number {
  return plan ? estimate.pretraining(first, engineOfRun(first, device)) : 0;
}

function ownOf(run: Run, { device }: RunGroup, estimate: Estimate): number {
  return estimate.own(run, engineOfRun(run, device));
}

function add(totals: Map<string, Total>, key: string, seconds: number, epochs: number): void {
  const total = totals.get(key) ?? { seconds: 0, epochs: 0 };
  totals.set(key, { seconds: total.seconds + seconds, epochs: total.epochs + epochs });
}

function pretrainingKey({ dataset }: Run, engine: string): string {
  return JSON.stringify([dataset, engine]);
}

function ownKey({ dataset, detector }: Run, engine: string): string {
  return JSON.stringify([dataset, detector.name, engine]);
}

/** The epochs of a detector's own training; 1 for one that has none. */
function epochsOf({ detector }: Run): number {
  return Math.max(1, Number(detector.options.epochs ?? 1));
}

/** The epochs of the autoencoder that a run starts from; 0 where it needs none, or its detector is not known. */
function pretrainingEpochs({ detector }: Run): number {
  return knownDetector(detector.name)?.autoencoder?.(detector.options)?.epochs ?? 0;
}

/**
 * What lets only those runs start that are expected to end in the time that is left; nothing where there is no end to it.
 *
 * @param secondsLeft the wall seconds until everything must have ended
 */
export function withinTime(
  estimate: Estimate,
  secondsLeft: (() => number) | undefined,
): { mayStart?(run: Run, group: RunGroup, pretrains: boolean): boolean } {
  if (!secondsLeft) return {};
  return {
    mayStart: (run, group, pretrains) => runSeconds(run, group, estimate, pretrains) <= secondsLeft(),
  };
}
