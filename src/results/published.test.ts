import { expect, test } from '@jest/globals';
import { datasetNames } from '../data/descriptor.js';
import { DETECTORS } from '../detectors/registry.js';
import { publishedAuroc, publishedResults } from './published.js';
import { exampleRun } from './testing/records.js';

const mnist = (fields: Parameters<typeof exampleRun>[0] = {}, classes = 10) =>
  Array.from({ length: classes }, (_, normal) =>
    exampleRun({
      dataset: 'mnist',
      normalClass: String(normal),
      knownAnomalyClasses: [String((normal + 1) % 10)],
      ...fields,
    }),
  );

test('every number belongs to a known data set and a method of the paper', () => {
  const methods = [...DETECTORS.map(({ name }) => name), 'ss-dgm', 'supervised'];
  const { results } = publishedResults();
  expect(results).toHaveLength(21);
  for (const { dataset, auroc } of results) {
    expect(datasetNames()).toContain(dataset);
    for (const method of Object.keys(auroc)) expect(methods).toContain(method);
  }
});

test('is the mean and standard deviation of the paper, all of it confirmed', () => {
  expect(publishedAuroc(mnist())).toEqual({ mean: 0.964, std: 0.027, runs: 90, unconfirmed: false });
  expect(publishedAuroc([exampleRun()])).toEqual({ mean: 0.95, std: 0.016, runs: 10, unconfirmed: false });
  const { results } = publishedResults();
  expect(
    results.flatMap(({ auroc }) => Object.values(auroc)).filter(({ unconfirmed }) => unconfirmed),
  ).toEqual([]);
});

test('has nothing for some of the normal classes that the paper took the mean over', () => {
  expect(publishedAuroc(mnist({}, 9))).toBeUndefined();
});

test.each([
  ['another ratio', { labeledAnomalyRatio: 0.02 }],
  ['pollution', { pollutionRatio: 0.1 }],
  ['labeled normal samples', { labeledNormalRatio: 0.1 }],
  ['several known anomaly classes', { knownAnomalyClasses: ['1', '2'] }],
  ['another weight of labels', { detector: { name: 'deep-sad', options: { eta: 10 } } }],
  ['another kernel', { detector: { name: 'ssad-hybrid', options: { kernel: 'linear' } } }],
  ['a method that the paper has no number of', { detector: { name: 'autoencoder', options: {} } }],
  ['another data set', { dataset: 'parts.csv' }],
])('has nothing for %s', (_what, fields) => {
  expect(publishedAuroc(mnist(fields))).toBeUndefined();
});
