import type { DatasetOutline } from '../data/dataset.js';
import { balanced } from './bundles.js';
import { estimateFrom } from './estimate.js';
import type { RunGroup } from './groups.js';

/** Part `index` of `count`, from 1: the runs of one machine of several. */
export interface Shard {
  readonly index: number;
  readonly count: number;
}

/**
 * The groups of one part. Parts are expected to take about as long as each other, by epochs and the size of the data alone: machines whose
 * records differ must cut them alike.
 *
 * @param datasets by checksum, those of the runs
 */
export function shardOf(
  groups: readonly RunGroup[],
  { index, count }: Shard,
  datasets: ReadonlyMap<string, DatasetOutline>,
): RunGroup[] {
  return balanced(groups, count, estimateFrom([], datasets))[index - 1];
}
