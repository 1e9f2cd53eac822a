import { createHash } from 'node:crypto';
import { sortBy } from 'es-toolkit/array/sortBy';
import { filterRuns, type RunGroup, runsOf } from './groups.js';

/** Part `index` of `count`, from 1: the runs of one machine of several. */
export interface Shard {
  readonly index: number;
  readonly count: number;
}

/**
 * The runs of part `index` of `count`, from 1. Parts differ by at most one run and follow from the content of the runs alone, so
 * that every machine cuts them alike. A group is in one part, but for those where a part ends.
 */
export function shardOf(groups: readonly RunGroup[], { index, count }: Shard): RunGroup[] {
  const sorted = sortBy(groups, [({ key }) => digest(key)]).map((group) => ({
    ...group,
    runs: sortBy(group.runs, ['id']),
  }));
  const places = new Map(runsOf(sorted).map((run, place) => [run, place]));
  const end = (part: number) => Math.floor((part * places.size) / count);
  return filterRuns(sorted, (run) => {
    const place = places.get(run) ?? 0;
    return place >= end(index - 1) && place < end(index);
  });
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
