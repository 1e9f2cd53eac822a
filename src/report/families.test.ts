import { expect, test } from '@jest/globals';
import type { Run } from '../config/run.js';
import { exampleRecord } from '../results/testing/records.js';
import { families } from './families.js';

const experiment = (name: string, fields: Partial<Omit<Run, 'id'>>) => ({
  name,
  records: [1, 2].map((seed) => exampleRecord({ seed, ...fields })),
});

test('experiments that differ by data set alone belong together, the largest group first', () => {
  const found = families([
    experiment('other ratio', { dataset: 'thyroid', labeledAnomalyRatio: 0.1 }),
    experiment('cardio', { dataset: 'cardio' }),
    experiment('satellite', { dataset: 'satellite', normalClass: '1', knownAnomalyClasses: ['2'] }),
    experiment('cardio again', { dataset: 'cardio', detector: { name: 'kde', options: {} } }),
    experiment('polluted', { dataset: 'shuttle', pollutionRatio: 0.1 }),
    experiment('scaled', { dataset: 'shuttle', preparation: { tableScaling: 'robust' } }),
  ]);
  expect(found.map((members) => members.map(({ name }) => name))).toEqual([
    ['cardio', 'satellite'],
    ['other ratio'],
    ['cardio again'],
    ['polluted'],
    ['scaled'],
  ]);
});

test('experiments on the same data under two names are not of one family', () => {
  const same = ['thyroid', 'adbench/thyroid'].map((dataset) =>
    experiment(dataset, { dataset, dataChecksum: '12'.repeat(32) }),
  );
  expect(families(same)).toHaveLength(2);
});

test('experiments with other options are not of one family, whatever their order', () => {
  const weighted = (dataset: string, eta: number, representationSize: number) =>
    experiment(`${dataset} ${eta}`, {
      dataset,
      detector: { name: 'deep-sad', options: { eta, network: 'mlp', representationSize } },
    });
  const found = families([
    weighted('cardio', 1, 8),
    weighted('thyroid', 100, 4),
    weighted('thyroid', 1, 4),
    weighted('cardio', 100, 8),
  ]);
  expect(found.map((members) => members.map(({ name }) => name))).toEqual([
    ['cardio 1', 'thyroid 1'],
    ['thyroid 100', 'cardio 100'],
  ]);
});
