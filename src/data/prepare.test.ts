import { describe, expect, test } from '@jest/globals';
import type { Dataset } from './dataset.js';
import { prepare, splitCounts } from './prepare.js';
import { dataset } from './testing/datasets.js';

const request = {
  normalClass: 'normal',
  knownAnomalyClasses: ['anomaly'],
  labeledAnomalyRatio: 0.1,
  labeledNormalRatio: 0.2,
  pollutionRatio: 0.1,
  seed: 1,
};

/** 100 normal rows [i, 1000 + i], then 50 anomalies. */
const table: Dataset = dataset({
  shape: [2],
  classNames: ['normal', 'anomaly'],
  training: Array.from({ length: 150 }, (_, i) => [[i, 1000 + i], i < 100 ? 0 : 1]),
});

/** Every pixel of an image is its class. */
const images: Dataset = dataset({
  shape: [1, 2, 2],
  classNames: ['zero', 'one', 'two'],
  training: Array.from({ length: 60 }, (_, i) => [new Array(4).fill(i % 3), i % 3]),
  test: Array.from({ length: 9 }, (_, i) => [new Array(4).fill(i % 3), i % 3]),
});

describe('a table', () => {
  const { training, test: testSet, counts } = prepare(table, request);

  test('has 60 normal samples for training, and the rest of the 60:40 split for the test', () => {
    expect(counts).toEqual({
      labeledNormal: 14,
      labeledAnomalies: 7,
      unlabeledNormal: 46,
      unlabeledAnomalies: 5,
      testNormal: 40,
      testAnomalies: 20,
    });
    expect(training.shape).toEqual([2]);
    expect(training.count).toBe(72);
    expect(training.samples).toHaveLength(144);
    expect(training.semiTargets).toHaveLength(72);
    expect(testSet.count).toBe(60);
    expect(testSet.samples).toHaveLength(120);
    expect(testSet.anomalies).toHaveLength(60);
  });

  test('the counts are known beforehand', () => {
    expect(splitCounts(table, request)).toEqual(counts);
    const kinds = dataset({
      shape: [1],
      classNames: ['normal', 'worn', 'broken'],
      training: Array.from({ length: 90 }, (_, i) => [[i], i % 3]),
    });
    for (const seed of [1, 2, 3]) {
      const worn = { ...request, knownAnomalyClasses: ['worn'], seed };
      expect(splitCounts(kinds, worn)).toEqual(prepare(kinds, worn).counts);
    }
    expect(() => splitCounts(table, { ...request, labeledAnomalyRatio: 0.9 })).toThrow(
      'labeledAnomalyRatio can be at most',
    );
  });

  test('shares no sample between training and test', () => {
    const rows = (samples: Float32Array) => Array.from(samples).filter((_, i) => i % 2 === 0);
    const trainingRows = new Set(rows(training.samples));
    expect(trainingRows.size).toBe(72);
    for (const row of rows(testSet.samples)) expect(trainingRows.has(row)).toBe(false);
  });

  test('is scaled by the whole training part, anomalies that were not drawn included', () => {
    const { training: normalOnly } = prepare(table, {
      ...request,
      labeledAnomalyRatio: 0,
      pollutionRatio: 0,
    });
    // Normal rows are the lower two thirds of the range that the anomalies extend.
    expect(Math.max(...normalOnly.samples)).toBeLessThan(0.7);
    expect(Math.min(...training.samples)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...training.samples)).toBeLessThanOrEqual(1);
  });

  test('is the same for the same seed, another for another', () => {
    expect(prepare(table, request)).toEqual({ training, test: testSet, counts });
    expect(prepare(table, { ...request, seed: 2 }).training.samples).not.toEqual(training.samples);
  });
});

test('images with a published split are tested on all of its test part', () => {
  const {
    training,
    test: testSet,
    counts,
  } = prepare(images, {
    ...request,
    normalClass: 'one',
    knownAnomalyClasses: ['two'],
  });
  expect(counts).toMatchObject({ testNormal: 3, testAnomalies: 6 });
  expect(Array.from(testSet.anomalies)).toEqual([1, 0, 1, 1, 0, 1, 1, 0, 1]);
  expect(testSet.samples).toHaveLength(36);
  expect(training.shape).toEqual([1, 2, 2]);
  training.semiTargets.forEach((semiTarget, i) => {
    const pixel = Math.round(training.samples[i * 4] * 255);
    if (semiTarget === 1) expect(pixel).toBe(1);
    if (semiTarget === -1) expect(pixel).toBe(2);
  });
});

test('a test set of one class is refused', () => {
  const onlyNormal = dataset({
    shape: [1, 1, 1],
    classNames: ['zero', 'one'],
    training: [
      [[1], 0],
      [[2], 1],
    ],
    test: [[[1], 0]],
  });
  expect(() =>
    prepare(onlyNormal, {
      ...request,
      normalClass: 'zero',
      knownAnomalyClasses: [],
      labeledAnomalyRatio: 0,
      pollutionRatio: 0,
    }),
  ).toThrow(
    'the test set of written out with normal class zero has 1 normal samples and 0 anomalies; AUROC needs at least one of each',
  );
});

test('a class that is not there is refused', () => {
  expect(() => prepare(table, { ...request, normalClass: 'other' })).toThrow(
    'normal class other has no samples for training',
  );
});
