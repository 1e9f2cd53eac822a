import { UserError } from '../../errors.js';
import { native } from '../native.js';
import type { KernelMatrix } from './kernel.js';

/**
 * The dual that the one-class SVM and SSAD share (Schölkopf et al. 2001, eq. 8–10; Görnitz et al. 2013), in β = α ∘ y, with
 * y = +1 for unlabeled samples:
 *
 *     minimise ½ βᵀKβ  subject to  Σ β = 1,  Σ_labeled yβ ≥ κ,
 *     0 ≤ β ≤ C (unlabeled, labeled normal),  −C ≤ β ≤ 0 (labeled anomalies).
 *
 * The samples come ordered: unlabeled ones, labeled normal ones, labeled anomalies.
 */
export interface Dual {
  readonly matrix: KernelMatrix;
  readonly counts: {
    readonly unlabeled: number;
    readonly labeledNormal: number;
    readonly labeledAnomalies: number;
  };
  /** C of the unlabeled samples, the greatest |β| of each. */
  readonly unlabeledPenalty: number;
  /** C of the labeled samples. */
  readonly labeledPenalty: number;
  readonly kappa: number;
}

export interface DualSolution {
  /** β, one a sample. */
  readonly coefficients: Float64Array;
  /** Kβ: ⟨w, φ(x)⟩ of each sample. */
  readonly projections: Float64Array;
  /** ½ βᵀKβ. */
  readonly objective: number;
  /** ρ: the projection of a sample on the boundary. */
  readonly rho: number;
  /** The margin of the labeled samples around ρ, Görnitz et al.'s γ. */
  readonly margin: number;
  readonly iterations: number;
  /** The largest violation of the KKT conditions, in units of the projections. */
  readonly violation: number;
  /** The duality gap: βᵀK(β − β′) is at most this, whatever meets the constraints as β′. */
  readonly gap: number;
  readonly converged: boolean;
}

export interface SolverLimits {
  /**
   * Stop when no KKT condition is violated by more than this fraction of the range of the projections (which is the range of the
   * anomaly scores), or by more than the rounding of the kernel matrix.
   */
  readonly tolerance: number;
  readonly maxIterations: number;
}

/** One kind of sample: a stretch of the order, its bounds on β, and its extreme projections. */
interface Group {
  /** y of labeled samples, 0 for unlabeled ones. */
  readonly label: -1 | 0 | 1;
  readonly from: number;
  readonly to: number;
  readonly low: number;
  readonly high: number;
  /** The sample of least projection whose β may grow, and that projection; −1 and ∞ where there is none. */
  up: number;
  upValue: number;
  /** The sample of greatest projection whose β may shrink; −1 and −∞ where there is none. */
  down: number;
  downValue: number;
}

type Groups = readonly [unlabeled: Group, normal: Group, anomalies: Group];

/** A direction that keeps Σ β: a few samples, and how β of each changes a unit step. */
type Move = readonly { readonly index: number; readonly group: Group; readonly change: number }[];

/** Kernel values are in single precision; relative to the largest, smaller differences between projections are noise. */
const RESOLUTION = 2 ** -23;

/** What sums of bounds may miss by rounding; a β nearer to its bound than this fraction of C, or of 1 where C is more, is at its bound. */
const ROUNDING = 1e-9;

/**
 * Solves the dual by sequential minimal optimisation.
 *
 * Each iteration moves along one elementary vector of the constraints, the directions of fewest samples that keep them:
 * a pair of samples (one β grows, another shrinks alike), which changes Σ_labeled yβ unless both are of one group; or, where
 * Σ_labeled yβ = κ leaves no room for that, a triple (a labeled normal sample and a labeled anomaly by one half each, an
 * unlabeled one against them), which keeps it. Every feasible direction is a sum of such moves that are feasible themselves, so
 * a point is optimal exactly when none of them descends. With ρ and γ the multipliers of the two constraints, that is: where
 * β may grow, Kβ ≥ ρ + yγ, where it may shrink, Kβ ≤ ρ + yγ (y = 0 for unlabeled samples), γ ≥ 0, and γ = 0 unless
 * Σ_labeled yβ = κ. The sample that grows is the one of the worst violation, the one that shrinks promises the most by second
 * order (Fan, Chen, Lin 2005, WSS 2).
 *
 * There is no shrinking: with a narrow kernel nearly every sample is a support vector and none could be set aside, and with a
 * wide one the solver needs few iterations.
 *
 * @param start coefficients of a similar problem to begin with, feasible for this one
 * @throws UserError where the constraints contradict each other
 */
export function solveDual(dual: Dual, limits: SolverLimits, start?: Float64Array): DualSolution {
  const { matrix, kappa } = dual;
  const groups = groupsOf(dual);
  const beta = start?.slice() ?? feasibleStart(dual, groups);
  const projections = multiply(matrix, beta);
  const resolution = RESOLUTION * matrix.diagonal.reduce((largest, value) => Math.max(largest, value), 0);
  let slack = groups.reduce((sum, group) => sum + group.label * sumOf(beta, group), -kappa);
  // What rounding leaves of the sums is no room: a first step would be lost on it.
  if (slack < Number.EPSILON * kappa) slack = 0;

  for (let iterations = 0; ; iterations++) {
    const range = findExtremes(groups, beta, projections);
    const { move, violation } = worstMove(groups, slack);
    // A projection sums kernel values of weight Σ |β|, of which all but twice the anomalies' make up 1.
    const noise = resolution * (1 - 2 * sumOf(beta, groups[2]));
    const converged = violation <= Math.max(limits.tolerance * range, noise);
    if (converged || iterations === limits.maxIterations) {
      const objective = beta.reduce((sum, value, i) => sum + value * projections[i], 0) / 2;
      const result = {
        coefficients: beta,
        projections,
        objective,
        iterations,
        violation: Math.max(0, violation),
        converged,
      };
      const { rho, margin } = multipliers(groups, slack);
      return { ...result, rho, margin, gap: gapOf(groups, beta, projections, rho, margin) };
    }
    const chosen = move.length === 2 ? secondOrderPair(groups, slack, move, matrix, beta, projections) : move;
    slack = step(chosen, slack, matrix, beta, projections);
  }
}

function groupsOf({ counts, unlabeledPenalty, labeledPenalty }: Dual): Groups {
  const group = (label: Group['label'], from: number, count: number, low: number, high: number): Group => {
    const none = { up: -1, upValue: Number.POSITIVE_INFINITY, down: -1, downValue: Number.NEGATIVE_INFINITY };
    return { label, from, to: from + count, low, high, ...none };
  };
  const { unlabeled, labeledNormal, labeledAnomalies } = counts;
  return [
    group(0, 0, unlabeled, 0, unlabeledPenalty),
    group(1, unlabeled, labeledNormal, 0, labeledPenalty),
    group(-1, unlabeled + labeledNormal, labeledAnomalies, -labeledPenalty, 0),
  ];
}

/**
 * Coefficients that meet the constraints, few of them not 0. In the sums p, q ≥ 0 of |β| over labeled normal samples and labeled
 * anomalies, where unlabeled ones make up 1 − p + q, the least and the greatest possible p + q are corners of a convex set;
 * between them lies a point with p + q = κ, or the least is beyond κ already.
 */
function feasibleStart({ kappa }: Dual, groups: Groups): Float64Array {
  const [unlabeled, normal, anomalies] = groups;
  // Sums of capacities stay finite.
  const capacity = (group: Group) => Math.min(1e300, (group.to - group.from) * (group.high - group.low));
  const leastNormal = Math.max(0, 1 - capacity(unlabeled));
  const mostNormal = Math.min(capacity(normal), 1 + capacity(anomalies));
  const mostAnomalous = Math.min(capacity(anomalies), mostNormal - 1 + capacity(unlabeled));
  const most = mostNormal + mostAnomalous;
  if (mostAnomalous < -ROUNDING || leastNormal > capacity(normal) + ROUNDING) {
    throw new UserError(
      `${unlabeled.to} unlabeled and ${normal.to - normal.from} labeled normal samples cannot weigh 1 in total under their ` +
        'penalties C; give more samples or a larger C',
    );
  }
  if (most < kappa - ROUNDING) {
    throw new UserError(
      `κ = ${kappa} is out of reach: the labeled samples weigh at most ${most} in total under their penalty C; ` +
        'give a smaller kappa, a larger C or more labeled samples',
    );
  }
  const share =
    most > leastNormal ? Math.min(1, Math.max(0, (kappa - leastNormal) / (most - leastNormal))) : 0;
  const p = leastNormal + share * (mostNormal - leastNormal);
  const q = Math.max(0, share * mostAnomalous);

  const beta = new Float64Array(anomalies.to);
  fill(beta, unlabeled, 1 - p + q);
  fill(beta, normal, p);
  fill(beta, anomalies, -q);
  return beta;
}

/** Gives a group's first samples as much as their bounds allow, until `total` is spent. */
function fill(beta: Float64Array, { from, to, low, high }: Group, total: number): void {
  let left = total;
  for (let i = from; i < to; i++) {
    beta[i] = snapped(Math.min(high, Math.max(low, left)), low, high);
    left -= beta[i];
  }
}

/** A value, or the bound that it misses by rounding only. */
function snapped(value: number, low: number, high: number): number {
  // β sums to 1 however large C is.
  const rounding = ROUNDING * Math.min(1, high - low);
  if (value < low + rounding) return low;
  return value > high - rounding ? high : value;
}

function sumOf(beta: Float64Array, { from, to }: Group): number {
  let sum = 0;
  for (let i = from; i < to; i++) sum += beta[i];
  return sum;
}

function multiply(matrix: KernelMatrix, beta: Float64Array): Float64Array {
  const product = new Float64Array(beta.length);
  const used = [...beta.keys()].filter((i) => beta[i] !== 0);
  for (let k = 0; k < used.length; k += 2) {
    const [i, j = i] = used.slice(k, k + 2);
    native().addRows(beta.length, product, beta[i], matrix.row(i), j === i ? 0 : beta[j], matrix.row(j));
  }
  return product;
}

/** What the native passes over a group write. */
const found = new Float64Array(6);

/** Finds each group's extreme samples. Returns the range of all projections. */
function findExtremes(groups: Groups, beta: Float64Array, projections: Float64Array): number {
  let lowest = Number.POSITIVE_INFINITY;
  let highest = Number.NEGATIVE_INFINITY;
  for (const group of groups) {
    native().findExtremes(group.from, group.to, group.low, group.high, beta, projections, found);
    [group.up, group.upValue, group.down, group.downValue] = found;
    lowest = Math.min(lowest, found[4]);
    highest = Math.max(highest, found[5]);
  }
  return highest - lowest;
}

/** Whether a pair may move `up` and `down` without pushing Σ_labeled yβ below κ. */
function allowed(up: Group, down: Group, slack: number): boolean {
  return slack > 0 || up.label >= down.label;
}

/** The elementary move of the steepest descent, and how steep it is (not positive where none descends). */
function worstMove(groups: Groups, slack: number): { move: Move; violation: number } {
  let violation = Number.NEGATIVE_INFINITY;
  let move: Move = [];
  const growing = (group: Group, change: number) => ({ index: group.up, group, change });
  const shrinking = (group: Group, change: number) => ({ index: group.down, group, change: -change });
  for (const up of groups) {
    for (const down of groups) {
      const slope = down.downValue - up.upValue;
      if (slope > violation && allowed(up, down, slack)) {
        violation = slope;
        move = [growing(up, 1), shrinking(down, 1)];
      }
    }
  }
  if (slack > 0) return { move, violation };

  const [unlabeled, normal, anomalies] = groups;
  const towards = (normal.downValue + anomalies.downValue) / 2 - unlabeled.upValue;
  if (towards > violation) {
    violation = towards;
    move = [growing(unlabeled, 1), shrinking(normal, 0.5), shrinking(anomalies, 0.5)];
  }
  const away = unlabeled.downValue - (normal.upValue + anomalies.upValue) / 2;
  if (away > violation) {
    violation = away;
    move = [shrinking(unlabeled, 1), growing(normal, 0.5), growing(anomalies, 0.5)];
  }
  return { move, violation };
}

/** The pair of the worst violation's growing sample and the shrinking one that lowers the objective most, bounds aside. */
function secondOrderPair(
  groups: Groups,
  slack: number,
  [growing]: Move,
  matrix: KernelMatrix,
  beta: Float64Array,
  projections: Float64Array,
): Move {
  const row = matrix.row(growing.index);
  let best = -1;
  let bestGroup = growing.group;
  let bestGain = Number.NEGATIVE_INFINITY;
  for (const group of groups) {
    if (!allowed(growing.group, group, slack)) continue;
    const { from, to, low } = group;
    native().findPartner(from, to, low, growing.index, beta, projections, row, matrix.diagonal, found);
    const [index, gain] = found;
    if (index < 0 || gain <= bestGain) continue;
    best = index;
    bestGroup = group;
    bestGain = gain;
  }
  return [growing, { index: best, group: bestGroup, change: -1 }];
}

/** Takes the best step along a move that the bounds and the slack allow, and returns what is left of the slack. */
function step(
  move: Move,
  slack: number,
  matrix: KernelMatrix,
  beta: Float64Array,
  projections: Float64Array,
): number {
  const rows = move.map(({ index }) => matrix.row(index));
  let slope = 0;
  let curvature = 0;
  let slackChange = 0;
  let room = Number.POSITIVE_INFINITY;
  move.forEach(({ index, group, change }, member) => {
    slope += change * projections[index];
    slackChange += change * group.label;
    for (let other = 0; other < member; other++)
      curvature += 2 * change * move[other].change * rows[other][index];
    curvature += change * change * matrix.diagonal[index];
    room = Math.min(room, ((change > 0 ? group.high : group.low) - beta[index]) / change);
  });
  const slackRoom = slackChange < 0 ? slack / -slackChange : Number.POSITIVE_INFINITY;
  // A flat direction (or one that rounding bends down) is followed to the end of the room.
  const size = Math.min(curvature > 0 ? -slope / curvature : Number.POSITIVE_INFINITY, room, slackRoom);

  for (const { index, group, change } of move) {
    beta[index] = snapped(beta[index] + size * change, group.low, group.high);
  }
  const factors = move.map(({ change }) => size * change);
  const { length } = beta;
  native().addRows(length, projections, factors[0], rows[0], factors[1], rows[1]);
  if (move.length === 3) native().addRows(length, projections, factors[2], rows[2], 0, rows[2]);
  return size >= slackRoom ? 0 : slack + size * slackChange;
}

/** ρ and γ in the middle of what the KKT conditions leave open. */
function multipliers([unlabeled, normal, anomalies]: Groups, slack: number): { rho: number; margin: number } {
  if (slack > 0) {
    const rho = middle(
      Math.max(unlabeled.downValue, normal.downValue, anomalies.downValue),
      Math.min(unlabeled.upValue, normal.upValue, anomalies.upValue),
    );
    return { rho, margin: 0 };
  }
  const rho = middle(
    Math.max(unlabeled.downValue, anomalies.downValue, (normal.downValue + anomalies.downValue) / 2),
    Math.min(unlabeled.upValue, normal.upValue, (normal.upValue + anomalies.upValue) / 2),
  );
  const margin = middle(
    Math.max(0, normal.downValue - rho, rho - anomalies.upValue),
    Math.min(normal.upValue - rho, rho - anomalies.downValue),
  );
  return { rho, margin: Math.max(0, margin) };
}

/**
 * The duality gap at ρ and γ. With p = Kβ and τ = ρ + yγ,
 *
 *     βᵀK(β − β′) = Σ (p − τ)(β − β′) + γ (Σ_labeled yβ − Σ_labeled yβ′),
 *
 * as Σ β is 1 in both. Of the sum no term is more than where β′ is at the bound that its sign asks for, and the rest is not above 0:
 * γ is 0 unless Σ_labeled yβ is κ, the least that it may be.
 */
function gapOf(
  groups: Groups,
  beta: Float64Array,
  projections: Float64Array,
  rho: number,
  margin: number,
): number {
  let gap = 0;
  for (const { label, from, to, low, high } of groups) {
    const threshold = rho + label * margin;
    for (let i = from; i < to; i++) {
      const excess = projections[i] - threshold;
      gap += excess * (beta[i] - (excess > 0 ? low : high));
    }
  }
  return gap;
}

/** The middle of an interval, or its end where it has only one. */
function middle(low: number, high: number): number {
  if (low === Number.NEGATIVE_INFINITY) return high;
  if (high === Number.POSITIVE_INFINITY) return low;
  return (low + high) / 2;
}
