import { get } from 'es-toolkit/compat';
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
  const files = membersOf(dataset).map((member) => get(member, ['file']));
  files.forEach((file, i) => {
    if (file !== undefined && files.indexOf(file) < i) {
      problems.push({
        path: ['dataset', i],
        message: `${file} is given twice; give each its own experiment`,
      });
    }
  });
  return problems;
}

function membersOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [value];
}

function ratiosIn(value: unknown): number[] {
  return membersOf(value).filter((member): member is number => typeof member === 'number' && member <= 1);
}
