import { cartesianProduct } from 'es-toolkit/array/cartesianProduct';
import { uniq } from 'es-toolkit/array/uniq';
import type { DatasetOutline } from '../../data/dataset.js';
import {
  PREPARATION_KEYS,
  type PreparationKeys,
  protocolPreparation,
  USUAL_PREPARATION,
} from '../protocol.js';
import type { Run } from '../run.js';
import type { Experiment } from '../schema.js';

/** How data become samples in the runs on a data set: each combination that has a meaning for it. */
export function preparationsOf(experiment: Experiment, dataset: DatasetOutline): Pick<Run, 'preparation'>[] {
  const choices = PREPARATION_KEYS.map((key) => {
    const values: readonly string[] = preparationValues(experiment, key);
    const usual = USUAL_PREPARATION[key];
    return uniq(values.map((value) => (appliesTo(key, dataset) && value !== usual ? value : undefined)));
  });
  return cartesianProduct<string | undefined>(...choices).map((values) => {
    const entries = PREPARATION_KEYS.flatMap((key, i) => (values[i] === undefined ? [] : [[key, values[i]]]));
    return entries.length > 0 ? { preparation: Object.fromEntries(entries) } : {};
  });
}

function preparationValues({ protocol, ...experiment }: Experiment, key: keyof PreparationKeys) {
  return experiment[key] ?? [protocolPreparation(protocol)[key]];
}

/** Whether a key of the preparation has a meaning for data. */
export function appliesTo(
  key: keyof PreparationKeys,
  { shape, scaled, training, test, testNormal }: DatasetOutline,
): boolean {
  switch (key) {
    case 'tableScaling':
      return shape.length === 1 && !scaled;
    case 'imageScaling':
      return shape.length === 3;
    case 'testPart':
      return test === undefined && testNormal === undefined && training.semiTargets === undefined;
  }
}
