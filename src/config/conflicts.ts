import path from 'node:path';
import get from 'es-toolkit/compat/get';
import type { OwnData } from '../data/own-tables.js';
import type { Problem } from './problems.js';

/** Sums of fractions may miss 1 by this much in floating point. */
const ROUNDING = 1e-9;

/**
 * What cannot stand together in a config, whatever its data set. It takes the config as it was written, so that these
 * problems show beside those of single keys.
 */
export function conflicts(config: unknown): Problem[] {
  if (typeof config !== 'object' || config === null) return [];
  const { dataset, knownAnomalyClass, knownAnomalyClassCount, labeledAnomalyRatio, labeledNormalRatio } =
    config as Record<string, unknown>;
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
  membersOf(dataset).forEach((own, i, all) => {
    const file = pathOf(own);
    if (file === undefined) return;
    const place = Array.isArray(dataset) ? ['dataset', i] : ['dataset'];
    if (all.findIndex((other) => pathOf(other) === file) < i) {
      problems.push({
        path: place,
        message: `${file} is given twice; give each its own experiment`,
      });
    }
    for (const { path, message } of tableConflicts(own as RawTable)) {
      problems.push({ path: [...place, ...path], message });
    }
  });
  if (membersOf(dataset).some((own) => get(own, ['semiTarget']) !== undefined)) {
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

/** What says which labels a run simulates. */
const SIMULATION_KEYS = [
  'normalClass',
  'knownAnomalyClass',
  'knownAnomalyClassCount',
  'labeledAnomalyRatio',
  'labeledNormalRatio',
  'pollutionRatio',
];

/** The user's own table as it was written: each value may be anything. */
type RawTable = Readonly<Partial<Record<keyof OwnData, unknown>>>;

function tableConflicts({ file, test, label, normal, semiTarget, categorical, drop }: RawTable): Problem[] {
  const problems: Problem[] = [];
  const suffix = suffixOf(file);
  if (test !== undefined && test === file) {
    problems.push({
      path: ['test'],
      message: `${test} is the training table too; leave test out to hold out a part of it`,
    });
  } else if (test !== undefined && suffixOf(test) !== suffix) {
    problems.push({ path: ['test'], message: `found ${test}; expected a ${suffix} file like ${file}` });
  }
  for (const [key, columns] of Object.entries({ categorical, drop })) {
    if (columns !== undefined && suffix !== '.csv') {
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

function suffixOf(file: unknown): string {
  return path.extname(String(file).replace(/\.csv\.gz$/i, '.csv')).toLowerCase();
}

/** The file or folder of a user's own data set, whose name it is, but for a machine of time series. */
function pathOf(own: unknown): unknown {
  const machine = get(own, ['machine']);
  const series = get(own, ['series']);
  return (
    get(own, ['file']) ?? get(own, ['images']) ?? (machine === undefined ? series : `${series}, ${machine}`)
  );
}

function membersOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [value];
}

function ratiosIn(value: unknown): number[] {
  return membersOf(value).filter((member): member is number => typeof member === 'number' && member <= 1);
}
