import { z } from 'zod';
import { sampleSize, type TrainingSet } from '../../data/dataset.js';
import { UserError } from '../../errors.js';
import { permutation, type Random, randomStream } from '../../random.js';
import type { Detector, DetectorDefinition, FitContext } from '../detector.js';
import { withoutLabeledAnomalies } from '../unsupervised.js';

/** A node of an isolation tree: a split of one feature, or the expected path length of what ended there. */
type Node = Split | { readonly pathLength: number };

interface Split {
  readonly feature: number;
  readonly threshold: number;
  /** Where the feature is at most the threshold. */
  readonly below: Node;
  readonly above: Node;
}

/** Scores a sample by how few random splits isolate it (Liu, Ting, Zhou 2008). */
class IsolationForest implements Detector {
  private readonly trees: Node[] = [];
  private features = 0;
  private treeSamples = 0;

  constructor(
    private readonly treeCount: number,
    private readonly mostTreeSamples: number,
  ) {}

  async fit(training: TrainingSet, { seed, report }: FitContext): Promise<void> {
    const { samples, shape, count } = withoutLabeledAnomalies(training);
    if (count < 2) {
      throw new UserError(
        `an isolation forest needs 2 training samples besides labeled anomalies, and has ${count}`,
      );
    }
    this.features = sampleSize(shape);
    this.treeSamples = Math.min(this.mostTreeSamples, count);
    const random = randomStream(seed, 'isolation forest');
    const heightLimit = Math.ceil(Math.log2(this.treeSamples));
    for (let tree = 1; tree <= this.treeCount; tree++) {
      const drawn = permutation(count, random).subarray(0, this.treeSamples);
      this.trees.push(grow(samples, this.features, drawn, 0, heightLimit, random));
      report({ phase: 'training', done: tree, total: this.treeCount });
    }
  }

  async score(samples: Float32Array): Promise<Float64Array> {
    if (this.trees.length === 0) throw new Error('score before fit');
    const scores = new Float64Array(samples.length / this.features);
    for (let i = 0; i < scores.length; i++) {
      let total = 0;
      for (const tree of this.trees) total += pathLength(samples, i * this.features, tree);
      scores[i] = 2 ** (-total / this.trees.length / averagePathLength(this.treeSamples));
    }
    return scores;
  }
}

/**
 * c(n): the average path length of an unsuccessful search in a binary search tree of n samples (Liu et al. 2008, eq. 1), with
 * the harmonic number as ln(i) + Euler's constant.
 */
export function averagePathLength(count: number): number {
  if (count <= 1) return 0;
  if (count === 2) return 1;
  return 2 * (Math.log(count - 1) + 0.5772156649015329) - (2 * (count - 1)) / count;
}

/** Splits the samples that `members` names at random features and values until each is alone or the height limit is reached. */
function grow(
  samples: Float32Array,
  features: number,
  members: Uint32Array,
  height: number,
  heightLimit: number,
  random: Random,
): Node {
  const split =
    members.length > 1 && height < heightLimit ? drawSplit(samples, features, members, random) : undefined;
  if (!split) return { pathLength: height + averagePathLength(members.length) };
  const isBelow = (member: number) => samples[member * features + split.feature] <= split.threshold;
  const child = (part: Uint32Array) => grow(samples, features, part, height + 1, heightLimit, random);
  return {
    ...split,
    below: child(members.filter(isBelow)),
    above: child(members.filter((member) => !isBelow(member))),
  };
}

/** A random feature among those that vary, and a random value within its range; undefined where none varies. */
function drawSplit(
  samples: Float32Array,
  features: number,
  members: Uint32Array,
  random: Random,
): Pick<Split, 'feature' | 'threshold'> | undefined {
  for (const feature of drawOrder(features, random)) {
    let low = Number.POSITIVE_INFINITY;
    let high = Number.NEGATIVE_INFINITY;
    for (const member of members) {
      const value = samples[member * features + feature];
      low = Math.min(low, value);
      high = Math.max(high, value);
    }
    if (low < high) return { feature, threshold: random.uniform(low, high) };
  }
  return undefined;
}

/** 0 … count − 1 in random order, drawn one by one as they are asked for. */
function* drawOrder(count: number, random: Random): Generator<number> {
  const moved = new Map<number, number>();
  for (let left = count; left > 0; left--) {
    const chosen = random.integer(left);
    yield moved.get(chosen) ?? chosen;
    moved.set(chosen, moved.get(left - 1) ?? left - 1);
  }
}

function pathLength(samples: Float32Array, offset: number, tree: Node): number {
  let node = tree;
  while ('feature' in node) node = samples[offset + node.feature] <= node.threshold ? node.below : node.above;
  return node.pathLength;
}

export const isolationForest: DetectorDefinition = {
  name: 'isolation-forest',
  title: 'Isolation forest',
  options: z.object({
    trees: z.int().min(1).optional().describe('Number of trees (default 100)'),
    treeSamples: z.int().min(2).optional().describe('Samples that each tree is grown from (default 256)'),
  }),
  resolve: ({ trees, treeSamples }) => ({
    trees: (trees as number | undefined) ?? 100,
    treeSamples: (treeSamples as number | undefined) ?? 256,
  }),
  create: ({ trees, treeSamples }) => new IsolationForest(trees as number, treeSamples as number),
};
