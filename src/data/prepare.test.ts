import { describe, expect, test } from '@jest/globals';
import { type Dataset, UNKNOWN_CLASS } from './dataset.js';
import { givenRatios, prepare, splitCounts } from './prepare.js';
import type { ScaledWholes } from './scaling.js';
import { dataset } from './testing/datasets.js';
import { mostHeld } from './testing/most-held.js';

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
    // 60 % of both kinds of anomalies are 39, and of either 19.
    const kinds = dataset({
      shape: [1],
      classNames: ['normal', 'worn', 'broken'],
      training: Array.from({ length: 99 }, (_, i) => [[i], i % 3]),
    });
    for (const seed of [1, 2, 3]) {
      const worn = { ...request, knownAnomalyClasses: ['worn'], seed };
      expect(splitCounts(kinds, worn)).toEqual(prepare(kinds, worn).counts);
    }
    expect(() => splitCounts(table, { ...request, labeledAnomalyRatio: 0.9 })).toThrow(
      'labeledAnomalyRatio can be at most',
    );
  });

  test('a sample has the label of its class, the first of a part too', () => {
    const rows = Array.from({ length: 30 }, (_, i): [number[], number] => [[i], i % 3 === 0 ? 1 : 0]);
    const written = { shape: [1] as const, classNames: ['normal', 'anomaly'], training: rows };
    const isAnomaly = (index: number) => (index % 3 === 0 ? 1 : 0);
    for (const data of [dataset(written), dataset({ ...written, test: rows.slice(0, 6) })]) {
      // All are labeled, so that every semi-target says what its sample is.
      const all = { ...request, labeledAnomalyRatio: 0.25, labeledNormalRatio: 0.75, pollutionRatio: 0 };
      const { training: trained, test: tested, origin } = prepare(data, all);
      expect([...tested.anomalies]).toEqual(Array.from(origin.test, isAnomaly));
      expect([...trained.semiTargets]).toEqual(Array.from(origin.training, (i) => (isAnomaly(i) ? -1 : 1)));
    }
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
    expect(prepare(table, request)).toMatchObject({ training, test: testSet, counts });
    expect(prepare(table, { ...request, seed: 2 }).training.samples).not.toEqual(training.samples);
  });
});

test('runs that share whole parts have one scaled test part of images, where it is the same for all', () => {
  const own = { ...request, knownAnomalyClasses: ['two'] };
  const wholes: ScaledWholes = new WeakMap();
  const [zero, one] = ['zero', 'one'].map((normalClass) => prepare(images, { ...own, normalClass }, wholes));
  expect(one.test.samples).toBe(zero.test.samples);
  expect(one.training.samples).not.toBe(zero.training.samples);
  const contrast = { ...own, normalClass: 'zero', preparation: { imageScaling: 'contrast' } } as const;
  expect(prepare(images, contrast, wholes).test.samples).not.toBe(zero.test.samples);
});

test.each([
  ['table', table, request],
  ['images', images, { ...request, normalClass: 'zero', knownAnomalyClasses: ['two'] }],
  [
    'windows',
    { ...images, scaled: true as const },
    { ...request, normalClass: 'zero', knownAnomalyClasses: ['two'] },
  ],
])(
  'what is done to prepared data of a %s, or then to the data set, is seen there alone',
  (_kind, data, asked) => {
    const changed = structuredClone(data);
    const [first, second] = [prepare(changed, asked), prepare(changed, asked)];
    for (const { samples } of [first.training, first.test]) samples.fill(-1);
    expect(second).toEqual(prepare(data, asked));
    for (const part of [changed.training, changed.test ?? changed.training])
      part.values.copyWithin(0, part.values.length / 2);
    expect(prepare(changed, asked).test.samples).not.toEqual(second.test.samples);
  },
);

test('runs that are trained on all images draw the order of these each anew', () => {
  const zeros = dataset({
    shape: [1, 2, 2],
    classNames: ['zero', 'one'],
    training: Array.from({ length: 20 }, (_, i) => [new Array(4).fill(i), 0]),
    test: [0, 1].map((label) => [new Array(4).fill(label), label]),
  });
  const unlabeled = { ...request, knownAnomalyClasses: [], labeledAnomalyRatio: 0, pollutionRatio: 0 };
  const runs = [1, 2].map((seed) => ({ ...unlabeled, normalClass: 'zero', seed }));
  const wholes: ScaledWholes = new WeakMap();
  const [first, second] = runs.map((run) => prepare(zeros, run, wholes));
  expect(second.training.samples).not.toEqual(first.training.samples);
  expect([first, second]).toEqual(runs.map((run) => prepare(zeros, run)));
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

describe('normal samples in both published parts, anomalies in the test part alone', () => {
  /** Samples [i]: 20 normal ones for training, 5 normal ones for the test, 10 scratched and 10 broken ones. */
  const parts: Dataset = {
    ...dataset({
      shape: [1],
      classNames: ['normal', 'broken', 'scratched'],
      training: Array.from({ length: 45 }, (_, i) => [[i], i < 25 ? 0 : 1 + (i % 2)]),
    }),
    testNormal: Uint32Array.from({ length: 5 }, (_, i) => 20 + i),
  };
  const known = { ...request, knownAnomalyClasses: ['broken'], labeledNormalRatio: 0 };
  const indices = (samples: Float32Array) => Array.from(samples, (value) => Math.round(value * 44));
  // Every sample of the training part, whose range scales the features.
  const unlabeled = { ...known, labeledAnomalyRatio: 0, pollutionRatio: 0 };

  test('without labels or pollution the published parts are kept whole', () => {
    const { training, test: testSet, counts } = prepare(parts, unlabeled);
    expect(indices(training.samples).sort((a, b) => a - b)).toEqual(Array.from({ length: 20 }, (_, i) => i));
    expect(indices(testSet.samples)).toEqual(Array.from({ length: 25 }, (_, i) => 20 + i));
    expect(Array.from(testSet.anomalies)).toEqual(Array.from({ length: 25 }, (_, i) => (i < 5 ? 0 : 1)));
    expect(counts).toMatchObject({ unlabeledNormal: 20, testNormal: 5, testAnomalies: 20 });
  });

  test.each([1, 2, 3])('anomalies drawn for training leave the test set (seed %d)', (seed) => {
    const { training, test: testSet, counts, origin } = prepare(parts, { ...known, seed });
    expect(counts).toEqual({
      labeledNormal: 0,
      labeledAnomalies: 2,
      unlabeledNormal: 20,
      unlabeledAnomalies: 2,
      testNormal: 5,
      testAnomalies: 16,
    });
    const together = [...indices(training.samples), ...indices(testSet.samples)].sort((a, b) => a - b);
    expect(together).toEqual(Array.from({ length: 45 }, (_, i) => i));
    expect(testSet.anomalies.filter((anomaly) => anomaly === 1)).toHaveLength(16);
    expect(indices(testSet.samples)).toEqual([...origin.test]);
    expect(splitCounts(parts, { ...known, seed })).toEqual(counts);
  });

  test('no anomaly left for the test, or another normal class, is refused', () => {
    const everything = { ...known, knownAnomalyClasses: ['broken', 'scratched'], labeledAnomalyRatio: 0.5 };
    expect(() => splitCounts(parts, { ...everything, pollutionRatio: 0 })).toThrow(
      'has 5 normal samples and 0 anomalies',
    );
    expect(() => splitCounts(parts, { ...unlabeled, normalClass: 'broken' })).toThrow(
      'expected normal as the normal class, found broken',
    );
  });
});

test('a redrawn test part is of the same size, shares rows with the training, and is scaled by its own split', () => {
  const redrawn = { ...request, preparation: { testPart: 'redrawn' } } as const;
  const usual = prepare(table, request);
  const { training, test: testSet, counts } = prepare(table, redrawn);
  expect(training).toEqual(usual.training);
  expect(counts).toEqual(usual.counts);
  expect(splitCounts(table, redrawn)).toEqual(counts);
  expect(testSet).not.toEqual(usual.test);
  for (const seed of [1, 2, 3, 4, 5, 6]) {
    const { test: own, origin } = prepare(table, { ...redrawn, seed });
    // The first feature of a row is its index.
    const others = Array.from({ length: 150 }, (_, i) => i).filter((row) => !origin.test.includes(row));
    const [low, high] = [Math.min(...others), Math.max(...others)];
    origin.test.forEach((row, i) => {
      expect(own.samples[2 * i]).toBeCloseTo((row - low) / (high - low), 6);
    });
  }
});

test('about as many normal rows of a redrawn test part are trained on as of all', () => {
  // Both splits have 0 and 1000, and so scale alike: other values tell a row from all others.
  const valueAt = (i: number) => (i < 100 ? 0 : i < 200 ? 1000 : i - 199);
  const rows = dataset({
    shape: [1],
    classNames: ['normal', 'anomaly'],
    training: Array.from({ length: 1000 }, (_, i) => [[valueAt(i)], i % 5 === 0 ? 1 : 0]),
  });
  const shared = (testPart?: 'redrawn') => {
    const { training, test: tested } = prepare(rows, {
      ...request,
      ...(testPart && { preparation: { testPart } }),
    });
    const inside = (value: number) => value > 0 && value < 1;
    const normal = tested.samples.filter((value, i) => inside(value) && tested.anomalies[i] === 0);
    const seen = new Set(training.samples);
    return normal.filter((value) => seen.has(value)).length / normal.length;
  };
  expect(shared()).toBe(0);
  expect(shared('redrawn')).toBeGreaterThan(0.5);
  expect(shared('redrawn')).toBeLessThan(0.7);
});

test('several classes are normal at once, in training and test', () => {
  const both = { ...request, normalClass: ['zero', 'two'], knownAnomalyClasses: ['one'], pollutionRatio: 0 };
  const { counts, test: testSet } = prepare(images, both);
  expect(counts).toMatchObject({ testNormal: 6, testAnomalies: 3, unlabeledAnomalies: 0 });
  expect(counts.labeledNormal + counts.unlabeledNormal).toBe(40);
  expect(Array.from(testSet.anomalies)).toEqual([0, 1, 0, 0, 1, 0, 0, 1, 0]);
  expect(splitCounts(images, both)).toEqual(counts);
  expect(() => prepare(images, { ...both, knownAnomalyClasses: ['two'] })).toThrow(
    'class two cannot be both the normal class and a known anomaly class',
  );
  const table = dataset({
    shape: [1],
    classNames: ['a', 'b', 'c'],
    training: Array.from({ length: 90 }, (_, i) => [[i], i % 3]),
  });
  const drawn = { ...both, normalClass: ['a', 'c'], knownAnomalyClasses: ['b'] };
  expect(prepare(table, drawn).counts).toMatchObject({ testNormal: 24, testAnomalies: 12 });
});

test.each([
  [0, '1 normal samples and 0 anomalies', 'anomalies'],
  [1, '0 normal samples and 1 anomalies', 'normal samples'],
])('a test set of one class is refused (%d)', (label, found, lacking) => {
  const ofOneClass = dataset({
    shape: [1, 1, 1],
    classNames: ['zero', 'one'],
    training: [
      [[1], 0],
      [[2], 1],
    ],
    test: [[[1], label]],
  });
  const unlabeled = { knownAnomalyClasses: [], labeledAnomalyRatio: 0, pollutionRatio: 0 };
  expect(() => splitCounts(ofOneClass, { ...request, ...unlabeled, normalClass: 'zero' })).toThrow(
    `the test set of written out with normal class zero has ${found}; AUROC needs at least one of each; add ${lacking} to test on`,
  );
});

test('a class that is not there is refused', () => {
  expect(() => prepare(table, { ...request, normalClass: 'other' })).toThrow(
    'normal class other has no samples for training',
  );
});

describe("the user's own labels", () => {
  const [normal, anomaly, unknown] = [0, 1, UNKNOWN_CLASS];
  /** So many samples of each class with a semi-target; their value is their index. */
  function labeled(...kinds: readonly [count: number, label: number, semiTarget: number][]): Dataset {
    const rows = kinds.flatMap(([count, label, semiTarget]) =>
      Array.from({ length: count }, () => ({ label, semiTarget })),
    );
    const written = dataset({
      shape: [1],
      classNames: ['normal', 'anomaly'],
      training: rows.map(({ label }, i) => [[i], label]),
    });
    const semiTargets = Int8Array.from(rows, ({ semiTarget }) => semiTarget);
    return { ...written, training: { ...written.training, semiTargets } };
  }

  test('are trained on as they are; a seeded 40 % of each kind is held out', () => {
    const data = labeled(
      [50, normal, 1],
      [100, normal, 0],
      [20, anomaly, -1],
      [30, anomaly, 0],
      [10, anomaly, 1],
    );
    const { training, test: testSet, counts } = prepare(data, { ...request, seed: 3 });
    expect(counts).toEqual({
      labeledNormal: 36,
      labeledAnomalies: 12,
      unlabeledNormal: 60,
      unlabeledAnomalies: 18,
      testNormal: 60,
      testAnomalies: 24,
    });
    expect(splitCounts(data, { ...request, seed: 4 })).toEqual(counts);
    expect(givenRatios(data)).toEqual({
      labeledAnomalyRatio: 0.0952,
      labeledNormalRatio: 0.2857,
      pollutionRatio: 0.2308,
    });
    expect(training.count).toBe(126);
    expect(testSet.count).toBe(84);
    // Samples are told by their values, which are their indices, scaled.
    const labels = data.training.semiTargets ?? [];
    const last = Math.max(...data.training.values);
    const expected = Array.from(training.samples, (value) => labels[Math.round(value * last)]);
    expect([...training.semiTargets]).toEqual(expected);
    const other = prepare(data, { ...request, seed: 4 });
    expect(other.training.samples).not.toEqual(training.samples);
    expect(prepare(data, { ...request, seed: 3 }).training).toEqual(training);
  });

  test('leave samples of unknown class to the training', () => {
    const data = labeled([10, normal, 1], [5, anomaly, -1], [85, unknown, 0]);
    const { training, counts } = prepare(data, request);
    expect(counts).toEqual({
      labeledNormal: 6,
      labeledAnomalies: 3,
      unlabeledNormal: 0,
      unlabeledAnomalies: 0,
      unlabeledUnknown: 85,
      testNormal: 4,
      testAnomalies: 2,
    });
    expect(training.count).toBe(94);
    expect(givenRatios(data)).toEqual({
      labeledAnomalyRatio: 0.0319,
      labeledNormalRatio: 0.0638,
      pollutionRatio: 0,
    });
  });

  test('give no pollution where nothing is unlabeled, or where the class of any that is is not known', () => {
    const tested = labeled([1, normal, 0], [1, anomaly, 0]).training;
    const ratiosOf = (data: Dataset) => givenRatios({ ...data, test: tested });
    expect(ratiosOf(labeled([10, normal, 1], [5, anomaly, -1]))).toEqual({
      labeledAnomalyRatio: 0.3333,
      labeledNormalRatio: 0.6667,
      pollutionRatio: 0,
    });
    expect(ratiosOf(labeled([10, normal, 1], [5, anomaly, 0]))).toMatchObject({ pollutionRatio: 1 });
    expect(ratiosOf(labeled([10, normal, 1], [5, anomaly, 0], [1, unknown, 0]))).toMatchObject({
      pollutionRatio: 0,
    });
  });

  test('count a single sample of unknown class', () => {
    const { training, counts } = prepare(
      labeled([10, normal, 1], [5, anomaly, -1], [1, unknown, 0]),
      request,
    );
    expect(counts).toMatchObject({ labeledNormal: 6, labeledAnomalies: 3, unlabeledUnknown: 1 });
    expect(training.count).toBe(10);
  });

  test('are all trained on beside a test part', () => {
    const { training } = labeled([10, normal, 1], [5, anomaly, -1], [85, unknown, 0]);
    const data = {
      ...labeled([3, normal, 0], [2, anomaly, 0]),
      training,
      test: labeled([100, normal, 0], [50, anomaly, 0]).training,
    };
    const { training: trained, test: testSet, counts } = prepare(data, request);
    expect(trained.semiTargets).toEqual(training.semiTargets);
    expect(counts).toMatchObject({ labeledNormal: 10, testNormal: 100, testAnomalies: 50 });
    expect(testSet.count).toBe(150);
  });

  test('of anomalies alone are refused', () => {
    const tested = labeled([1, normal, 0], [1, anomaly, 0]).training;
    expect(() => splitCounts({ ...labeled([3, anomaly, -1]), test: tested }, request)).toThrow(
      'every training sample of written out is a labeled anomaly; give normal or unlabeled ones too',
    );
  });

  test('that leave nothing to test on are refused', () => {
    expect(() => splitCounts(labeled([10, normal, 1], [90, unknown, 0]), request)).toThrow(
      'has 4 normal samples and 0 anomalies; AUROC needs at least one of each; give a table to test on (key test)',
    );
  });
});

test('missing values take the mean of the training part', () => {
  const gaps = dataset({
    shape: [1],
    classNames: ['normal', 'anomaly'],
    training: [
      [[0], 0],
      [[Number.NaN], 0],
      [[2], 0],
      [[10], 1],
    ],
    test: [
      [[Number.NaN], 0],
      [[5], 1],
    ],
  });
  const { training, test: testSet } = prepare(gaps, {
    ...request,
    labeledAnomalyRatio: 0,
    pollutionRatio: 0,
  });
  expect([...training.samples].sort()).toEqual([0, 0.2, 0.4].map(Math.fround));
  expect([...testSet.samples]).toEqual([0.4, 0.5].map(Math.fround));
});

describe('nothing holds an element a sample, of which a Set takes no more than 2^24', () => {
  const samples = Array.from({ length: 3000 }, (_, i): [number[], number] => [[i], i % 3 === 0 ? 1 : 0]);
  const many = dataset({ shape: [1], classNames: ['normal', 'anomaly'], training: samples });
  const { training } = many;
  const drawn = { ...request, labeledAnomalyRatio: 0.2 };

  test.each<[string, Dataset]>([
    ['drawn parts', many],
    ['a test part', { ...many, test: training }],
    [
      'normal samples for the test',
      { ...many, testNormal: Uint32Array.from({ length: 500 }, (_, i) => 3 * i + 1) },
    ],
    ["the user's own labels", { ...many, training: { ...training, semiTargets: new Int8Array(3000) } }],
  ])('%s', async (_, given) => {
    expect(await mostHeld(async () => prepare(given, drawn))).toBeLessThan(10);
  });
});
