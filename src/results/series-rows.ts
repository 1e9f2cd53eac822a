import type { SeriesAuroc } from '../metrics/series-auroc.js';
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
    return seriesParts(record.series).flatMap(([part, auroc]) =>
      auroc === null
        ? []
        : [{ ...record, dataset: named(part, record.dataset), dataNames: dataNamesOf(record), auroc }],
    );
  });
}

/** The parts of time series that tables have rows of, each with its AUROC. */
export function seriesParts({ steps, machines }: SeriesAuroc): [name: string, auroc: number | null][] {
  const ofMachines = Object.entries(machines).flatMap(
    ([machine, { windows, steps }]): [string, number | null][] => [
      [`${machine}, windows`, windows],
      [`${machine}, time steps`, steps],
    ],
  );
  return [['all machines, time steps', steps], ...ofMachines];
}
