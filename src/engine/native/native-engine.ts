import { sampleSize } from '../../data/dataset.js';
import type { Network } from '../../networks/network.js';
import { layerShapes } from '../../networks/shapes.js';
import type { Engine, Model, Training, TrainingTask, Weights } from '../engine.js';
import { alignedFloats } from './buffers.js';
import { compileStages, type Pipeline } from './compile.js';
import { GROUP, groupsOf, type Kernels, loadKernels } from './kernels.js';
import { Parameters } from './parameters.js';

/** Samples that an evaluation takes at once. */
const EVALUATION_BATCH = 128;

/**
 * The engine of C++ kernels on one CPU core. Its results have the same bits on every instruction set.
 *
 * @param wanted the instruction set, where it should not be the fastest
 * @throws UserError where the kernels are not built or cannot run here
 */
export function createNativeEngine(wanted?: string): Engine {
  const { instructionSet, kernels } = loadKernels(wanted);
  return {
    name: 'native',
    device: instructionSet,
    compile: (network, weights) => new NativeModel(kernels, network, weights),
  };
}

class NativeModel implements Model {
  readonly parameters: Parameters;
  /** The gradient by `parameters.values`. */
  readonly gradient: Float32Array;
  readonly inputSize: number;
  readonly outputSize: number;
  private compiled: Pipeline | undefined;

  constructor(
    readonly kernels: Kernels,
    private readonly network: Network,
    weights: Weights,
  ) {
    const shapes = layerShapes(network);
    this.parameters = new Parameters(kernels, weights);
    this.gradient = alignedFloats(kernels, this.parameters.values.length);
    this.inputSize = sampleSize(network.input);
    this.outputSize = sampleSize(shapes[shapes.length - 1]);
  }

  /** The network compiled for batches of at least `batch` samples. */
  pipeline(batch: number): Pipeline {
    const groups = groupsOf(batch);
    if (!this.compiled || this.compiled.groups < groups) {
      this.compiled = compileStages(this.kernels, this.network, this.parameters, this.gradient, groups);
    }
    return this.compiled;
  }

  async weights(): Promise<Weights> {
    return this.parameters.snapshot();
  }

  async predict(samples: Float32Array): Promise<Float32Array> {
    const { kernels, inputSize, outputSize } = this;
    const count = samples.length / inputSize;
    const { input, stages, output } = this.pipeline(EVALUATION_BATCH);
    const order = Uint32Array.from({ length: count }, (_, i) => i);
    const predictions = new Float32Array(count * outputSize);

    for (const stage of stages) stage.loadWeights?.();
    for (let first = 0; first < count; first += EVALUATION_BATCH) {
      const chosen = order.subarray(first, first + EVALUATION_BATCH);
      kernels.gatherBatch(chosen.length, inputSize, samples, chosen, input);
      for (const stage of stages) stage.forward(chosen.length, false);
      kernels.scatterBatch(chosen.length, outputSize, output, predictions.subarray(first * outputSize));
    }
    return predictions;
  }

  train(task: TrainingTask): Training {
    return new NativeTraining(this, task);
  }
}

class NativeTraining implements Training {
  private readonly moment1: Float32Array;
  private readonly moment2: Float32Array;
  private readonly distances: Float32Array;
  private readonly slopes: Float32Array;
  private readonly outputGradient: Float32Array;
  /** β₁ᵗ and β₂ᵗ after t steps. */
  private power1 = 1;
  private power2 = 1;

  constructor(
    private readonly model: NativeModel,
    private readonly task: TrainingTask,
  ) {
    const { batchSize } = task;
    this.moment1 = alignedFloats(model.kernels, model.gradient.length);
    this.moment2 = alignedFloats(model.kernels, model.gradient.length);
    this.distances = new Float32Array(batchSize);
    this.slopes = new Float32Array(batchSize);
    this.outputGradient = alignedFloats(model.kernels, groupsOf(batchSize) * model.outputSize * GROUP);
  }

  async epoch(order: Uint32Array, learningRate: number): Promise<number> {
    let total = 0;
    let batches = 0;
    for (let first = 0; first < order.length; first += this.task.batchSize) {
      total += this.step(order.subarray(first, first + this.task.batchSize), learningRate);
      batches++;
    }
    return total / batches;
  }

  /** One step on the chosen samples; returns the batch's loss. */
  private step(chosen: Uint32Array, learningRate: number): number {
    const { model, task } = this;
    const { input, stages, output } = model.pipeline(task.batchSize);
    model.kernels.gatherBatch(chosen.length, model.inputSize, task.samples, chosen, input);
    for (const stage of stages) stage.loadWeights?.();
    for (const stage of stages) stage.forward(chosen.length, true);
    const loss = this.lossGradient(chosen, output, input);
    let gradient: Float32Array = this.outputGradient;
    for (let i = stages.length - 1; i >= 0; i--)
      gradient = stages[i].backward(chosen.length, gradient, i > 0);
    this.adam(learningRate);
    task.objective.afterStep?.(this.distances.subarray(0, chosen.length));
    return loss;
  }

  private lossGradient(chosen: Uint32Array, output: Float32Array, input: Float32Array): number {
    const { distances, slopes } = this;
    const { kernels, outputSize } = this.model;
    const { objective, semiTargets } = this.task;
    const batch = chosen.length;
    const shared = objective.target !== 'input';
    const target = objective.target === 'input' ? input : objective.target.center;
    kernels.squaredDistances(batch, outputSize, shared, output, target, distances);
    let loss = 0;
    for (let i = 0; i < batch; i++) {
      const semiTarget = semiTargets[chosen[i]];
      loss += objective.loss(distances[i], semiTarget);
      slopes[i] = objective.slope(distances[i], semiTarget) / batch;
    }
    kernels.distanceGradient(batch, outputSize, shared, output, target, slopes, this.outputGradient);
    return loss / batch;
  }

  private adam(learningRate: number): void {
    this.power1 *= 0.9;
    this.power2 *= 0.999;
    const { kernels, parameters, gradient } = this.model;
    kernels.adam(
      learningRate,
      this.task.weightDecay,
      1 - this.power1,
      1 - this.power2,
      parameters.values,
      gradient,
      this.moment1,
      this.moment2,
    );
  }
}
