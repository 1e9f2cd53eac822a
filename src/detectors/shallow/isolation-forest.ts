import * as z from 'zod';
import { type SampleShape, sampleSize, type TrainingSet } from '../../data/dataset.js';
import { UserError } from '../../errors.js';
import { exponential } from '../../exponential.js';
import { permutation, randomStream } from '../../random.js';
import { type Detector, defineDetector, type FitContext } from '../detector.js';
import { resolveUnlabeled, type TrainingSamples, unlabeledOptions, withDefault } from '../options.js';
import { type DetectorState, stateEntry } from '../state.js';
import { samplesOf } from '../unsupervised.js';
import {
  averagePathLength,
  checkTree,
  growTree,
  heightLimitOf,
  restoreTrees,
  type Tree,
} from './isolation-tree.js';
import { addPathLengths, type ScoringTree, scoringTree } from './path-lengths.js';

/** The fewest samples to grow a tree from that tells any apart: of two, every path is one split. */
const LEAST_TREE_SAMPLES = 3;

/** Scores a sample by how few random splits isolate it (Liu, Ting, Zhou 2008). */
class IsolationForest implements Detector {
  private trees: Tree[] = [];
  /** The trees again, for scoring. */
  private scoringTrees: ScoringTree[] = [];
  private treeSamples = 0;
  private readonly features: number;

  constructor(
    shape: SampleShape,
    private readonly treeCount: number,
    private readonly mostTreeSamples: number,
    private readonly trainOn: TrainingSamples | undefined,
  ) {
    this.features = sampleSize(shape);
  }

  async fit(training: TrainingSet, { seed, report }: FitContext): Promise<void> {
    const { samples, count } = samplesOf(training, this.trainOn ?? 'without-anomalies');
    if (count < LEAST_TREE_SAMPLES) {
      throw new UserError(
        `an isolation forest needs ${LEAST_TREE_SAMPLES} training samples${this.trainOn === 'all' ? '' : ' besides labeled anomalies'}, and has ${count}`,
      );
    }
    this.treeSamples = Math.min(this.mostTreeSamples, count);
    const random = randomStream(seed, 'isolation forest');
    const heightLimit = heightLimitOf(this.treeSamples);
    for (let tree = 1; tree <= this.treeCount; tree++) {
      const drawn = permutation(count, random).subarray(0, this.treeSamples);
      this.trees.push(growTree(samples, this.features, drawn, heightLimit, random));
      report({ phase: 'training', done: tree, total: this.treeCount });
    }
    this.scoringTrees = this.trees.map(scoringTree);
  }

  async score(samples: Float32Array): Promise<Float64Array> {
    if (this.trees.length === 0) throw new Error('score before fit');
    const totals = new Float64Array(samples.length / this.features);
    for (const tree of this.scoringTrees) {
      addPathLengths(tree, samples, this.features, totals);
    }
    const expected = this.trees.length * averagePathLength(this.treeSamples);
    return totals.map((total) => exponential(-Math.LN2 * (total / expected)));
  }

  resolution(): number {
    // Path lengths are summed in double precision, and scores lie between 0 and 1.
    return 2 * Number.EPSILON * this.treeCount;
  }

  async state(): Promise<DetectorState> {
    const columns = (name: keyof Tree) => Float64Array.from(this.trees.flatMap((tree) => [...tree[name]]));
    return {
      facts: { treeSamples: [this.treeSamples], nodes: this.trees.map(({ feature }) => feature.length) },
      arrays: {
        feature: columns('feature'),
        threshold: columns('threshold'),
        above: columns('above'),
        pathLength: columns('pathLength'),
      },
    };
  }

  restore({ facts, arrays }: DetectorState): void {
    const [treeSamples] = stateEntry(facts, 'treeSamples', 1);
    if (
      !Number.isInteger(treeSamples) ||
      treeSamples < LEAST_TREE_SAMPLES ||
      treeSamples > this.mostTreeSamples
    ) {
      throw new UserError(
        `the saved detector's treeSamples should be from ${LEAST_TREE_SAMPLES} to ${this.mostTreeSamples} and is ${treeSamples}`,
      );
    }
    this.treeSamples = treeSamples;
    this.trees = restoreTrees(stateEntry(facts, 'nodes', this.treeCount), arrays);
    const heightLimit = heightLimitOf(treeSamples);
    this.trees.forEach((tree, index) => {
      checkTree(tree, this.features, heightLimit, index + 1);
    });
    this.scoringTrees = this.trees.map(scoringTree);
  }
}

export const isolationForest = defineDetector({
  name: 'isolation-forest',
  title: 'Isolation forest',
  options: z.object({
    trees: withDefault(z.int().min(1).max(100_000), 100, 'Number of trees'),
    treeSamples: withDefault(z.int().min(LEAST_TREE_SAMPLES), 256, 'Samples that each tree is grown from'),
    ...unlabeledOptions,
  }),
  resolve: ({ trees, treeSamples, ...given }) => ({ trees, treeSamples, ...resolveUnlabeled(given) }),
  cost: () => ({ of: 'forest' }),
  create: ({ trees, treeSamples, trainOn }, shape) => new IsolationForest(shape, trees, treeSamples, trainOn),
});
