import { sortBy } from 'es-toolkit/array/sortBy';
import { uniq } from 'es-toolkit/array/uniq';
import type { Run } from '../config/run.js';
import { normalClassesOf } from '../data/split.js';
import type { RunRecord } from '../results/record.js';
import { preparedAs } from '../results/table.js';

/**
 * Groups experiments that differ by their data sets alone: their runs have the same ratios, numbers of classes and preparation, and no
 * two have a data set in common. The largest group comes first; an experiment with no such other is a group by itself.
 */
export function families<T extends { readonly records: readonly RunRecord[] }>(
  experiments: readonly T[],
): T[][] {
  const found: { readonly settings: string; readonly datasets: string[]; readonly members: T[] }[] = [];
  for (const experiment of experiments) {
    const settings = JSON.stringify(uniq(experiment.records.map(settingOf)).sort());
    const datasets = uniq(experiment.records.map(({ dataset }) => dataset));
    const family = found.find(
      (each) => each.settings === settings && !datasets.some((dataset) => each.datasets.includes(dataset)),
    );
    if (family) {
      family.datasets.push(...datasets);
      family.members.push(experiment);
    } else found.push({ settings, datasets: [...datasets], members: [experiment] });
  }
  return sortBy(
    found.map(({ members }) => members),
    [(members) => -members.length],
  );
}

/** What a run has in common with those of other data in the same setting. */
function settingOf(run: Run): string {
  const known = run.labeledAnomalyRatio > 0 ? run.knownAnomalyClasses.length : 0;
  return JSON.stringify([
    ...[run.labeledAnomalyRatio, run.labeledNormalRatio, run.pollutionRatio],
    ...[known, normalClassesOf(run.normalClass).length, preparedAs(run)],
  ]);
}
