import type { Run } from '../config/run.js';

/** Digits of a checksum that are shown, unless more are needed to tell two apart. */
const SHOWN = 8;

/**
 * Runs whose data are told apart by their names: where one name stands for several data, as of a table that was changed between two
 * runs, each has a part of its checksum in its name, so that nothing takes them for the same.
 */
export function tellDataApart<T extends Run>(runs: readonly T[]): readonly T[] {
  const checksums = new Map<string, Set<string>>();
  for (const { dataset, dataChecksum } of runs) {
    checksums.set(dataset, (checksums.get(dataset) ?? new Set()).add(dataChecksum));
  }
  if ([...checksums.values()].every(({ size }) => size === 1)) return runs;
  return runs.map((run) => {
    const found = checksums.get(run.dataset) ?? new Set();
    if (found.size === 1) return run;
    return { ...run, dataset: `${run.dataset} (data ${run.dataChecksum.slice(0, lengthFor(found))})` };
  });
}

/** How many digits tell these checksums apart. */
function lengthFor(checksums: ReadonlySet<string>): number {
  let length = SHOWN;
  while (new Set([...checksums].map((checksum) => checksum.slice(0, length))).size < checksums.size) length++;
  return length;
}
