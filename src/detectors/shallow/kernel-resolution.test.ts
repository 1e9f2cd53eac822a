import { describe, expect, test } from '@jest/globals';
import type { TrainingSet } from '../../data/dataset.js';
import { collapse } from '../../metrics/collapse.js';
import { randomStream } from '../../random.js';
import type { DetectorDefinition } from '../detector.js';
import { ocSvm } from './oc-svm.js';
import { ssad } from './ssad.js';
import { context } from './testing/fixtures.js';

const DEFAULTS = { network: 'mlp', representationSize: 2 } as const;
const SEEDS = [1, 2, 3, 4, 5, 6, 7, 8];
const COUNT = 200;

/** Samples spread about a point that is so far from the origin in each of four features, one in 20 a labeled anomaly. */
function cloud(seed: number, distance: number, spread = 1): TrainingSet {
  const samples = randomStream(seed, 'cloud').normal(new Float64Array(4 * COUNT));
  return {
    shape: [4],
    count: COUNT,
    samples: Float32Array.from(samples, (value) => distance + spread * value),
    semiTargets: Int8Array.from({ length: COUNT }, (_, i) => (i % 20 === 0 ? -1 : 0)),
  };
}

/** A fitted method with the linear kernel, and why its scores of further samples of a cloud have collapsed, if they have. */
async function fitted(
  definition: DetectorDefinition,
  given: Record<string, unknown>,
  training: TrainingSet,
  { samples }: TrainingSet,
) {
  const options = definition.resolve({ kernel: 'linear', ...given }, DEFAULTS, training.shape);
  const detector = definition.create(options, training.shape);
  const anomalies = Uint8Array.from({ length: COUNT }, (_, i) => i % 2);
  await detector.fit(training, context({ test: { count: COUNT, samples, anomalies } }));
  const restored = definition.create(options, training.shape);
  restored.restore(await detector.state(), context().engine);
  const scores = await detector.score(samples);
  const reason = collapse(scores, detector.resolution(scores));
  expect(collapse(scores, restored.resolution(scores))).toBe(reason);
  return { notes: detector.notes?.(), scores, reason };
}

describe('with the linear kernel, for which w = 0 may be the optimum', () => {
  test.each([
    { definition: ocSvm, given: {} },
    { definition: ocSvm, given: { nu: 0.5 } },
    { definition: ocSvm, given: { trainOn: 'all' } },
    { definition: ssad, given: {} },
    { definition: ssad, given: { unlabeledPenalty: 0.02, kappa: 2 } },
  ])(
    '$definition.name $given has collapsed where the origin lies among the samples',
    async ({ definition, given }) => {
      for (const seed of SEEDS) {
        for (const spread of [1, 10]) {
          const about = await fitted(definition, given, cloud(seed, 0), cloud(99, 0, spread));
          expect(about.reason).toMatch(/^collapsed: .* no difference says anything$/);
          const away = await fitted(definition, given, cloud(seed, 30), cloud(99, 30, spread));
          expect(away.reason).toBeUndefined();
        }
      }
    },
  );

  test('none of several ν is chosen by its noise', async () => {
    const given = { nu: 'best-by-test' };
    const { notes, reason } = await fitted(ocSvm, given, cloud(1, 0), cloud(99, 0, 10));
    expect(notes?.testAurocs).toEqual([null, null, null, null, null]);
    expect(reason).toMatch(/^collapsed: /);
    // With ν = .5 half of the samples have to weigh something, and their means lie on this side of the origin.
    const near = await fitted(ocSvm, given, cloud(1, 0.5), cloud(99, 0.5, 10));
    expect(near.notes).toMatchObject({ chosen: 'ν = 0.5' });
    expect(near.reason).toBeUndefined();
  });

  test('scores are ρ − ⟨w, x⟩ to double precision, however far from the origin a sample is', async () => {
    const scoresOf = async (samples: Float32Array) =>
      (await fitted(ocSvm, {}, cloud(1, 30), { ...cloud(99, 30), samples })).scores;
    const samples = cloud(99, 30).samples.map((value, i) => value * 10 ** (i % 6));
    const [rho] = await scoresOf(new Float32Array(samples.length));
    const once = await scoresOf(samples);
    const twice = await scoresOf(samples.map((value) => 2 * value));
    once.forEach((score, i) => {
      expect(Math.abs(twice[i] - rho - 2 * (score - rho))).toBeLessThan(1e-12 * Math.abs(score));
    });
  });
});
