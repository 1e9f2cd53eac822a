import type { OptionValue } from '../../config/run.js';
import type { TrainingSet } from '../../data/dataset.js';
import { sampleSize } from '../../data/dataset.js';
import { auroc } from '../../metrics/auroc.js';
import type { Detector, FitContext } from '../detector.js';
import type { Options } from '../options.js';
import { candidateKernels } from './bandwidth.js';
import { DistanceMatrix, distanceRows, type Kernel, KernelMatrix, kernelValues, Points } from './kernel.js';
import { type Dual, type DualSolution, solveDual } from './smo.js';

/** What a method makes of a training set: its samples in the order that `Dual` wants, and the dual but for the kernel. */
export interface KernelProblem extends Omit<Dual, 'matrix'> {
  readonly samples: Float32Array;
}

/** Stops the solver when the KKT conditions hold to this fraction of the range of the scores. */
const TOLERANCE = 1e-5;

/** Far more than any solution needs that was seen: it took 10 iterations a sample at most. */
const iterationLimit = (count: number) => Math.max(100_000, 100 * count);

/**
 * A function ⟨w, φ(x)⟩ − ρ that is fitted by solving a dual, positive on normal samples; the anomaly score is its negative.
 * Where there are several candidate kernels, the one of the best AUROC on the hold-out is kept (of equals, the widest).
 */
export class KernelMachine implements Detector {
  private fitted: Fitted | undefined;
  private holdOutAuroc: number | undefined;
  private readonly unconverged: number[] = [];

  constructor(
    private readonly options: Options,
    private readonly problemOf: (training: TrainingSet) => KernelProblem,
  ) {}

  async fit(training: TrainingSet, { holdOut, report }: FitContext): Promise<void> {
    const { samples, ...dual } = this.problemOf(training);
    const points = new Points(samples, sampleSize(training.shape));
    const kernels = candidateKernels(this.options, points);
    if (kernels.length > 1 && !holdOut) throw new Error('the hold-out was not drawn');
    const distances = new DistanceMatrix(points, (this.options.memoryLimit as number) * 1e6);
    const matrix = new KernelMatrix(distances, kernels[0]);
    const limits = { tolerance: TOLERANCE, maxIterations: iterationLimit(points.count) };

    let coefficients: Float64Array | undefined;
    kernels.forEach((kernel, index) => {
      matrix.changeKernel(kernel);
      const solution = solveDual({ ...dual, matrix }, limits, coefficients);
      // The next bandwidth's solution is near this one's.
      coefficients = solution.coefficients;
      if (!solution.converged && kernel.type === 'rbf') this.unconverged.push(kernel.gamma);
      const fitted = new Fitted(kernel, points, solution);
      if (!holdOut) {
        this.fitted = fitted;
      } else {
        const value = auroc(fitted.score(holdOut.samples), holdOut.anomalies);
        if (this.holdOutAuroc === undefined || value > this.holdOutAuroc) {
          this.holdOutAuroc = value;
          this.fitted = fitted;
        }
      }
      report({ phase: 'training', done: index + 1, total: kernels.length });
    });
  }

  async score(samples: Float32Array): Promise<Float64Array> {
    if (!this.fitted) throw new Error('score before fit');
    return this.fitted.score(samples);
  }

  async state(): Promise<Record<string, Float32Array>> {
    return this.fitted?.state() ?? {};
  }

  notes(): Record<string, OptionValue> {
    return {
      ...this.fitted?.notes(),
      ...(this.holdOutAuroc === undefined ? {} : { holdOutAuroc: this.holdOutAuroc }),
      ...(this.unconverged.length === 0 ? {} : { unconvergedGammas: this.unconverged }),
    };
  }
}

/** One kernel's solution, reduced to its support vectors. */
class Fitted {
  private readonly supportVectors: Points;
  private readonly coefficients: Float64Array;

  constructor(
    private readonly kernel: Kernel,
    training: Points,
    private readonly solution: DualSolution,
  ) {
    const { features } = training;
    const support = [...solution.coefficients.keys()].filter((i) => solution.coefficients[i] !== 0);
    const values = new Float32Array(support.length * features);
    support.forEach((from, to) => {
      values.set(training.slice(from, from + 1), to * features);
    });
    this.supportVectors = new Points(values, features);
    this.coefficients = Float64Array.from(support, (i) => solution.coefficients[i]);
  }

  /** ρ − Σ β K(x, ·) of each sample. */
  score(samples: Float32Array): Float64Array {
    const { count, features, squaredNorms } = this.supportVectors;
    const points = new Points(samples, features);
    const scores = new Float64Array(points.count);
    for (const [i, row] of distanceRows(points, this.supportVectors)) {
      kernelValues(this.kernel, row, points.squaredNorms[i], squaredNorms, row);
      let projection = 0;
      for (let k = 0; k < count; k++) projection += this.coefficients[k] * row[k];
      scores[i] = this.solution.rho - projection;
    }
    return scores;
  }

  state(): Record<string, Float32Array> {
    return {
      supportVectors: this.supportVectors.values,
      coefficients: Float32Array.from(this.coefficients),
      rho: Float32Array.of(this.solution.rho),
    };
  }

  notes(): Record<string, OptionValue> {
    const { iterations, violation, converged } = this.solution;
    return {
      ...(this.kernel.type === 'rbf' ? { gamma: this.kernel.gamma } : {}),
      supportVectors: this.supportVectors.count,
      iterations,
      violation,
      converged,
    };
  }
}
