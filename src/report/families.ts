import { sortBy } from 'es-toolkit/array/sortBy';
import { uniq } from 'es-toolkit/array/uniq';
import { uniqBy } from 'es-toolkit/array/uniqBy';
import type { Run } from '../config/run.js';
import { normalClassesOf } from '../data/split.js';
import { columnsOf } from '../results/columns.js';
import { preparedAs } from '../results/dimensions.js';
import { optionsApart } from '../results/options-apart.js';
import type { RunRecord } from '../results/record.js';

/**
 * Groups experiments that differ by their data sets alone: their runs have the same ratios, numbers of classes and preparation, detectors
 * that several ran have the same options but for what follows from the data (`optionsApart`), and no two have a data set in common. The
 * largest group comes first; an experiment with no such other is a group by itself.
 */
export function families<T extends { readonly records: readonly RunRecord[] }>(
  experiments: readonly T[],
): T[][] {
  const found: Family<T>[] = [];
  for (const experiment of experiments) {
    const settings = JSON.stringify(uniq(experiment.records.map(keyBesideData)).sort());
    const choices = uniqBy(experiment.records, ({ dataset, detector }) =>
      JSON.stringify([dataset, detector]),
    );
    const data = new Set(choices.flatMap(({ dataset, dataChecksum }) => [dataset, dataChecksum]));
    const family = found.find(
      (each) =>
        each.settings === settings &&
        !each.choices.some(({ dataset, dataChecksum }) => data.has(dataset) || data.has(dataChecksum)) &&
        areAlike([...each.choices, ...choices]),
    );
    if (family) {
      family.choices.push(...choices);
      family.members.push(experiment);
    } else found.push({ settings, choices, members: [experiment] });
  }
  return sortBy(
    found.map(({ members }) => members),
    [(members) => -members.length],
  );
}

interface Family<T> {
  readonly settings: string;
  /** A run of each detector with each options on each data set. */
  readonly choices: RunRecord[];
  readonly members: T[];
}

/** Whether each column of a table of these runs has the same options on all data sets. */
function areAlike(runs: readonly RunRecord[]): boolean {
  return optionsApart(runs, columnsOf(runs).of).length === 0;
}

/** Equal for runs in one setting, whatever their data. */
function keyBesideData(run: Run): string {
  const known = run.labeledAnomalyRatio > 0 ? run.knownAnomalyClasses.length : 0;
  return JSON.stringify([
    ...[run.labeledAnomalyRatio, run.labeledNormalRatio, run.pollutionRatio],
    ...[known, normalClassesOf(run.normalClass).length, preparedAs(run)],
  ]);
}
