import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { UserError } from '../errors.js';
import {
  type Available,
  givenLabelsSplit,
  type LabeledSamples,
  type SplitRequest,
  semiSupervisedSplit,
  trainingCounts,
  trainTestSplit,
} from './split.js';

const isZero = (label: number) => label === 0;

const CLASS_NAMES = ['a', 'b', 'c', 'd'];

const request: SplitRequest = {
  normalClass: 'a',
  knownAnomalyClasses: ['b'],
  labeledAnomalyRatio: 0,
  labeledNormalRatio: 0,
  pollutionRatio: 0,
  seed: 1,
};

/** `counts[k]` samples of class k, interleaved. */
function samples(counts: readonly number[]): LabeledSamples {
  const labels = counts.flatMap((count, label) =>
    Array.from({ length: count }, (_, i) => ({ label, at: i / count })),
  );
  labels.sort((left, right) => left.at - right.at);
  return { classes: Uint8Array.from(labels, ({ label }) => label), classNames: CLASS_NAMES };
}

const classCounts = fc.tuple(fc.integer({ min: 1, max: 300 }), fc.nat(200), fc.nat(200), fc.nat(200));
const ratio = fc.integer({ min: 0, max: 60 }).map((percent) => percent / 100);
const anyRequest = fc.record({
  normalClass: fc.constant('a'),
  knownAnomalyClasses: fc.subarray(['b', 'c', 'd']),
  labeledAnomalyRatio: ratio,
  labeledNormalRatio: ratio,
  pollutionRatio: fc.oneof({ weight: 9, arbitrary: ratio }, fc.constant(1)),
  seed: fc.nat(),
});

describe('trainTestSplit', () => {
  test('60:40 of normal samples and of anomalies, each sample once', () => {
    fc.assert(
      fc.property(classCounts, fc.nat(), (counts, seed) => {
        const { classes } = samples(counts);
        const { training, test } = trainTestSplit(classes, isZero, seed);
        expect([...training, ...test].sort((a, b) => a - b)).toEqual(Array.from(classes.keys()));
        const anomalies = classes.length - counts[0];
        const trainingAnomalies = training.filter((index) => classes[index] !== 0).length;
        expect(trainingAnomalies).toBe(Math.floor(0.6 * anomalies + 1e-9));
        expect(training.length - trainingAnomalies).toBe(Math.floor(0.6 * counts[0] + 1e-9));
      }),
    );
  });

  test('the seed decides', () => {
    const { classes } = samples([50, 20, 0, 0]);
    expect(trainTestSplit(classes, isZero, 1)).toEqual(trainTestSplit(classes, isZero, 1));
    expect(trainTestSplit(classes, isZero, 1)).not.toEqual(trainTestSplit(classes, isZero, 2));
  });
});

test('which samples a seed draws for the test does not change, nor their order', () => {
  const classes = Uint8Array.from({ length: 20 }, (_, i) => (i % 4 === 0 ? 1 : 0));
  const semiTargets = Int8Array.from(classes, (label, i) => (i < 10 ? 0 : label ? -1 : 1));
  const drawn = [trainTestSplit(classes, isZero, 1), givenLabelsSplit(classes, semiTargets, 1)];
  expect(drawn.map(({ test }) => [...test])).toEqual([
    [0, 1, 6, 7, 8, 17, 18, 19],
    [0, 3, 5, 7, 8, 10, 12, 13, 15, 19],
  ]);
  for (const { training, test } of drawn) {
    expect([...training]).toEqual([...classes.keys()].filter((index) => !test.includes(index)));
  }
});

describe('semiSupervisedSplit', () => {
  test('has the counts, semi-targets and classes of the protocol, or says why not', () => {
    let made = 0;
    fc.assert(
      fc.property(classCounts, anyRequest, (available, wanted) => {
        const data = samples(available);
        let split: ReturnType<typeof semiSupervisedSplit>;
        try {
          split = semiSupervisedSplit(data, wanted);
        } catch (error) {
          expect(error).toBeInstanceOf(UserError);
          return;
        }
        made++;
        const { indices, semiTargets, counts } = split;
        expect(new Set(indices).size).toBe(indices.length);
        expect(semiTargets).toHaveLength(indices.length);

        const drawn = Array.from(indices, (index, i) => ({
          label: data.classes[index],
          semiTarget: semiTargets[i],
        }));
        const of = (semiTarget: number) => drawn.filter((sample) => sample.semiTarget === semiTarget);
        const unlabeled = of(0);
        expect(counts).toEqual({
          labeledNormal: of(1).length,
          labeledAnomalies: of(-1).length,
          unlabeledNormal: unlabeled.filter(({ label }) => label === 0).length,
          unlabeledAnomalies: unlabeled.filter(({ label }) => label !== 0).length,
        });
        expect(counts.labeledNormal + counts.unlabeledNormal).toBe(available[0]);
        expect(of(1).every(({ label }) => label === 0)).toBe(true);
        for (const { label } of of(-1)) expect(wanted.knownAnomalyClasses).toContain(CLASS_NAMES[label]);

        // Each count is within the one sample that rounding down costs of what the ratios ask for.
        const total = indices.length;
        const near = (count: number, expected: number) => expect(Math.abs(count - expected)).toBeLessThan(3);
        near(counts.labeledNormal, wanted.labeledNormalRatio * total);
        near(counts.labeledAnomalies, wanted.labeledAnomalyRatio * total);
        near(counts.unlabeledAnomalies, wanted.pollutionRatio * unlabeled.length);
      }),
      { numRuns: 500 },
    );
    expect(made).toBeGreaterThan(50);
  });

  test('pollution comes from every anomaly class, labeled anomalies from every known one', () => {
    const data = samples([1000, 300, 300, 300]);
    data.classes.sort();
    const { indices, semiTargets } = semiSupervisedSplit(data, {
      ...request,
      knownAnomalyClasses: ['b', 'c'],
      labeledAnomalyRatio: 0.1,
      pollutionRatio: 0.1,
    });
    const classesOf = (semiTarget: number) =>
      new Set(
        Array.from(indices, (index) => data.classes[index]).filter((_, i) => semiTargets[i] === semiTarget),
      );
    expect(classesOf(-1)).toEqual(new Set([1, 2]));
    expect(classesOf(0)).toEqual(new Set([0, 1, 2, 3]));
  });

  test('every anomaly can be used', () => {
    const { counts } = semiSupervisedSplit(samples([50, 30, 0, 0]), {
      ...request,
      labeledAnomalyRatio: 0.2,
      pollutionRatio: 0.21875,
    });
    expect(counts).toEqual({
      labeledNormal: 0,
      labeledAnomalies: 16,
      unlabeledNormal: 50,
      unlabeledAnomalies: 14,
    });
  });

  test('the seed decides, and nothing else', () => {
    const data = samples([100, 50, 50, 50]);
    const wanted = { ...request, labeledAnomalyRatio: 0.1, pollutionRatio: 0.1 };
    expect(semiSupervisedSplit(data, wanted)).toEqual(semiSupervisedSplit(data, wanted));
    for (const ratio of ['labeledNormalRatio', 'labeledAnomalyRatio', 'pollutionRatio']) {
      const drawn = [1, 2].map((seed) => semiSupervisedSplit(data, { ...request, [ratio]: 0.1, seed }));
      const chosen = drawn.map(({ indices, semiTargets }) =>
        indices.filter((index, i) => data.classes[index] !== 0 || semiTargets[i] === 1).sort(),
      );
      expect([ratio, chosen[1]]).not.toEqual([ratio, chosen[0]]);
    }
  });

  test.each([
    [
      'an unknown normal class',
      { normalClass: 'z' },
      'normal class z has no samples for training; classes that have: a, b, c',
    ],
    ['a normal class without samples', { normalClass: 'd' }, 'normal class d has no samples for training'],
    [
      'a known class without samples',
      { knownAnomalyClasses: ['b', 'd'] },
      'known anomaly class d has no samples for training',
    ],
    [
      'a known class that is normal',
      { knownAnomalyClasses: ['a'] },
      'class a cannot be both the normal class and a known anomaly class',
    ],
  ])('refuses %s', (_, change, message) => {
    expect(() => semiSupervisedSplit(samples([10, 10, 10, 0]), { ...request, ...change })).toThrow(message);
  });
});

/** The message with which a request is refused; empty where it is not. */
function refusal(wanted: SplitRequest, available: Available): string {
  try {
    trainingCounts(wanted, available);
    return '';
  } catch (error) {
    return (error as Error).message;
  }
}

describe('trainingCounts', () => {
  const plenty = { normal: 5923, knownAnomalies: 100_000, anomalies: 1_000_000 };

  test('as the formula gives them by hand', () => {
    const wanted = { ...request, labeledAnomalyRatio: 0.1, labeledNormalRatio: 0.2, pollutionRatio: 0.5 };
    // T = 110 / (0.5 · 0.9 + 0.5 · 0.2) = 200
    expect(trainingCounts(wanted, { ...plenty, normal: 110 })).toEqual({
      labeledNormal: 40,
      labeledAnomalies: 20,
      unlabeledNormal: 70,
      unlabeledAnomalies: 70,
    });
  });

  test('of unlabeled anomalies alone, where the normal samples are labeled', () => {
    // T = 30 / 0.6 = 50
    const wanted = { ...request, labeledAnomalyRatio: 0.1, labeledNormalRatio: 0.6, pollutionRatio: 1 };
    expect(trainingCounts(wanted, { ...plenty, normal: 30 })).toEqual({
      labeledNormal: 30,
      labeledAnomalies: 5,
      unlabeledNormal: 0,
      unlabeledAnomalies: 15,
    });
  });

  test('a count that rounding leaves just below an integer is that integer', () => {
    for (let labeled = 1; labeled < 100; labeled++) {
      const counts = trainingCounts(
        { ...request, labeledAnomalyRatio: labeled / 100 },
        { ...plenty, normal: 100 - labeled },
      );
      expect(counts.labeledAnomalies).toBe(labeled);
    }
  });

  test('without labels or pollution, the normal samples', () => {
    expect(trainingCounts(request, { normal: 7, knownAnomalies: 0, anomalies: 0 })).toEqual({
      labeledNormal: 0,
      labeledAnomalies: 0,
      unlabeledNormal: 7,
      unlabeledAnomalies: 0,
    });
  });

  test.each([
    ['a ratio above 1', { pollutionRatio: 1.5 }, 'pollutionRatio is 1.5; expected a fraction from 0 to 1'],
    ['a ratio below 0', { labeledNormalRatio: -0.1 }, 'labeledNormalRatio is -0.1; expected a fraction'],
    ['a ratio that is no number', { labeledAnomalyRatio: Number.NaN }, 'labeledAnomalyRatio is NaN'],
    [
      'ratios past 1',
      { labeledAnomalyRatio: 0.5, labeledNormalRatio: 0.6 },
      'sum to more than the whole training set; with this labeledNormalRatio, labeledAnomalyRatio can be at most 0.4',
    ],
    ['labeled anomalies alone', { labeledAnomalyRatio: 1 }, 'leave no normal sample in the training set'],
    ['pollution alone', { pollutionRatio: 1 }, 'leave no normal sample in the training set'],
    [
      'more labeled anomalies than there are',
      { labeledAnomalyRatio: 0.5 },
      'asks for 100 labeled anomalies beside 100 normal samples, but the known anomaly classes (b) have 25 for training; with the other ratios as they are, labeledAnomalyRatio can be at most 0.2',
    ],
    [
      'more pollution than there is',
      { pollutionRatio: 0.5 },
      'asks for 100 unlabeled anomalies beside 100 normal samples, but 60 anomalies for training are not labeled; with the other ratios as they are, pollutionRatio can be at most 0.375',
    ],
  ])('refuses %s', (_, change, message) => {
    expect(() =>
      trainingCounts({ ...request, ...change }, { normal: 100, knownAnomalies: 25, anomalies: 60 }),
    ).toThrow(message);
  });

  test('a refusal names a ratio that is possible where it is far below 1 in 10,000', () => {
    const available = { normal: 35_997, knownAnomalies: 3, anomalies: 3 };
    expect(refusal({ ...request, labeledAnomalyRatio: 0.01 }, available)).toMatch(
      /labeledAnomalyRatio can be at most 0.00008333$/,
    );
    expect(refusal({ ...request, labeledAnomalyRatio: 0, pollutionRatio: 0.01 }, available)).toMatch(
      /pollutionRatio can be at most 0.00008333$/,
    );
  });

  test('an error of rounding is no ratio that is possible', () => {
    const wanted = { ...request, labeledAnomalyRatio: 0.5, pollutionRatio: 0.6 };
    expect(refusal(wanted, { normal: 2, knownAnomalies: 3, anomalies: 3 })).toMatch(/can be at most 0$/);
  });

  test('what rounding down leaves for anomalies alone is possible', () => {
    // (1 − r_n)·T = 240.3 anomalies, whatever γ_l is.
    const wanted = { ...request, labeledAnomalyRatio: 0.55, labeledNormalRatio: 0.3, pollutionRatio: 1 };
    const available = { normal: 103, knownAnomalies: 179, anomalies: 240 };
    expect(refusal(wanted, available)).toMatch(/labeledAnomalyRatio can be at most 0.5213$/);
    expect(refusal({ ...wanted, labeledAnomalyRatio: 0.5213 }, available)).toBe('');
    expect(refusal(wanted, { ...available, anomalies: 239 })).toMatch(/can be at most 0$/);
  });

  test('what a refusal calls possible is possible, and little more', () => {
    let refused = 0;
    fc.assert(
      fc.property(
        anyRequest,
        fc.oneof(fc.integer({ min: 1, max: 500 }), fc.integer({ min: 1, max: 1_000_000 })),
        fc.nat(100),
        fc.nat(100),
        (wanted, normal, known, others) => {
          const available = { normal, knownAnomalies: known, anomalies: known + others };
          const [, name, most] =
            /as they are, (\w+) can be at most ([\d.e-]+)$/.exec(refusal(wanted, available)) ?? [];
          if (name === undefined) return;
          refused++;
          if (known > 0 && wanted.pollutionRatio === 0) expect(Number(most)).toBeGreaterThan(0);
          const mended = refusal({ ...wanted, [name]: Number(most) }, available);
          expect(mended).not.toMatch(new RegExp(`^${name} `));
          // The number of anomalies grows by at least so much with the ratio, and rounding down hides no two of them.
          const slope =
            normal *
            (name === 'pollutionRatio'
              ? 1 - wanted.labeledAnomalyRatio - wanted.labeledNormalRatio
              : 1 - wanted.pollutionRatio);
          expect(refusal({ ...wanted, [name]: Number(most) * 1.001 + 2 / slope }, available)).not.toBe('');
          // Without any labels there may still be too few anomalies for the pollution.
          if (Number(most) > 0) expect(mended).not.toContain('can be at most');
        },
      ),
      { numRuns: 500 },
    );
    expect(refused).toBeGreaterThan(50);
  });
});
