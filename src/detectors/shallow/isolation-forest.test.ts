import { describe, expect, test } from '@jest/globals';
import { auroc } from '../../metrics/auroc.js';
import { isolationForest } from './isolation-forest.js';
import { averagePathLength } from './isolation-tree.js';
import { context, FIXTURES, readFixture, unlabeled } from './testing/fixtures.js';

const DEFAULTS = { network: 'mlp', representationSize: 2 } as const;

function create(features: number, given: Record<string, unknown> = {}) {
  return isolationForest.create(isolationForest.resolve(given, DEFAULTS, [features]), [features]);
}

const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;

function variance(values: readonly number[]): number {
  const center = mean(values);
  return values.reduce((sum, value) => sum + (value - center) ** 2, 0) / (values.length - 1);
}

describe('averagePathLength', () => {
  test('is the expected depth of a random binary search tree', () => {
    expect(averagePathLength(0)).toBe(0);
    expect(averagePathLength(1)).toBe(0);
    expect(averagePathLength(2)).toBe(1);
    // The published value for 256 samples (Liu et al. 2008).
    expect(averagePathLength(256)).toBeCloseTo(10.24, 2);
    for (const n of [50, 256, 4000]) {
      let harmonic = 0;
      for (let i = 1; i < n; i++) harmonic += 1 / i;
      const exact = 2 * harmonic - (2 * (n - 1)) / n;
      // ln(i) + Euler's constant falls short of the harmonic number by about 1 / 2i.
      expect(Math.abs(averagePathLength(n) - exact)).toBeLessThan(1.01 / (n - 1));
    }
  });
});

describe('isolation forest', () => {
  test.each(FIXTURES)(
    'reaches the AUROC of scikit-learn on %s within its noise over 20 seeds',
    async (name) => {
      const { training, test: samples, anomalies, isolationForestAurocs: theirs } = readFixture(name);
      const ours: number[] = [];
      for (let seed = 0; seed < theirs.length; seed++) {
        const detector = create(training.shape[0]);
        await detector.fit(training, context({ seed }));
        ours.push(auroc(await detector.score(samples), anomalies));
      }
      const noise = Math.sqrt((variance(ours) + variance(theirs)) / theirs.length);
      expect(Math.abs(mean(ours) - mean(theirs))).toBeLessThan(3 * noise + 1e-4);
    },
  );

  test('scores by the path length: of three samples two are told apart by two splits', async () => {
    const detector = create(1, { trees: 1 });
    await detector.fit(unlabeled(Float32Array.of(0, 1, 3), 1), context());
    const scores = [...(await detector.score(Float32Array.of(0, 1, 3)))].sort();
    for (const [i, length] of [2, 2, 1].entries()) {
      expect(scores[i]).toBeCloseTo(2 ** (-length / averagePathLength(3)), 12);
    }
  });

  test('scores samples that are all the same by c(n) alone', async () => {
    const detector = create(1);
    await detector.fit(unlabeled(new Float32Array(20).fill(3), 1), context());
    for (const score of await detector.score(Float32Array.of(3, 9))) expect(score).toBeCloseTo(0.5, 12);
  });

  test('splits only features that vary, and isolates an outlier sooner', async () => {
    const samples = Float32Array.from({ length: 300 * 4 }, (_, k) => (k % 4 === 2 ? (k >> 2) / 300 : 7));
    const detector = create(4);
    await detector.fit(unlabeled(samples, 4), context());
    const [inside, outside] = await detector.score(Float32Array.of(7, 7, 0.5, 7, 7, 7, 3, 7));
    expect(outside).toBeGreaterThan(inside + 0.1);
  });

  test('gives the same for one seed and another forest for another', async () => {
    const { training, test: samples } = readFixture('wine');
    const scores = async (seed: number) => {
      const detector = create(training.shape[0], { trees: 10, treeSamples: 20 });
      await detector.fit(training, context({ seed }));
      return detector.score(samples);
    };
    expect(await scores(1)).toEqual(await scores(1));
    expect(await scores(1)).not.toEqual(await scores(2));
  });

  const wine = readFixture('wine');
  /** Nearly all alike, so that trees have few nodes on long paths. */
  const steep = Float32Array.from({ length: 4096 }, (_, i) => (i < 4080 ? 0 : 2 ** (i - 4080)));
  test.each([
    ['of many short paths', 20, wine.training, wine.test],
    ['of few long paths', 4096, unlabeled(steep, 1), steep.subarray(4076)],
  ])(
    'gives each sample the path lengths of the trees that it saves, %s',
    async (_which, treeSamples, training, samples) => {
      const [features] = training.shape;
      const detector = create(features, { trees: 7, treeSamples });
      await detector.fit(training, context());
      const { facts, arrays } = await detector.state();
      const lengthOf = (sample: Float32Array) => {
        let total = 0;
        let root = 0;
        for (const nodes of facts.nodes) {
          let node = root;
          while (arrays.feature[node] >= 0) {
            const below = sample[arrays.feature[node]] <= arrays.threshold[node];
            node = below ? node + 1 : root + arrays.above[node];
          }
          total += arrays.pathLength[node];
          root += nodes;
        }
        return total;
      };
      const expected = (count: number) =>
        Float64Array.from({ length: count }, (_, i) => {
          const length = lengthOf(samples.subarray(i * features, (i + 1) * features));
          return 2 ** (-length / (7 * averagePathLength(treeSamples)));
        });
      for (const count of [1, 2, 9]) {
        const scores = await detector.score(samples.subarray(0, count * features));
        // Powers of JavaScript differ between versions of Node, by a unit in the last place or two.
        expected(count).forEach((score, i) => {
          expect(Math.abs(scores[i] - score)).toBeLessThanOrEqual(4 * Number.EPSILON * score);
        });
      }
      expect(Math.max(...arrays.pathLength)).toBeGreaterThan(Math.log2(treeSamples));
    },
  );

  test('refuses so few samples that every path has the same length', async () => {
    const fitting = create(1).fit(unlabeled(Float32Array.of(0, 1), 1), context());
    await expect(fitting).rejects.toThrow('needs 3 training samples');
    expect(() => create(1, { treeSamples: 2 })).toThrow('treeSamples: found 2; expected at least 3');

    const detector = create(1);
    await detector.fit(unlabeled(Float32Array.of(0, 1, 3), 1), context());
    const { facts, arrays } = await detector.state();
    const restoring = () =>
      create(1).restore({ facts: { ...facts, treeSamples: [2] }, arrays }, context().engine);
    expect(restoring).toThrow('treeSamples should be from 3 to 256 and is 2');
  });

  test('refuses a saved tree that is higher than its samples let it grow', () => {
    // Each node but the lowest splits one sample off; the greatest height of four samples is 2.
    const restored = (height: number) => {
      const nodes = [...new Array(2 * height + 1).keys()];
      const arrays = {
        feature: Float64Array.from(nodes, (node) => (node < height ? 0 : -1)),
        threshold: new Float64Array(nodes.length),
        above: Float64Array.from(nodes, (node) => (node < height ? 2 * height - node : 0)),
        pathLength: new Float64Array(nodes.length),
      };
      const facts = { treeSamples: [4], nodes: [nodes.length] };
      return () => create(1, { trees: 1 }).restore({ facts, arrays }, context().engine);
    };
    expect(restored(2)).not.toThrow();
    expect(restored(3)).toThrow('tree 1, node 2: is higher than 2');
  });
});
