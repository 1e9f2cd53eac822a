import type { DatasetOutline } from '../../data/dataset.js';
import { imageDefaults } from '../../data/images/own-images.js';
import { outlineDataset } from '../../data/registry.js';
import { SERIES_DEFAULTS } from '../../data/series/own-series.js';
import { TABLE_DEFAULTS } from '../../data/table/own-defaults.js';
import { expand } from '../expansion/expand.js';
import { parseConfig } from '../load.js';
import type { Run } from '../run.js';

/** The data sets of the paper. */
const PAPER = [
  ...['mnist', 'fashion-mnist', 'cifar10'],
  ...['arrhythmia', 'cardio', 'satellite', 'satimage-2', 'shuttle', 'thyroid'],
];

/** Data sets of every kind, without samples: of the paper, of a collection, and a user's own. */
export const OUTLINES: readonly DatasetOutline[] = [
  ...[...PAPER, 'adbench/pima'].map((name) => outlineDataset(name, 'ab'.repeat(32))),
  { ...outlineDataset('cardio', 'cd'.repeat(32)), name: 'own.csv', defaults: TABLE_DEFAULTS },
  { ...outlineDataset('cardio', 'ef'.repeat(32)), name: 'machines', defaults: SERIES_DEFAULTS },
  { ...outlineDataset('mnist', '01'.repeat(32)), name: 'scans', defaults: imageDefaults('fashion-mnist') },
  { ...outlineDataset('cifar10', '23'.repeat(32)), name: 'photographs', defaults: imageDefaults('cifar10') },
];

/** The runs of a config on some of these data sets, by default on all. */
export function runsOf(config: object, names = OUTLINES.map(({ name }) => name)): Run[] {
  return OUTLINES.filter(({ name }) => names.includes(name)).flatMap((outline) => {
    const [normal, anomaly] = outline.classNames;
    const known = 'knownAnomalyClassCount' in config ? {} : { knownAnomalyClass: anomaly };
    const keys = {
      name: 'example',
      dataset: 'mnist',
      normalClass: normal,
      ...known,
      labeledAnomalyRatio: 0.05,
      ...config,
    };
    const { experiment } = parseConfig(JSON.stringify(keys), 'example.json', []);
    return [...expand(experiment, outline).runs];
  });
}
