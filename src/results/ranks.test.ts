import { expect, test } from '@jest/globals';
import { nemenyi, rank, ranksOverDatasets } from './ranks.js';
import type { RunRecord } from './record.js';
import { exampleRecord } from './testing/records.js';

test('the critical values are those of Demšar 2006, table 5 (a)', () => {
  const stated = [1.96, 2.343, 2.569, 2.728, 2.85, 2.949, 3.031, 3.102, 3.164];
  // They are made there from quantiles of three decimals.
  for (const [index, value] of stated.entries())
    expect(Math.abs(nemenyi(index + 2) - value)).toBeLessThan(0.001);
});

/** AUROC of C4.5 and its variants on 14 data sets: Demšar 2006, table 6. */
const C45 = [
  [0.763, 0.599, 0.954, 0.628, 0.882, 0.936, 0.661, 0.583, 0.775, 1, 0.94, 0.619, 0.972, 0.957],
  [0.768, 0.591, 0.971, 0.661, 0.888, 0.931, 0.668, 0.583, 0.838, 1, 0.962, 0.666, 0.981, 0.978],
  [0.771, 0.59, 0.968, 0.654, 0.886, 0.916, 0.609, 0.563, 0.866, 1, 0.965, 0.614, 0.9751, 0.946],
  [0.798, 0.569, 0.967, 0.657, 0.898, 0.931, 0.685, 0.625, 0.875, 1, 0.962, 0.669, 0.975, 0.97],
];

test('ranks and tests are those of the example of Demšar 2006', () => {
  const { detectors, pValue, criticalDifference, groups } = rank(['C4.5', '+m', '+cf', '+m+cf'], C45);
  expect(detectors.map(({ name, rank }) => [name, Number(rank.toFixed(3))])).toEqual([
    ['+m+cf', 1.964],
    ['+m', 2],
    ['+cf', 2.893],
    ['C4.5', 3.143],
  ]);
  // Demšar's F of 3.69 leaves ties out of account. Corrected for them, as in scipy.stats.friedmanchisquare, F is 4.19.
  expect(pValue).toBeCloseTo(0.01162, 5);
  expect(criticalDifference).toBeCloseTo(1.25, 2);
  expect(groups).toEqual([[0, 3]]);
});

test('Friedman’s test takes account of ties', () => {
  const shared = [
    [1, 1, 1, 0.95, 0.9, 0.97, 1],
    [1, 1, 0.99, 0.9, 0.9, 0.93, 1],
    [1, 0.98, 0.97, 0.9, 0.88, 0.93, 1],
  ];
  const { pValue } = rank(['a', 'b', 'c'], shared);
  // χ² = scipy.stats.friedmanchisquare(*shared).statistic = 8 (scipy 1.17.1), and scipy.stats.f.sf(6 * χ² / (7 * 2 - χ²), 2, 12).
  expect(pValue).toBeCloseTo(0.0061964, 7);
});

test('detectors that tie on every data set are alike for certain', () => {
  const { detectors, pValue, groups } = rank(['a', 'b', 'c'], Array(3).fill([1, 0.9, 0.8, 1, 0.7]));
  expect(detectors.map(({ rank }) => rank)).toEqual([2, 2, 2]);
  expect(pValue).toBe(1);
  expect(groups).toEqual([[0, 2]]);
});

test('no two are told apart where Friedman’s test finds nothing, however far apart their ranks lie', () => {
  // Beside one that is always third and one that is always eighth, eight take turns.
  const others = [1, 2, 4, 5, 6, 7, 9, 10];
  const turns = others.map((_, index) => others.map((_, turn) => others[(index + turn) % others.length]));
  const ranks = [others.map(() => 3), ...turns, others.map(() => 8)];
  const { detectors, pValue, criticalDifference, groups } = rank(
    ranks.map((_, index) => `${index}`),
    ranks.map((own) => own.map((each) => 1 - each / 10)),
  );
  expect(detectors[9].rank - detectors[0].rank).toBeGreaterThan(criticalDifference);
  expect(pValue).toBeGreaterThan(0.05);
  expect(groups).toEqual([[0, 9]]);
});

const on = (dataset: string, name: string, auroc: number, pollutionRatio = 0) =>
  exampleRecord({ dataset, pollutionRatio, detector: { name, options: {} } }, { auroc });
const DATASETS = ['a', 'b', 'c', 'd', 'e'];
const runsOf = (name: string, auroc: number) => DATASETS.map((dataset) => on(dataset, name, auroc));

test('needs five data sets and three detectors that have a result on each', () => {
  const three = [...runsOf('oc-svm', 0.7), ...runsOf('kde', 0.6), ...runsOf('deep-sad', 0.9)];
  const [{ detectors, groups, leftOut }] = ranksOverDatasets([...three, on('a', 'ssad', 0.95)]);
  expect(detectors).toEqual([
    { name: 'Deep SAD', rank: 1 },
    { name: 'OC-SVM', rank: 2 },
    { name: 'KDE', rank: 3 },
  ]);
  // The critical difference of three detectors on five data sets is 1.48.
  expect(groups).toEqual([
    [0, 1],
    [1, 2],
  ]);
  expect(leftOut).toEqual(['SSAD']);
  expect(ranksOverDatasets(three.slice(5))).toEqual([]);
  expect(ranksOverDatasets(three.filter(({ dataset }) => dataset !== 'a'))).toEqual([]);
});

test('runs that failed are said, of detectors that are ranked and of those that are not for them', () => {
  const fail = (run: RunRecord) => exampleRecord(run, { status: 'failed', reason: 'collapsed' });
  const three = [...runsOf('oc-svm', 0.7), ...runsOf('kde', 0.6), ...runsOf('deep-sad', 0.9)];
  const seed = fail({ ...three[0], seed: 2 });
  const [{ leftOut, remarks, detectors }] = ranksOverDatasets([
    ...three,
    seed,
    ...runsOf('ssad', 1).map(fail),
  ]);
  expect(leftOut).toEqual(['SSAD']);
  expect(remarks).toEqual(['Runs that failed are in no mean: 1 of OC-SVM.']);
  expect(detectors.map(({ name }) => name)).toEqual(['Deep SAD', 'OC-SVM', 'KDE']);
});

test('means that are equal but for their rounding share a rank', () => {
  // The mean of three times 0.7 is 0.6999999999999998.
  const thrice = [1, 2, 3].flatMap((seed) => runsOf('oc-svm', 0.7).map((run) => ({ ...run, seed })));
  const [{ detectors }] = ranksOverDatasets([...thrice, ...runsOf('kde', 0.7), ...runsOf('deep-sad', 0.9)]);
  expect(detectors.map(({ rank }) => rank)).toEqual([1, 2.5, 2.5]);
});

test('settings are ranked apart, and what Friedman’s test does not find is not told apart', () => {
  const alike = DATASETS.flatMap((dataset, index) =>
    ['oc-svm', 'kde', 'deep-sad'].map((name, detector) => on(dataset, name, ((index + detector) % 3) / 10)),
  );
  const polluted = ['oc-svm', 'kde', 'deep-sad'].flatMap((name, detector) =>
    DATASETS.map((dataset) => on(dataset, name, detector / 10, 0.1)),
  );
  const ranked = ranksOverDatasets([...alike, ...polluted]);
  expect(ranked.map(({ setting, groups }) => [setting, groups])).toEqual([
    ['γ_l 0.01, γ_p 0', [[0, 2]]],
    [
      'γ_l 0.01, γ_p 0.1',
      [
        [0, 1],
        [1, 2],
      ],
    ],
  ]);
});

test('a detector without a run in a setting is not left out of it', () => {
  const three = (pollutionRatio: number) =>
    ['oc-svm', 'kde', 'deep-sad'].flatMap((name, detector) =>
      DATASETS.map((dataset) => on(dataset, name, detector / 10, pollutionRatio)),
    );
  const ranked = ranksOverDatasets([...three(0), ...three(0.1), on('a', 'ssad', 0.9, 0.1)]);
  expect(ranked.map(({ leftOut }) => leftOut)).toEqual([[], ['SSAD']]);
});

test('options that differ between the data sets are said of the ranked detectors', () => {
  const weighted = (detector: string, eta: number) =>
    DATASETS.map((dataset) =>
      exampleRecord({ dataset, detector: { name: detector, options: { eta: dataset === 'a' ? eta : 1 } } }),
    );
  const three = [...runsOf('oc-svm', 0.7), ...runsOf('kde', 0.6)];
  const saidOf = (eta: number) => ranksOverDatasets([...three, ...weighted('deep-sad', eta)])[0].remarks;
  expect(saidOf(1)).toEqual([]);
  expect(saidOf(100)).toEqual([
    'Deep SAD has not the same options on all data sets: eta 100 on a; eta 1 on 4 data sets.',
  ]);
});
