import { expect, test } from '@jest/globals';
import { UserError } from '../errors.js';
import type { Dataset } from './dataset.js';
import { prepare } from './prepare.js';
import { dataset } from './testing/datasets.js';

const TABLE = dataset({
  shape: [2],
  classNames: ['good', 'bad'],
  training: Array.from({ length: 20 }, (_, i) => [[i, i % 7], i % 4 === 0 ? 1 : 0]),
});
const { training } = TABLE;
const REQUEST = {
  normalClass: 'good',
  knownAnomalyClasses: [],
  labeledAnomalyRatio: 0,
  labeledNormalRatio: 0,
  pollutionRatio: 0,
  seed: 1,
};

test.each<[string, Partial<Dataset>, string]>([
  [
    'values',
    { training: { ...training, count: 19 } },
    'written out: the training part has 40 values; expected 38, 19 samples of shape 2',
  ],
  [
    'classes',
    { training: { ...training, classes: training.classes.subarray(1) } },
    'written out: the training part has 19 classes and 20 samples; give one for each',
  ],
  [
    'semi-targets',
    { training: { ...training, semiTargets: new Int8Array(4) } },
    'written out: the training part has 4 semiTargets and 20 samples; give one for each',
  ],
  [
    'semi-targets that are known',
    { training: { ...training, semiTargets: new Int8Array(20).fill(-2, 3) } },
    'written out: the training part: sample 3 (counted from 0) has the semi-target -2; expected 1 (normal), -1 (anomaly) or 0 (unlabeled)',
  ],
  [
    'classes that have names',
    { training: { ...training, classes: training.classes.map((label, i) => (i === 5 ? 7 : label)) } },
    'written out: the training part: sample 5 (counted from 0) is of class 7, and classNames has 2',
  ],
  [
    'samples for the test alone',
    { testNormal: Uint32Array.of(1, 20) },
    'written out: testNormal has index 20, and the training part has 20 samples',
  ],
  [
    'a test part',
    { test: { ...training, values: training.values.subarray(2) } },
    'written out: the test part has 38 values; expected 40, 20 samples of shape 2',
  ],
])('a data set has %s as its samples ask for', (_, wrong, message) => {
  expect(() => prepare({ ...TABLE, ...wrong }, REQUEST)).toThrow(new UserError(message));
});
