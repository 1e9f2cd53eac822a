import type { Tree } from './isolation-tree.js';

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

/** A tree in the form that samples go down the fastest. */
export type ScoringTree = CompleteTree | Tree;

/** A tree as its samples go down it the fastest. */
export function scoringTree(tree: Tree): ScoringTree {
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
export function addPathLengths(
  tree: ScoringTree,
  samples: Float32Array,
  features: number,
  totals: Float64Array,
): void {
  if ('above' in tree) addOneByOne(tree, samples, features, totals);
  else addTwoAtOnce(tree, samples, features, totals);
}

function addOneByOne(
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

/** In a complete tree two samples at once, so that neither waits for the other's memory. */
function addTwoAtOnce(
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
