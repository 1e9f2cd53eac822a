import type { RunRecord } from './record.js';
import { dataNamesOf } from './tell-data-apart.js';

/**
 * Records of time series taken apart, for a table: all time steps together, and the windows and time steps of each machine, each as if
 * it were a data set. What has no AUROC is left out.
 *
 * @param named the name of a part of a data set, where it is not that of both
 */
export function seriesRows(
  records: readonly RunRecord[],
  named = (part: string, dataset: string) => `${dataset}: ${part}`,
): RunRecord[] {
  return records.flatMap((record) => {
    if (record.status !== 'done' || !record.series) return [];
    const { steps, machines } = record.series;
    const parts: [name: string, auroc: number | null][] = [['all machines, time steps', steps]];
    for (const [machine, { windows, steps }] of Object.entries(machines)) {
      parts.push([`${machine}, windows`, windows], [`${machine}, time steps`, steps]);
    }
    return parts.flatMap(([part, auroc]) =>
      auroc === null
        ? []
        : [{ ...record, dataset: named(part, record.dataset), dataNames: dataNamesOf(record), auroc }],
    );
  });
}
