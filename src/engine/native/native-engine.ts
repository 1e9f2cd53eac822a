import { sampleSize } from '../../data/dataset.js';
import type { Network, Weights } from '../../networks/network.js';
import { layerShapes } from '../../networks/shapes.js';
import { checkOrder, checkTask, sampleCount } from '../checks.js';
import type { Engine, Model, Steps, StepsTask, Training, TrainingTask } from '../engine.js';
import { followBatch, lossOf, type Objective, slopeOf } from '../objective.js';
import { Adam } from './adam.js';
import { compileStages, type Pipeline } from './compile.js';
import { alignedFloats, type BatchKernel, GROUP, groupsOf, type Kernels, loadKernels } from './kernels.js';
import { NativeSteps } from './native-steps.js';
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

let shared: Engine | undefined;

/**
 * The engine of the fastest instruction set, one a process: it holds nothing, and its calls stay optimised where its functions stay the
 * same.
 *
 * @throws UserError as `createNativeEngine` does
 */
export function nativeEngine(): Engine {
  shared ??= createNativeEngine();
  return shared;
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

  /** The network compiled for an evaluation and for batches of up to `batch` samples. */
  pipeline(batch: number): Pipeline {
    const capacity = Math.max(batch, EVALUATION_BATCH);
    if (!this.compiled || this.compiled.capacity < capacity) {
      this.compiled = compileStages(this.kernels, this.network, this.parameters, this.gradient, capacity);
    }
    return this.compiled;
  }

  async weights(): Promise<Weights> {
    return this.parameters.snapshot();
  }

  async predict(samples: Float32Array): Promise<Float32Array> {
    const { kernels, inputSize, outputSize } = this;
    const count = sampleCount(this.network, samples);
    const { input, stages, output } = this.pipeline(EVALUATION_BATCH);
    const order = Uint32Array.from({ length: count }, (_, i) => i);
    const predictions = new Float32Array(count * outputSize);

    for (const stage of stages) stage.loadWeights?.();
    for (let first = 0; first < count; first += EVALUATION_BATCH) {
      const chosen = order.subarray(first, first + EVALUATION_BATCH);
      kernels.gatherBatch(chosen.length, inputSize, samples, chosen, input, 0, inputSize);
      for (const stage of stages) stage.forward(chosen.length, false);
      const results = predictions.subarray(first * outputSize);
      kernels.scatterBatch(chosen.length, outputSize, output, 0, outputSize, results);
    }
    return predictions;
  }

  train(task: TrainingTask): Training {
    checkTask(this.network, task);
    return new NativeTraining(this, task);
  }

  steps(task: StepsTask): Steps {
    const { kernels, network, parameters, gradient, inputSize, outputSize } = this;
    const { capacity, weightDecay, inputGradients } = task;
    const pipeline = compileStages(kernels, network, parameters, gradient, capacity, inputGradients > 0);
    const adam = new Adam(kernels, parameters.values, gradient, weightDecay);
    return new NativeSteps(kernels, pipeline, adam, { inputSize, outputSize, inputGradients });
  }

  /** Holds nothing but memory that is freed with it. */
  dispose(): void {}
}

class NativeTraining implements Training {
  private readonly pipeline: Pipeline;
  private readonly loss: LossKernels;
  private readonly adam: Adam;
  /** Those of the objective, at the present step. */
  private readonly numbers: number[];
  private steps = 0;

  constructor(
    private readonly model: NativeModel,
    private readonly task: TrainingTask,
  ) {
    const { kernels, parameters, gradient, outputSize } = model;
    this.pipeline = model.pipeline(Math.min(task.batchSize, task.semiTargets.length));
    this.numbers = [...task.objective.numbers];
    this.loss = lossKernels(kernels, this.pipeline, outputSize, task.objective.target);
    this.adam = new Adam(kernels, parameters.values, gradient, task.weightDecay);
  }

  async epoch(order: Uint32Array, learningRate: number): Promise<number> {
    checkOrder(this.task, order);
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
    const { input, stages, backwards } = this.pipeline;
    const batch = chosen.length;
    model.kernels.gatherBatch(batch, model.inputSize, task.samples, chosen, input, 0, model.inputSize);
    for (const stage of stages) stage.loadWeights?.();
    for (const stage of stages) stage.forward(batch, true);
    const loss = this.lossGradient(chosen);
    for (let i = backwards.length - 1; i >= 0; i--) backwards[i](batch);
    this.adam.step(learningRate);
    followBatch(task.objective, this.numbers, ++this.steps, this.loss.measures.subarray(0, batch));
    return loss;
  }

  private lossGradient(chosen: Uint32Array): number {
    const { measures, slopes, measure, differentiate } = this.loss;
    const { numbers } = this;
    const { objective, semiTargets } = this.task;
    const batch = chosen.length;
    measure(batch);
    let loss = 0;
    for (let i = 0; i < batch; i++) {
      const semiTarget = semiTargets[chosen[i]];
      loss += lossOf(objective, measures[i], semiTarget, numbers);
      slopes[i] = slopeOf(objective, measures[i], semiTarget, numbers) / batch;
    }
    differentiate(batch);
    return loss / batch;
  }
}

/** What joins a network's outputs to an objective. */
interface LossKernels {
  /** One a sample: its squared distance, or its output. */
  readonly measures: Float32Array;
  /** Where the derivatives of the batch's loss by them are put. */
  readonly slopes: Float32Array;
  readonly measure: BatchKernel;
  /** Writes the gradient by the outputs. */
  readonly differentiate: BatchKernel;
}

function lossKernels(
  kernels: Kernels,
  { capacity, input, output, outputGradient }: Pipeline,
  outputSize: number,
  target: Objective['target'],
): LossKernels {
  if (target === 'none') {
    if (outputSize !== 1) throw new Error(`a loss of ${outputSize} outputs has no target`);
    // A single output lies as one number a sample.
    const differentiate = (batch: number) => outputGradient.fill(0, batch, groupsOf(batch) * GROUP);
    return { measures: output, slopes: outputGradient, measure: () => {}, differentiate };
  }
  const [measures, slopes] = [new Float32Array(capacity), new Float32Array(capacity)];
  const shared = target !== 'input';
  const point = target === 'input' ? input : target.center;
  const ends = [capacity, outputSize, shared, output, point] as const;
  return {
    measures,
    slopes,
    measure: kernels.squaredDistances(...ends, measures),
    differentiate: kernels.distanceGradient(...ends, slopes, outputGradient),
  };
}
