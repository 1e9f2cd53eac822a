import { sumBy } from 'es-toolkit/math/sumBy';
import { type DeviceName, engineOf } from '../engine/registry.js';
import { allocatedCores } from './allocation.js';
import { placeOf, type RunGroup } from './groups.js';

/** What a device executes at a time. */
export interface Capacity {
  /** The number of runs, at least 1. */
  readonly slots: number;
  /** Whether the device computes them together, in one process; else each has its own. */
  readonly together: boolean;
}

/** By device. */
export type Capacities = ReadonlyMap<DeviceName, Capacity>;

/** The processes that a device needs. */
export function processesOf({ slots, together }: Capacity): number {
  return together ? 1 : slots;
}

/** Runs that a GPU is given at a time where the user does not say: more gain little (docs/gpu.md). */
const RUNS_TOGETHER = 64;

/**
 * What to execute at a time on each device that groups need, and no more than they have for it. Beside another device that trains, the
 * CPU has the cores that the processes of that one leave, but at least one.
 *
 * @param jobs the most runs at a time on each device; where it is undefined as many as do it good
 * @param cores asks for the number of physical cores that this process may use
 */
export async function capacitiesFor(
  groups: readonly RunGroup[],
  jobs: number | undefined,
  cores: () => Promise<number> = allocatedCores,
): Promise<Capacities> {
  const needs = needsOf(groups);
  const onCpu = needs.get('cpu') ?? 0;
  needs.delete('cpu');
  // Then `jobs` is meant for the other device, though what is left to do may not need it.
  const beside = groups.some(({ device }) => device !== 'cpu');
  // Where Linux does not tell of the processor, asking takes longer than some runs.
  const available = needs.size === 0 && (onCpu <= 1 || (jobs !== undefined && !beside)) ? 1 : await cores();
  const capacities = new Map<DeviceName, Capacity>();
  for (const [device, needed] of needs) {
    const { together } = engineOf(device)[1];
    const processes = onCpu > 0 ? Math.ceil(available / 2) : available;
    const slots = Math.min(needed, jobs ?? (together ? RUNS_TOGETHER : processes));
    capacities.set(device, { slots, together });
  }
  const taken = sumBy([...capacities.values()], processesOf);
  const left = beside ? Math.max(1, available - taken) : Number.POSITIVE_INFINITY;
  if (onCpu > 0) {
    capacities.set('cpu', { slots: Math.min(onCpu, jobs ?? available, left), together: false });
  }
  return capacities;
}

/** How many runs and autoencoders of groups each device has to compute. */
function needsOf(groups: readonly RunGroup[]): Map<DeviceName, number> {
  const needs = new Map<DeviceName, number>();
  const add = (device: DeviceName) => needs.set(device, (needs.get(device) ?? 0) + 1);
  for (const { plan, device, runs } of groups) {
    const places = runs.map((run) => placeOf(run, device));
    if (plan && places[0] !== device) add(device);
    places.forEach(add);
  }
  return needs;
}
