import { describe, expect, test } from '@jest/globals';
import { uniq } from 'es-toolkit';
import type { TestSet, TrainingSet } from '../../data/dataset.js';
import { UserError } from '../../errors.js';
import { auroc } from '../../metrics/auroc.js';
import { randomStream } from '../../random.js';
import type { DetectorDefinition, Progress } from '../detector.js';
import { BANDWIDTHS } from './bandwidth.js';
import { ocSvm } from './oc-svm.js';
import { ssad } from './ssad.js';
import { context, FIXTURES, readFixture, unlabeled } from './testing/fixtures.js';

const DEFAULTS = { network: 'mlp', representationSize: 2 } as const;

function create(definition: DetectorDefinition, given: Record<string, unknown>, { shape }: TrainingSet) {
  return definition.create(definition.resolve(given, DEFAULTS, shape), shape);
}

async function fitAndScore(
  definition: DetectorDefinition,
  given: Record<string, unknown>,
  training: TrainingSet,
  samples: Float32Array,
) {
  const detector = create(definition, given, training);
  await detector.fit(training, context());
  return detector.score(samples);
}

/** Uniform samples in [0, 1)³, with semi-targets in turn as given; labeled anomalies are moved by 0.4. */
function labeledSet(count: number, semiTargets: readonly number[], seed = 1): TrainingSet {
  const random = randomStream(seed, 'test samples');
  const ofSamples = Int8Array.from({ length: count }, (_, i) => semiTargets[i % semiTargets.length]);
  const samples = Float32Array.from(
    { length: 3 * count },
    (_, k) => random.uniform(0, 1) + (ofSamples[Math.floor(k / 3)] < 0 ? 0.4 : 0),
  );
  return { shape: [3], count, samples, semiTargets: ofSamples };
}

function testSet(count: number): TestSet {
  const { samples, semiTargets } = labeledSet(count, [0, 0, -1], 2);
  return { count, samples, anomalies: Uint8Array.from(semiTargets, (target) => Number(target < 0)) };
}

describe('OC-SVM', () => {
  describe.each(FIXTURES)('agrees with scikit-learn on %s', (name) => {
    const { training, test: samples, nu, ocSvm: cases } = readFixture(name);

    test.each(cases)('$kernel $gamma', async ({ kernel, gamma, decisions }) => {
      const options = kernel === 'rbf' ? { nu, gamma } : { nu, kernel };
      const scores = await fitAndScore(ocSvm, options, training, samples);
      // scikit-learn's dual has Σ α = νn where ours, as Schölkopf's, has 1.
      const expected = decisions.map((decision) => -decision / (nu * training.count));
      const largest = Math.max(...expected.map(Math.abs));
      scores.forEach((score, i) => {
        expect(Math.abs(score - expected[i])).toBeLessThan(1e-3 * largest);
      });
    });
  });

  test('leaves out labeled anomalies, and takes labeled normal samples like unlabeled ones', async () => {
    const training = labeledSet(60, [0, 1, -1]);
    const kept = [...training.semiTargets.keys()].filter((i) => training.semiTargets[i] >= 0);
    const samples = Float32Array.from(kept.flatMap((i) => [...training.samples.subarray(3 * i, 3 * i + 3)]));
    const scores = await fitAndScore(ocSvm, { gamma: 1 }, training, testSet(30).samples);
    expect(scores).toEqual(
      await fitAndScore(ocSvm, { gamma: 1 }, unlabeled(samples, 3), testSet(30).samples),
    );
  });

  test('leaves at most a share ν of the training samples outside', async () => {
    const training = labeledSet(300, [0]);
    for (const nu of [0.05, 0.3]) {
      const scores = await fitAndScore(ocSvm, { nu, gamma: 2 }, training, training.samples);
      expect(scores.filter((score) => score > 1e-5).length).toBeLessThanOrEqual(nu * 300);
    }
  });

  // Distances of 64 features or more are made of inner products.
  test.each([3, 64, 100])(
    'comes to the same scores of %d features within a small memory limit',
    async (width) => {
      const random = randomStream(width, 'samples');
      const training = unlabeled(
        Float32Array.from({ length: 300 * width }, () => random.uniform(0, 1)),
        width,
      );
      for (const options of [{ gamma: 4 / width }, { kernel: 'linear' }]) {
        const scores = await fitAndScore(ocSvm, options, training, training.samples);
        // Room for 16 of 300 kernel rows.
        const small = await fitAndScore(ocSvm, { ...options, memoryLimit: 0.02 }, training, training.samples);
        expect(small).toEqual(scores);
      }
    },
  );

  test('fits a single sample', async () => {
    const training = unlabeled(Float32Array.of(0.5, 0.5), 2);
    const scores = await fitAndScore(ocSvm, { gamma: 1 }, training, Float32Array.of(0.5, 0.5, 1.5, 0.5));
    expect(scores[0]).toBeCloseTo(0, 7);
    expect(scores[1]).toBeCloseTo(1 - Math.exp(-1), 6);
  });
});

describe('SSAD', () => {
  test('without labels is the one-class SVM of C = 1 / νn', async () => {
    const training = labeledSet(80, [0]);
    const { samples } = testSet(40);
    for (const gamma of [0.1, 1, 10]) {
      const scores = await fitAndScore(ssad, { gamma, unlabeledPenalty: 1 / 8 }, training, samples);
      expect(scores).toEqual(await fitAndScore(ocSvm, { gamma, nu: 0.1 }, training, samples));
    }
  });

  test('does not depend on the order of the samples', async () => {
    const training = labeledSet(60, [0, 0, 1, -1]);
    const size = training.count;
    const reversed: TrainingSet = {
      ...training,
      samples: training.samples.map((_, k) => training.samples[3 * (size - 1 - Math.floor(k / 3)) + (k % 3)]),
      semiTargets: training.semiTargets.slice().reverse(),
    };
    const { samples } = testSet(40);
    const scores = await fitAndScore(ssad, { gamma: 2 }, training, samples);
    const again = await fitAndScore(ssad, { gamma: 2 }, reversed, samples);
    scores.forEach((score, i) => {
      expect(score).toBeCloseTo(again[i], 4);
    });
  });

  test('ranks anomalies higher for knowing some', async () => {
    const { samples, anomalies } = testSet(300);
    const training = labeledSet(200, [0, 0, 0, 0, -1]);
    const blind = { ...training, semiTargets: training.semiTargets.map(() => 0) };
    const knowing = auroc(await fitAndScore(ssad, { gamma: 1 }, training, samples), anomalies);
    expect(knowing).toBeGreaterThan(
      auroc(await fitAndScore(ssad, { gamma: 1 }, blind, samples), anomalies) + 0.05,
    );
  });

  // Twice as many samples lie where less is known to be normal: by their density alone they would be ranked below the others.
  test.each([
    ['unlabeled samples', [1, 0, 0]],
    ['labeled anomalies', [1, -1, -1]],
    ['both, which are', [1, 0, 0, -1]],
  ])('ranks labeled normal samples below %s elsewhere', async (_name, semiTargets) => {
    const ends = semiTargets.map((semiTarget) => 1 - semiTarget);
    const training = labeledSet(80, semiTargets);
    const samples = training.samples.map((_, k) => ends[Math.floor(k / 3) % ends.length] + (k % 7) / 100);
    const probes = uniq(ends).flatMap((end) => [end, end, end]);
    const scores = await fitAndScore(ssad, { gamma: 1 }, { ...training, samples }, Float32Array.from(probes));
    expect([...scores]).toEqual([...scores].sort((a, b) => a - b));
    expect(new Set(scores).size).toBe(scores.length);
  });

  test.each([
    ['all labeled', [1, 1, -1]],
    ['only labeled normal samples', [1]],
    ['no labeled normal sample', [0, 0, -1]],
    ['no labeled anomaly', [0, 1]],
  ])('trains with %s', async (_name, semiTargets) => {
    const training = labeledSet(60, semiTargets);
    for (const gamma of [2 ** -7, 1, 1e6]) {
      const detector = create(ssad, { gamma }, training);
      await detector.fit(training, context());
      expect(detector.notes?.()).toMatchObject({ gamma, converged: true });
      expect((await detector.score(training.samples)).every(Number.isFinite)).toBe(true);
    }
  });

  test.each([
    [{ kappa: 50 }, [0, 0, -1], 'κ = 50 is out of reach: the labeled samples weigh at most 10'],
    [{ unlabeledPenalty: 0.01 }, [0, 0, 0], '30 unlabeled and 0 labeled normal samples cannot weigh 1'],
  ])('refuses %j with semi-targets %j', async (options, semiTargets, message) => {
    const fitting = fitAndScore(
      ssad,
      { gamma: 1, ...options },
      labeledSet(30, semiTargets),
      new Float32Array(3),
    );
    await expect(fitting).rejects.toThrow(UserError);
    await expect(fitting).rejects.toThrow(message);
  });
});

describe.each([ocSvm, ssad])('bandwidth selection of $name', (definition) => {
  const training = labeledSet(120, [0, 0, 0, 0, 0, -1]);
  const holdOut = testSet(30);

  test('by the hold-out keeps the bandwidth of the best AUROC', async () => {
    const detector = create(definition, { selection: 'test-holdout' }, training);
    const reports: Progress[] = [];
    await detector.fit(training, context({ holdOut, report: (progress) => reports.push(progress) }));
    const aurocs: number[] = [];
    for (const gamma of BANDWIDTHS) {
      const scores = await fitAndScore(definition, { gamma }, training, holdOut.samples);
      aurocs.push(auroc(scores, holdOut.anomalies));
    }
    const best = Math.max(...aurocs);
    expect(detector.notes?.()).toMatchObject({
      gamma: BANDWIDTHS[aurocs.indexOf(best)],
      holdOutAuroc: best,
      converged: true,
    });
    expect(auroc(await detector.score(holdOut.samples), holdOut.anomalies)).toBe(best);
    expect(reports.map(({ done, total }) => [done, total])).toEqual(BANDWIDTHS.map((_, k) => [k + 1, 10]));
  });

  test('by the hold-out never takes one whose scores differ by rounding alone, however well that ranks', async () => {
    // Thirty samples about 0 and one far off, beside which lie the normal ones of the hold-out. Wide kernels see the thirty nearer to the
    // anomalies; narrow ones rank right, by kernel values of 1e-8 and less.
    const samples = Float32Array.from({ length: 31 }, (_, i) => (i < 30 ? (i - 14.5) / 1000 : 25.1));
    const far = { shape: [1], count: 31, samples, semiTargets: new Int8Array(31) } as const;
    const held = { count: 2, samples: Float32Array.of(37.1, 12.6), anomalies: Uint8Array.of(0, 1) };
    const narrow = await fitAndScore(definition, { gamma: 1 / 8 }, far, held.samples);
    expect(auroc(narrow, held.anomalies)).toBe(1);
    const detector = create(definition, { selection: 'test-holdout' }, far);
    await detector.fit(far, context({ holdOut: held }));
    expect(detector.notes?.().gamma).toBeLessThan(1 / 8);
  });

  test('by the hold-out comes to the same within a small memory limit', async () => {
    const notes = async (memoryLimit: number) => {
      const detector = create(definition, { selection: 'test-holdout', memoryLimit }, training);
      await detector.fit(training, context({ holdOut }));
      return detector.notes?.();
    };
    // Room for 20 of 120 kernel rows, or fewer.
    expect(await notes(0.01)).toEqual(await notes(1000));
  });

  test('asks for the hold-out only then', () => {
    const wants = (given: Record<string, unknown>) =>
      definition.usesHoldOut?.(definition.resolve(given, DEFAULTS, [3]));
    expect(wants({ selection: 'test-holdout' })).toBe(true);
    expect(wants({ selection: 'median' })).toBe(false);
    expect(wants({ gamma: 1 })).toBe(false);
    expect(wants({ kernel: 'linear' })).toBe(false);
  });

  test('by the median looks at no label', async () => {
    const detector = create(definition, {}, training);
    await detector.fit(training, context());
    const { gamma, holdOutAuroc } = detector.notes?.() ?? {};
    expect(gamma).toBeGreaterThan(1);
    expect(gamma).toBeLessThan(4);
    expect(holdOutAuroc).toBeUndefined();
  });

  test('saves what a score needs', async () => {
    const detector = create(definition, { gamma: 1 }, training);
    await detector.fit(training, context());
    const {
      arrays: { supportVectors, coefficients },
      facts: { rho },
    } = await detector.state();
    const [score] = await detector.score(holdOut.samples.subarray(0, 3));
    const projection = [...coefficients].reduce((sum, coefficient, k) => {
      const distance = [0, 1, 2].reduce(
        (d, f) => d + (supportVectors[3 * k + f] - holdOut.samples[f]) ** 2,
        0,
      );
      return sum + coefficient * Math.exp(-distance);
    }, 0);
    expect(score).toBeCloseTo(rho[0] - projection, 5);
  });
});
