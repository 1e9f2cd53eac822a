import * as z from 'zod';
import { type SampleShape, sampleSize, type TrainingSet } from '../../data/dataset.js';
import { UserError } from '../../errors.js';
import { exponential, logarithm } from '../../exponential.js';
import { permutation, type Random, randomStream } from '../../random.js';
import { type Detector, defineDetector, type FitContext } from '../detector.js';
import { resolveUnlabeled, type TrainingSamples, unlabeledOptions, withDefault } from '../options.js';
import { type DetectorState, stateEntry } from '../state.js';
import { samplesOf } from '../unsupervised.js';

/**
 * An isolation tree as columns, one entry a node, a node before its children: where its feature is at most the threshold, a
 * sample goes on to the next node, else to the one that `above` names.
 */
interface Tree {
  /** −1 where the tree ends. */
  readonly feature: Int32Array;
  readonly threshold: Float64Array;
  readonly above: Int32Array;
  /** Where the tree ends, the expected path length of what ended there. */
  readonly pathLength: Float64Array;
}

/**
 * An isolation tree in which every path has the same number of splits, so that a sample goes down without a branch: where the feature of
 * split n is at most the threshold, to 2n + 1, else to 2n + 2. Below the end of a path of the tree, all paths have its length.
 */
interface CompleteTree {
  readonly feature: Int32Array;
  readonly threshold: Float64Array;
  /** One a path, from the one that is always at most the threshold on. */
  readonly pathLength: Float64Array;
}

/** The fewest samples to grow a tree from that tells any apart: of two, every path is one split. */
const LEAST_TREE_SAMPLES = 3;

/** Scores a sample by how few random splits isolate it (Liu, Ting, Zhou 2008). */
class IsolationForest implements Detector {
  private trees: Tree[] = [];
  /** The trees again, for scoring. */
  private scoringTrees: (CompleteTree | Tree)[] = [];
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
      if ('above' in tree) addPathLengths(tree, samples, this.features, totals);
      else addPathLengthsTogether(tree, samples, this.features, totals);
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

/** The trees whose nodes lie in arrays that were read from a file, one tree after the other. */
function restoreTrees(nodes: readonly number[], arrays: DetectorState['arrays']): Tree[] {
  if (!nodes.every((count) => Number.isInteger(count) && count >= 1)) {
    throw new UserError("the saved detector's nodes should be how many each tree has");
  }
  const total = nodes.reduce((sum, count) => sum + count, 0);
  const [feature, threshold, above, pathLength] = ['feature', 'threshold', 'above', 'pathLength'].map(
    (name) => stateEntry(arrays, name, total),
  );
  for (const column of [feature, above]) {
    const broken = column.findIndex((value) => value !== (value | 0));
    if (broken >= 0)
      throw new UserError(`the saved detector's trees name ${column[broken]} as a node or feature`);
  }
  let first = 0;
  return nodes.map((count) => {
    const [from, to] = [first, first + count];
    first = to;
    return {
      feature: Int32Array.from(feature.subarray(from, to)),
      threshold: Float64Array.from(threshold.subarray(from, to)),
      above: Int32Array.from(above.subarray(from, to)),
      pathLength: Float64Array.from(pathLength.subarray(from, to)),
    };
  });
}

/**
 * Checks a tree that was read from a file: each of its nodes is in one place, of a feature that there is, and none is too high.
 *
 * @param limit the greatest height
 * @param number which tree it is, for a message
 * @throws UserError where it is no such tree
 */
function checkTree(
  { feature, above, pathLength }: Tree,
  features: number,
  limit: number,
  number: number,
): void {
  const refuse = (node: number, problem: string): never => {
    throw new UserError(`the saved detector's tree ${number}, node ${node}: ${problem}`);
  };
  /** Goes through what is below a node, and returns the node after that. */
  const end = (node: number, depth: number): number => {
    if (node >= feature.length) return refuse(node, 'is missing');
    if (!(pathLength[node] >= 0)) refuse(node, `a path of length ${pathLength[node]}`);
    if (feature[node] === -1) return node + 1;
    if (feature[node] < -1 || feature[node] >= features) {
      refuse(node, `feature ${feature[node]}, of ${features} counted from 0`);
    }
    if (depth === limit) refuse(node, `is higher than ${limit}`);
    const next = end(node + 1, depth + 1);
    if (above[node] !== next)
      refuse(node, `the node above its threshold should be ${next} and is ${above[node]}`);
    return end(next, depth + 1);
  };
  const last = end(0, 0);
  if (last !== feature.length) refuse(last, 'is in no place of the tree');
}

/**
 * c(n): the average path length of an unsuccessful search in a binary search tree of n samples (Liu et al. 2008, eq. 1), with
 * the harmonic number as ln(i) + Euler's constant.
 */
export function averagePathLength(count: number): number {
  if (count <= 1) return 0;
  if (count === 2) return 1;
  return 2 * (logarithm(count - 1) + 0.5772156649015329) - (2 * (count - 1)) / count;
}

/** The height of a tree that splits so many samples in halves, beyond which none grows. */
function heightLimitOf(treeSamples: number): number {
  return 32 - Math.clz32(treeSamples - 1);
}

/** Splits the samples that `drawn` names at random features and values until each is alone or the height limit is reached. */
function growTree(
  samples: Float32Array,
  features: number,
  drawn: Uint32Array,
  heightLimit: number,
  random: Random,
): Tree {
  const feature: number[] = [];
  const threshold: number[] = [];
  const above: number[] = [];
  const pathLength: number[] = [];

  const grow = (members: Uint32Array, height: number) => {
    const split =
      members.length > 1 && height < heightLimit ? drawSplit(samples, features, members, random) : undefined;
    const node = feature.length;
    feature.push(split?.feature ?? -1);
    threshold.push(split?.threshold ?? 0);
    above.push(0);
    pathLength.push(height + averagePathLength(members.length));
    if (!split) return;
    const isBelow = (member: number) => samples[member * features + split.feature] <= split.threshold;
    grow(members.filter(isBelow), height + 1);
    above[node] = feature.length;
    grow(
      members.filter((member) => !isBelow(member)),
      height + 1,
    );
  };
  grow(drawn, 0);
  return {
    feature: Int32Array.from(feature),
    threshold: Float64Array.from(threshold),
    above: Int32Array.from(above),
    pathLength: Float64Array.from(pathLength),
  };
}

/** A random feature among those that vary, and a random value within its range; undefined where none varies. */
function drawSplit(
  samples: Float32Array,
  features: number,
  members: Uint32Array,
  random: Random,
): { feature: number; threshold: number } | undefined {
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

/** Lengthens every path of a tree to this height, with splits whose outcome does not matter. */
function completeTree(tree: Tree, height: number): CompleteTree {
  const splits = 2 ** height - 1;
  const feature = new Int32Array(splits);
  const threshold = new Float64Array(splits);
  const pathLength = new Float64Array(splits + 1);
  const fill = (node: number, place: number) => {
    if (place >= splits) {
      pathLength[place - splits] = tree.pathLength[node];
      return;
    }
    const ended = tree.feature[node] < 0;
    if (!ended) {
      feature[place] = tree.feature[node];
      threshold[place] = tree.threshold[node];
    }
    fill(ended ? node : node + 1, 2 * place + 1);
    fill(ended ? node : tree.above[node], 2 * place + 2);
  };
  fill(0, 0);
  return { feature, threshold, pathLength };
}

/** The most places of a complete tree for each node of a tree: one with few long paths is not worth the memory. */
const MOST_PLACES = 16;

/** A tree as its samples go down it the fastest. */
function scoringTree(tree: Tree): CompleteTree | Tree {
  const height = heightOf(tree);
  return 2 ** height <= MOST_PLACES * tree.feature.length ? completeTree(tree, height) : tree;
}

/** The number of splits on the longest path of a tree. */
function heightOf({ feature, above }: Tree): number {
  const depths = new Uint32Array(feature.length);
  let height = 0;
  for (let node = 0; node < feature.length; node++) {
    height = Math.max(height, depths[node]);
    if (feature[node] < 0) continue;
    depths[node + 1] = depths[node] + 1;
    depths[above[node]] = depths[node] + 1;
  }
  return height;
}

/** Adds to the total of each sample its path length in a tree. */
function addPathLengths(
  { feature, threshold, above, pathLength }: Tree,
  samples: Float32Array,
  features: number,
  totals: Float64Array,
): void {
  for (let i = 0; i < totals.length; i++) {
    let node = 0;
    while (feature[node] >= 0) {
      node = samples[i * features + feature[node]] <= threshold[node] ? node + 1 : above[node];
    }
    totals[i] += pathLength[node];
  }
}

/** The same in a complete tree: two samples at once, so that neither waits for the other's memory. */
function addPathLengthsTogether(
  { feature, threshold, pathLength }: CompleteTree,
  samples: Float32Array,
  features: number,
  totals: Float64Array,
): void {
  const splits = feature.length;
  const next = (place: number, sample: number) =>
    2 * place + 2 - Number(samples[sample + feature[place]] <= threshold[place]);
  for (let i = 0; i < totals.length; i += 2) {
    // The last of an odd number goes beside itself.
    const j = Math.min(i + 1, totals.length - 1);
    const [sample, otherSample] = [i * features, j * features];
    let [place, otherPlace] = [0, 0];
    while (place < splits) {
      place = next(place, sample);
      otherPlace = next(otherPlace, otherSample);
    }
    totals[i] += pathLength[place - splits];
    if (j > i) totals[j] += pathLength[otherPlace - splits];
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
