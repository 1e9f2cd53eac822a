import { UserError } from '../../errors.js';
import { logarithm } from '../../exponential.js';
import type { Random } from '../../random.js';
import { type DetectorState, stateEntry } from '../state.js';

/**
 * An isolation tree as columns, one entry a node, a node before its children: where its feature is at most the threshold, a
 * sample goes on to the next node, else to the one that `above` names.
 */
export interface Tree {
  /** −1 where the tree ends. */
  readonly feature: Int32Array;
  readonly threshold: Float64Array;
  readonly above: Int32Array;
  /** Where the tree ends, the expected path length of what ended there. */
  readonly pathLength: Float64Array;
}

/** The trees whose nodes lie in arrays that were read from a file, one tree after the other. */
export function restoreTrees(nodes: readonly number[], arrays: DetectorState['arrays']): Tree[] {
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
export function checkTree(
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
export function heightLimitOf(treeSamples: number): number {
  return 32 - Math.clz32(treeSamples - 1);
}

/** Splits the samples that `drawn` names at random features and values until each is alone or the height limit is reached. */
export function growTree(
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
