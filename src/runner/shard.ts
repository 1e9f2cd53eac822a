import { createHash } from 'node:crypto';
import { sortBy } from 'es-toolkit/array/sortBy';
import type { Run } from '../config/run.js';
import type { Shard } from '../results/results-folder.js';
import { shareAutoencoders } from './sharing.js';

/**
 * The runs of part `index` of `count`, from 1. Parts differ by at most one run and follow from the content of the runs alone, so
 * that every machine cuts them alike. Runs that share an autoencoder are in one part, but for those where a part ends.
 */
export function shardOf(runs: readonly Run[], { index, count }: Shard): Run[] {
  const groups = sortBy(
    shareAutoencoders(runs).map((group) => ({ ...group, place: digest(group.key) })),
    ['place'],
  );
  const sorted = groups.flatMap((group) => sortBy(group.runs, ['id']));
  const end = (part: number) => Math.floor((part * sorted.length) / count);
  return sorted.slice(end(index - 1), end(index));
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
