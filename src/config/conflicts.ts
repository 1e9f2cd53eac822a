import get from 'es-toolkit/compat/get';
import { NORMAL_CLASS } from '../data/dataset.js';
import { ROUNDING } from '../data/split.js';
import { type TableKind, tableKind } from '../data/table/kinds.js';
import type { OwnData } from '../data/table/own-tables.js';
import { UserError } from '../errors.js';
import { fileKey } from '../files/file-key.js';
import type { Problem } from '../messages/problems.js';
import { seedsIn } from './seeds.js';

/**
 * What cannot stand together in a config, whatever its data set. It takes the config as it was written, so that these
 * problems show beside those of single keys.
 */
export function conflicts(config: unknown): Problem[] {
  if (typeof config !== 'object' || config === null) return [];
  const {
    dataset,
    knownAnomalyClass,
    knownAnomalyClassCount,
    labeledAnomalyRatio,
    labeledNormalRatio,
    seeds,
  } = config as Record<string, unknown>;
  const problems: Problem[] = [];
  if (knownAnomalyClass !== undefined && knownAnomalyClassCount !== undefined) {
    problems.push({
      path: ['knownAnomalyClassCount'],
      message: 'given beside knownAnomalyClass; expected one of the two',
    });
  }
  for (const anomalies of ratiosIn(labeledAnomalyRatio)) {
    for (const normal of ratiosIn(labeledNormalRatio)) {
      if (anomalies + normal > 1 + ROUNDING) {
        problems.push({
          path: ['labeledAnomalyRatio'],
          message: `${anomalies} and a labeledNormalRatio of ${normal} sum past 1; both are fractions of the training set`,
        });
      }
    }
  }
  const refused = membersOf(dataset).flatMap((own, i) =>
    refusedPaths(own).map(({ path, message }) => ({
      path: Array.isArray(dataset) ? ['dataset', i, ...path] : ['dataset', ...path],
      message,
    })),
  );
  if (refused.length > 0) return [...problems, ...refused];
  const keys = membersOf(dataset).map(keyOf);
  membersOf(dataset).forEach((own, i) => {
    const place = Array.isArray(dataset) ? ['dataset', i] : ['dataset'];
    if (keys[i] !== undefined && keys.indexOf(keys[i]) < i) {
      problems.push({
        path: place,
        message: `${nameOf(own)} is given twice; give each its own experiment`,
      });
    }
    if (typeof own !== 'object' || own === null) return;
    for (const { path, message } of tableConflicts(own as RawTable)) {
      problems.push({ path: [...place, ...path], message });
    }
  });
  const given = new Set<unknown>();
  membersOf(seeds).forEach((member, i) => {
    for (const seed of typeof member === 'string' ? (seedsIn(member) ?? []) : [member]) {
      if (given.has(seed)) {
        problems.push({
          path: ['seeds', i],
          message: `${seed} is given twice, and would repeat the same runs; give each seed once`,
        });
      }
      given.add(seed);
    }
  });
  if (hasSemiTargets(dataset)) {
    for (const key of SIMULATION_KEYS) {
      if (get(config, [key]) !== undefined) {
        problems.push({
          path: [key],
          message:
            'given beside a column of semi-targets, which tells what is labeled; leave it out, or give that table its own experiment',
        });
      }
    }
  }
  return problems;
}

/** What in a config may have been meant otherwise. */
export function doubts(config: unknown): Problem[] {
  const { dataset, normalClass, seeds } = Object(config) as Record<string, unknown>;
  const problems: Problem[] = [];
  const classes = [normalClass]
    .flat(2)
    .filter((name) => name !== undefined && name !== NORMAL_CLASS && name !== 'all');
  for (const own of membersOf(dataset)) {
    const labels = [get(own, ['normal'])].flat().filter((label) => label !== undefined);
    if (classes.length === 0 || labels.length === 0) continue;
    problems.push({
      path: ['normalClass'],
      message: `runs take ${classes.join(', ')} for normal, and the normal labels of ${nameOf(own)} (${labels.join(', ')}) for anomalies; is that meant?`,
    });
  }
  if (typeof seeds === 'number' && seeds > 1) {
    problems.push({
      path: ['seeds'],
      message: `one seed, the number ${seeds}; for several give a range, such as 1..${seeds}`,
    });
  }
  return problems;
}

/** What says which labels a run simulates: refused, whatever it says, beside a column of semi-targets. */
export const SIMULATION_KEYS = [
  'normalClass',
  'knownAnomalyClass',
  'knownAnomalyClassCount',
  'labeledAnomalyRatio',
  'labeledNormalRatio',
  'pollutionRatio',
];

/** Whether a column of semi-targets tells what is labeled in a data set of a config, or one of several. */
export function hasSemiTargets(dataset: unknown): boolean {
  return membersOf(dataset).some((own) => get(own, ['semiTarget']) !== undefined);
}

/** The user's own table as it was written: each value may be anything. */
type RawTable = Readonly<Partial<Record<keyof OwnData, unknown>>>;

function tableConflicts({ file, test, label, normal, semiTarget, categorical, drop }: RawTable): Problem[] {
  const problems: Problem[] = [];
  const kind = kindOf(file);
  if (typeof test === 'string' && typeof file === 'string' && fileKey(test) === fileKey(file)) {
    problems.push({
      path: ['test'],
      message: `${test} is the training table too; leave test out to hold out a part of it`,
    });
  } else if (test !== undefined && kind !== undefined && kindOf(test) !== kind) {
    problems.push({ path: ['test'], message: `found ${test}; expected a ${kind} file like ${file}` });
  }
  for (const [key, columns] of Object.entries({ categorical, drop })) {
    if (columns !== undefined && kind !== undefined && kind !== '.csv') {
      problems.push({ path: [key], message: `only a .csv has columns with names; ${file} has none` });
    }
  }
  if (semiTarget !== undefined && semiTarget === label) {
    problems.push({
      path: ['label'],
      message: `${label} is the column of semi-targets; leave label out, or name another column that tells the classes`,
    });
  } else if (semiTarget !== undefined && normal !== undefined && label === undefined) {
    problems.push({
      path: ['normal'],
      message:
        'given beside semi-targets, of which +1 is normal; name the column of these classes (label) too',
    });
  }
  return problems;
}

function kindOf(file: unknown): TableKind | undefined {
  return typeof file === 'string' ? tableKind(file) : undefined;
}

/** What a data set is called: its own name, or its file or folder, with the machine of time series. */
function nameOf(own: unknown): unknown {
  if (typeof own === 'string') return own;
  const machine = get(own, ['machine']);
  const series = get(own, ['series']);
  return (
    get(own, ['file']) ?? get(own, ['images']) ?? (machine === undefined ? series : `${series}, ${machine}`)
  );
}

/** The paths of a data set that the system refuses, such as those that are too long. */
function refusedPaths(own: unknown): Problem[] {
  return ['file', 'test', 'images', 'series'].flatMap((key) => {
    const source: unknown = get(own, [key]);
    if (typeof source !== 'string') return [];
    try {
      fileKey(source);
      return [];
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      return [{ path: [key], message: error.message }];
    }
  });
}

/** Equal for two data sets that are one, whatever path leads to it. */
function keyOf(own: unknown): string | undefined {
  if (typeof own === 'string') return own;
  const source = get(own, ['file']) ?? get(own, ['images']) ?? get(own, ['series']);
  return typeof source === 'string' ? JSON.stringify([fileKey(source), get(own, ['machine'])]) : undefined;
}

function membersOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [value];
}

function ratiosIn(value: unknown): number[] {
  return membersOf(value).filter((member): member is number => typeof member === 'number' && member <= 1);
}
