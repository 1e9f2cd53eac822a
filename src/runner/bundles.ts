import { hash } from 'node:crypto';
import { minBy } from 'es-toolkit/array/minBy';
import { sortBy } from 'es-toolkit/array/sortBy';
import { sumBy } from 'es-toolkit/math/sumBy';
import { type Estimate, secondsOf } from './estimate.js';
import type { RunGroup } from './groups.js';

/** What a machine of several is given at a time: plain data, whole groups of runs. */
export interface Bundle {
  /** From 0. */
  readonly index: number;
  /** Core-seconds that it is expected to take. */
  readonly seconds: number;
  readonly groups: readonly RunGroup[];
}

/**
 * Puts groups into bundles that are expected to take about as long as each other.
 *
 * @param seconds that the cores of a machine are to be busy with one; a group that takes longer is a bundle of its own
 */
export function bundlesOf(
  groups: readonly RunGroup[],
  estimate: Estimate,
  { seconds, cores }: { readonly seconds: number; readonly cores: number },
): Bundle[] {
  const total = sumBy(groups, (group) => secondsOf(group, estimate));
  const count = Math.min(groups.length, Math.max(1, Math.ceil(total / (seconds * cores))));
  const bundles = balanced(groups, count, estimate).map((own) => ({
    seconds: sumBy(own, (group) => secondsOf(group, estimate)),
    groups: own,
  }));
  return sortBy(
    bundles.filter(({ groups }) => groups.length > 0),
    [(bundle) => -bundle.seconds],
  ).map((bundle, index) => ({ index, ...bundle }));
}

/**
 * Splits groups into parts that are expected to take about as long as each other: the longest groups first, each into the part that has
 * least. The parts follow from the content of the runs and the estimate alone, not from their order.
 */
export function balanced(groups: readonly RunGroup[], count: number, estimate: Estimate): RunGroup[][] {
  const parts = Array.from({ length: count }, () => ({ seconds: 0, groups: [] as RunGroup[] }));
  // Put in order before they are weighed: sums differ in their last digit by the order of what is added.
  const ordered = groups.map((group) => ({ ...group, runs: sortBy(group.runs, ['id']) }));
  const weighed = ordered.map((group) => ({
    group,
    seconds: secondsOf(group, estimate),
    order: hash('sha256', group.key),
  }));
  for (const { group, seconds } of sortBy(weighed, [(each) => -each.seconds, 'order'])) {
    // Groups of no seconds that are known are dealt out all the same.
    const part = minBy(parts, (each) => each.seconds + 1e-9 * each.groups.length);
    part?.groups.push(group);
    if (part) part.seconds += seconds;
  }
  return parts.map((part) => part.groups);
}
