import type { Steps } from '../engine.js';
import type { Adam } from './adam.js';
import type { Pipeline } from './compile.js';
import { alignedFloats, type BatchKernel, type Kernels } from './kernels.js';

/** Steps of a compiled network whose loss is computed outside. */
export class NativeSteps implements Steps {
  /** Of all rows in their order. */
  private readonly all: Uint32Array;
  private batch = 0;
  private losses: CrossEntropyKernels | undefined;

  constructor(
    private readonly kernels: Kernels,
    private readonly pipeline: Pipeline,
    private readonly adam: Adam,
    private readonly inputSize: number,
    private readonly outputSize: number,
  ) {
    this.all = Uint32Array.from({ length: pipeline.capacity }, (_, i) => i);
  }

  forward(inputs: Float32Array, order?: Uint32Array): void {
    const { input, stages } = this.pipeline;
    this.batch = order?.length ?? inputs.length / this.inputSize;
    this.gather(inputs, this.inputSize, input, order);
    for (const stage of stages) stage.loadWeights?.();
    for (const stage of stages) stage.forward(this.batch, true);
  }

  outputs(): Float32Array {
    return this.scatter(this.pipeline.output, this.outputSize);
  }

  crossEntropies(targets: Float32Array, order?: Uint32Array): Float32Array {
    this.losses ??= crossEntropyKernels(this.kernels, this.pipeline, this.outputSize);
    const { target, entropies, measure } = this.losses;
    this.gather(targets, this.outputSize, target, order);
    measure(this.batch);
    return entropies.slice(0, this.batch);
  }

  backward(gradient: Float32Array): Float32Array {
    this.gather(gradient, this.outputSize, this.pipeline.outputGradient);
    return this.goBack();
  }

  backwardCrossEntropies(factors: Float32Array): Float32Array {
    if (!this.losses) throw new Error('no cross-entropies to go back from');
    this.losses.factors.set(factors);
    this.losses.differentiate(this.batch);
    return this.goBack();
  }

  step(learningRate: number): void {
    this.adam.step(learningRate);
  }

  private goBack(): Float32Array {
    const { backwards, inputGradient } = this.pipeline;
    for (let i = backwards.length - 1; i >= 0; i--) backwards[i](this.batch);
    return inputGradient ? this.scatter(inputGradient, this.inputSize) : new Float32Array();
  }

  private gather(rows: Float32Array, size: number, groups: Float32Array, order = this.all): void {
    this.kernels.gatherBatch(this.batch, size, rows, order, groups);
  }

  private scatter(groups: Float32Array, size: number): Float32Array {
    const rows = new Float32Array(this.batch * size);
    this.kernels.scatterBatch(this.batch, size, groups, rows);
    return rows;
  }
}

interface CrossEntropyKernels {
  readonly target: Float32Array;
  /** One a sample, as are the factors of the gradient. */
  readonly entropies: Float32Array;
  readonly factors: Float32Array;
  readonly measure: BatchKernel;
  readonly differentiate: BatchKernel;
}

function crossEntropyKernels(
  kernels: Kernels,
  { capacity, output, outputGradient }: Pipeline,
  outputSize: number,
): CrossEntropyKernels {
  const target = alignedFloats(kernels, output.length);
  const [entropies, factors] = [new Float32Array(capacity), new Float32Array(capacity)];
  const ends = [capacity, outputSize, output, target] as const;
  return {
    ...{ target, entropies, factors },
    measure: kernels.crossEntropies(...ends, entropies),
    differentiate: kernels.crossEntropyGradient(...ends, factors, outputGradient),
  };
}
