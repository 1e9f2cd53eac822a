import type { Rows, Steps } from '../engine.js';
import type { Adam } from './adam.js';
import type { Pipeline } from './compile.js';
import { alignedFloats, type BatchKernel, type Kernels } from './kernels.js';

/** Values of a sample: inputs and outputs, and of how many inputs the gradient by is needed. */
interface Widths {
  readonly inputSize: number;
  readonly outputSize: number;
  readonly inputGradients: number;
}

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
    private readonly widths: Widths,
  ) {
    this.all = Uint32Array.from({ length: pipeline.capacity }, (_, i) => i);
  }

  forward(...inputs: readonly Rows[]): void {
    const { input, stages } = this.pipeline;
    const [{ values, width, order }] = inputs;
    this.batch = order?.length ?? values.length / width;
    let first = 0;
    for (const rows of inputs) {
      this.gather(rows, input, first, this.widths.inputSize);
      first += rows.width;
    }
    if (first !== this.widths.inputSize) throw new Error(`${first} inputs of ${this.widths.inputSize}`);
    for (const stage of stages) stage.loadWeights?.();
    for (const stage of stages) stage.forward(this.batch, true);
  }

  outputs(): Float32Array {
    const { outputSize } = this.widths;
    return this.scatter(outputSize, this.pipeline.output, outputSize);
  }

  crossEntropies(targets: Rows): Float32Array {
    this.losses ??= crossEntropyKernels(this.kernels, this.pipeline, this.widths.outputSize);
    const { target, entropies, measure } = this.losses;
    this.gather(targets, target);
    measure(this.batch);
    return entropies.slice(0, this.batch);
  }

  backward(gradient: Float32Array): Float32Array {
    this.gather({ values: gradient, width: this.widths.outputSize }, this.pipeline.outputGradient);
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
    const { inputGradients, inputSize } = this.widths;
    for (let i = backwards.length - 1; i >= 0; i--) backwards[i](this.batch);
    return inputGradient ? this.scatter(inputGradients, inputGradient, inputSize) : new Float32Array();
  }

  /** Brings rows into groups of `whole` features, as those from `first` on. */
  private gather(
    { values, width, order = this.all }: Rows,
    groups: Float32Array,
    first = 0,
    whole = width,
  ): void {
    this.kernels.gatherBatch(this.batch, width, values, order, groups, first, whole);
  }

  /** The first features of groups of `whole` as rows. */
  private scatter(width: number, groups: Float32Array, whole: number): Float32Array {
    const rows = new Float32Array(this.batch * width);
    this.kernels.scatterBatch(this.batch, width, groups, 0, whole, rows);
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
