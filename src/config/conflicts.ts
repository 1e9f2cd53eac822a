import type { Problem } from './problems.js';

/** Sums of fractions may miss 1 by this much in floating point. */
const ROUNDING = 1e-9;

/**
 * What cannot stand together in a config, whatever its data set. It takes the config as it was written, so that these
 * problems show beside those of single keys.
 */
export function conflicts(config: unknown): Problem[] {
  if (typeof config !== 'object' || config === null) return [];
  const { knownAnomalyClass, knownAnomalyClassCount, labeledAnomalyRatio, labeledNormalRatio } =
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
  return problems;
}

function ratiosIn(value: unknown): number[] {
  const members: unknown[] = Array.isArray(value) ? value : [value];
  return members.filter((member): member is number => typeof member === 'number' && member <= 1);
}
