import { pick } from 'es-toolkit/object/pick';
import { type SampleShape, sampleSize, type TestSet, type TrainingSet } from '../../data/dataset.js';
import { rowsAt } from '../../data/rows-at.js';
import { aurocOfCandidate } from '../../metrics/collapse.js';
import type { Detector, FitContext } from '../detector.js';
import { native } from '../native.js';
import type { OptionValue } from '../options.js';
import { type DetectorState, positiveFact, stateEntry } from '../state.js';
import { candidateKernels, type KernelOptions } from './bandwidth.js';
import {
  DistanceMatrix,
  distanceRows,
  type Kernel,
  KernelMatrix,
  kernelValues,
  RepeatedDistances,
} from './kernel.js';
import { type KernelSum, linearWeights, resolutionOf } from './kernel-resolution.js';
import { Points, savedPoints } from './points.js';
import { type Dual, type DualSolution, solveDual } from './smo.js';

/** What a method makes of a training set: its samples in the order that `Dual` wants, and the dual but for the kernel. */
export interface KernelProblem extends Omit<Dual, 'matrix'> {
  readonly samples: Float32Array;
}

/** Stops the solver when the KKT conditions hold to this fraction of the range of the scores. */
const TOLERANCE = 1e-5;

/** Far more than any solution needs that was seen: it took 10 iterations a sample at most. */
const iterationLimit = (count: number) => Math.max(100_000, 100 * count);

/** The most of the memory limit that distances from the hold-out to the training samples may take. */
const HOLD_OUT_SHARE = 1 / 8;

/**
 * A function ⟨w, φ(x)⟩ − ρ that is fitted by solving a dual, positive on normal samples; the anomaly score is its negative.
 * Where there are several candidate kernels, the one of the best AUROC on the hold-out is kept (of equals, the widest).
 */
export class KernelMachine implements Detector {
  private fitted: Fitted | undefined;
  /** How the fit went; absent where the detector was restored. */
  private solution: Pick<DualSolution, 'iterations' | 'violation' | 'converged'> | undefined;
  private holdOutAuroc: number | undefined;
  private readonly unconverged: number[] = [];

  constructor(
    private readonly options: KernelOptions,
    private readonly shape: SampleShape,
    private readonly problemOf: (training: TrainingSet) => KernelProblem,
  ) {}

  async fit(training: TrainingSet, { seed, holdOut, report }: FitContext): Promise<void> {
    const { samples, ...dual } = this.problemOf(training);
    const points = new Points(samples, sampleSize(this.shape));
    const kernels = candidateKernels(this.options, points, seed);
    if (kernels.length > 1 && !holdOut) throw new Error('the hold-out was not drawn');
    const memoryLimit = this.options.memoryLimit * 1e6;
    const judge = holdOut && new Judge(holdOut, points, HOLD_OUT_SHARE * memoryLimit);
    const distances = new DistanceMatrix(points, memoryLimit - (judge?.bytes ?? 0));
    const matrix = new KernelMatrix(distances, kernels[0]);
    const limits = { tolerance: TOLERANCE, maxIterations: iterationLimit(points.count) };

    let best: Solved | undefined;
    let coefficients: Float64Array | undefined;
    kernels.forEach((kernel, index) => {
      matrix.changeKernel(kernel);
      const solution = solveDual({ ...dual, matrix }, limits, coefficients);
      // The next bandwidth's solution is near this one's.
      coefficients = solution.coefficients;
      if (!solution.converged && kernel.type === 'rbf') this.unconverged.push(kernel.gamma);
      const value = judge?.auroc(kernel, solution);
      const better = value !== undefined && (this.holdOutAuroc === undefined || value > this.holdOutAuroc);
      if (better || !best) {
        this.holdOutAuroc = value;
        best = { kernel, solution };
      }
      report({ phase: 'training', done: index + 1, total: kernels.length });
    });
    if (!best) return;
    this.fitted = reduce(best, points);
    this.solution = pick(best.solution, ['iterations', 'violation', 'converged']);
  }

  async score(samples: Float32Array): Promise<Float64Array> {
    if (!this.fitted) throw new Error('score before fit');
    return this.fitted.score(samples);
  }

  resolution(scores: Float64Array): number {
    if (!this.fitted) throw new Error('score before fit');
    return resolutionOf(scores, this.fitted);
  }

  async state(): Promise<DetectorState> {
    if (!this.fitted) throw new Error('state before fit');
    const { kernel, supportVectors, coefficients, rho, violation, gap } = this.fitted;
    return {
      facts: {
        rho: [rho],
        violation: [violation],
        gap: [gap],
        ...(kernel.type === 'rbf' && { gamma: [kernel.gamma] }),
      },
      arrays: { supportVectors: supportVectors.values, coefficients },
    };
  }

  restore({ facts, arrays }: DetectorState): void {
    const given = 'gamma' in this.options ? this.options.gamma : undefined;
    const kernel: Kernel =
      this.options.kernel === 'linear'
        ? { type: 'linear' }
        : { type: 'rbf', gamma: positiveFact(facts, 'gamma', given) };
    const coefficients = Float64Array.from(stateEntry(arrays, 'coefficients'));
    const vectors = savedPoints(arrays, 'supportVectors', sampleSize(this.shape), coefficients.length);
    const [[rho], [violation], [gap]] = ['rho', 'violation', 'gap'].map((name) => stateEntry(facts, name, 1));
    this.fitted = new Fitted(kernel, vectors, coefficients, rho, violation, gap);
  }

  notes(): Record<string, OptionValue> {
    return {
      ...(this.fitted?.kernel.type === 'rbf' && { gamma: this.fitted.kernel.gamma }),
      ...(this.fitted && { supportVectors: this.fitted.supportVectors.count }),
      ...this.solution,
      ...(this.holdOutAuroc === undefined ? {} : { holdOutAuroc: this.holdOutAuroc }),
      ...(this.unconverged.length === 0 ? {} : { unconvergedGammas: this.unconverged }),
    };
  }
}

/** The solution of a dual with one kernel. */
interface Solved {
  readonly kernel: Kernel;
  readonly solution: DualSolution;
}

/** Judges kernels by the hold-out, whose distances to the training samples they share. */
class Judge {
  private readonly distances: RepeatedDistances;
  private readonly anomalies: Uint8Array;

  /** @param limit bytes that the distances may take */
  constructor({ samples, anomalies }: TestSet, training: Points, limit: number) {
    this.distances = new RepeatedDistances(new Points(samples, training.features), training, limit);
    this.anomalies = anomalies;
  }

  /** Bytes of memory that it holds. */
  get bytes(): number {
    return this.distances.bytes;
  }

  /** The AUROC of a solution on the hold-out; none where its scores there differ by no more than rounding and the solver leave open. */
  auroc(kernel: Kernel, { coefficients, rho, violation, gap }: DualSolution): number | undefined {
    const { points, others } = this.distances;
    const scores = new Float64Array(points.count);
    const values = new Float32Array(others.count);
    for (const [i, row] of this.distances.rows()) {
      kernelValues(kernel, row, points, i, others, values);
      scores[i] = rho - native().weightedSum(coefficients.length, coefficients, values);
    }
    const resolution = resolutionOf(scores, { kernel, coefficients, supportVectors: others, violation, gap });
    return aurocOfCandidate(scores, this.anomalies, resolution);
  }
}

/** One kernel's solution, reduced to its support vectors. */
class Fitted implements KernelSum {
  /**
   * @param violation what the solver left open, in units of the scores
   * @param gap the same, in units of ‖w‖²
   */
  constructor(
    readonly kernel: Kernel,
    readonly supportVectors: Points,
    readonly coefficients: Float64Array,
    readonly rho: number,
    readonly violation: number,
    readonly gap: number,
  ) {}

  /** ρ − Σ β K(x, ·) of each sample. */
  score(samples: Float32Array): Float64Array {
    const points = new Points(samples, this.supportVectors.features);
    return this.kernel.type === 'linear' ? this.scoreByWeights(points) : this.scoreByDistances(points);
  }

  /** By w itself, in double precision: distances would round by the square of how far a sample is from the origin. */
  private scoreByWeights(points: Points): Float64Array {
    const weights = linearWeights(this);
    return Float64Array.from({ length: points.count }, (_, i) =>
      points.slice(i, i + 1).reduce((score, value, k) => score - weights[k] * value, this.rho),
    );
  }

  private scoreByDistances(points: Points): Float64Array {
    const scores = new Float64Array(points.count);
    for (const [i, row] of distanceRows(points, this.supportVectors)) {
      kernelValues(this.kernel, row, points, i, this.supportVectors, row);
      scores[i] = this.rho - native().weightedSum(this.coefficients.length, this.coefficients, row);
    }
    return scores;
  }
}

function reduce({ kernel, solution }: Solved, training: Points): Fitted {
  const { features } = training;
  const { coefficients, rho, violation, gap } = solution;
  const support = [...coefficients.keys()].filter((i) => coefficients[i] !== 0);
  const vectors = new Points(rowsAt(training.values, features, support), features);
  const kept = Float64Array.from(support, (i) => coefficients[i]);
  return new Fitted(kernel, vectors, kept, rho, violation, gap);
}
