import { uniq } from 'es-toolkit/array/uniq';
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
  const keys = config as Record<string, unknown>;
  const drawn = [...groupConflicts(keys.normalClass), ...classConflicts(keys), ...ratioConflicts(keys)];
  const refused = refusedMembers(keys.dataset);
  if (refused.length > 0) return [...drawn, ...refused];
  return [
    ...drawn,
    ...datasetConflicts(keys.dataset),
    ...seedConflicts(keys.seeds),
    ...semiTargetConflicts(keys),
  ];
}

/** The keys of a config as it was written. */
type RawKeys = Readonly<Record<string, unknown>>;

/** Refuses a class twice in a group: of one class that is no group any more, and another may have been meant. */
function groupConflicts(normalClass: unknown): Problem[] {
  return membersOf(normalClass).flatMap((group, i) => {
    const names = Array.isArray(group) ? group.map(String) : [];
    return names.flatMap((name, j) => {
      if (names.indexOf(name) === j) return [];
      const message = `${name} is given twice in a group; give each class once`;
      return [{ path: ['normalClass', i, j], message }];
    });
  });
}

function classConflicts({ knownAnomalyClass, knownAnomalyClassCount }: RawKeys): Problem[] {
  if (knownAnomalyClass === undefined || knownAnomalyClassCount === undefined) return [];
  return [
    {
      path: ['knownAnomalyClassCount'],
      message: 'given beside knownAnomalyClass; expected one of the two',
    },
  ];
}

function ratioConflicts({ labeledAnomalyRatio, labeledNormalRatio }: RawKeys): Problem[] {
  return ratiosIn(labeledAnomalyRatio).flatMap((anomalies) =>
    ratiosIn(labeledNormalRatio)
      .filter((normal) => anomalies + normal > 1 + ROUNDING)
      .map((normal) => ({
        path: ['labeledAnomalyRatio'],
        message: `${anomalies} and a labeledNormalRatio of ${normal} sum past 1; both are fractions of the training set`,
      })),
  );
}

/** Where one of the data sets of a config stands. */
function placeIn(dataset: unknown, index: number): (string | number)[] {
  return Array.isArray(dataset) ? ['dataset', index] : ['dataset'];
}

function refusedMembers(dataset: unknown): Problem[] {
  return membersOf(dataset).flatMap((own, i) =>
    refusedPaths(own).map(({ path, message }) => ({ path: [...placeIn(dataset, i), ...path], message })),
  );
}

function datasetConflicts(dataset: unknown): Problem[] {
  const members = membersOf(dataset);
  const keys = members.map(keyOf);
  return members.flatMap((own, i) => {
    const problems: Problem[] = [];
    if (keys[i] !== undefined && keys.indexOf(keys[i]) < i) {
      problems.push({ path: [], message: `${nameOf(own)} is given twice; give each its own experiment` });
    }
    if (typeof own === 'object' && own !== null) problems.push(...tableConflicts(own as RawTable));
    return problems.map(({ path, message }) => ({ path: [...placeIn(dataset, i), ...path], message }));
  });
}

function seedConflicts(seeds: unknown): Problem[] {
  const given = new Set<unknown>();
  const problems: Problem[] = [];
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
  return problems;
}

function semiTargetConflicts(keys: RawKeys): Problem[] {
  if (!hasSemiTargets(keys.dataset)) return [];
  return SIMULATION_KEYS.filter((key) => keys[key] !== undefined).map((key) => ({
    path: [key],
    message:
      'given beside a column of semi-targets, which tells what is labeled; leave it out, or give that table its own experiment',
  }));
}

/** What in a config may have been meant otherwise. */
export function doubts(config: unknown): Problem[] {
  const keys = Object(config) as RawKeys;
  const { dataset, normalClass, seeds } = keys;
  const problems = unlabeledClasses(keys);
  // Beside the name of the normal labels, those of a group are normal with them.
  const groups = membersOf(normalClass ?? []).filter((group) => !membersOf(group).includes(NORMAL_CLASS));
  const classes = uniq(groups.flatMap(membersOf)).filter((name) => name !== 'all');
  for (const own of membersOf(dataset)) {
    const labels = uniq(membersOf(get(own, ['normal']) ?? []));
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

/** Known anomaly classes where no ratio labels any of their samples. */
function unlabeledClasses(keys: RawKeys): Problem[] {
  if (ratiosIn(keys.labeledAnomalyRatio).some((ratio) => ratio > 0)) return [];
  return ['knownAnomalyClass', 'knownAnomalyClassCount']
    .filter((key) => keys[key] !== undefined)
    .map((key) => ({
      path: [key],
      message: 'changes nothing, since no labeledAnomalyRatio is above 0: no run has labeled anomalies',
    }));
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
