import type { LayerWeights } from '../../networks/network.js';
import { alignedFloats, type BatchKernel, denseScratch, GROUP, groupsOf, type Kernels } from './kernels.js';
import type { Stage, StageGradient } from './stage.js';

/** A dense layer: a correlation of planes of a single position, with as many channels as the layer has inputs, and a bias or none. */
export class DenseStage implements Stage {
  readonly output: Float32Array;
  readonly loadWeights: () => void;
  readonly forward: BatchKernel;
  private readonly backwardWeights: Float32Array;

  /**
   * @param input the buffer that the stage before writes
   * @param capacity the most samples of a batch
   * @param weights the layer's kernel, and its bias where it has one; `gradients` where their gradients go
   */
  constructor(
    private readonly kernels: Kernels,
    private readonly input: Float32Array,
    private readonly inputs: number,
    private readonly outputs: number,
    private readonly capacity: number,
    { kernel, bias }: LayerWeights,
    private readonly gradients: LayerWeights,
  ) {
    this.output = alignedFloats(kernels, groupsOf(capacity) * outputs * GROUP);
    this.backwardWeights = new Float32Array(kernel.length);
    const forwardWeights = new Float32Array(kernel.length);
    this.loadWeights = kernels.packDense(inputs, outputs, kernel, forwardWeights, this.backwardWeights);
    const multiply = kernels.denseForward(capacity, inputs, outputs, input, forwardWeights, this.output);
    this.forward = bias ? both(multiply, kernels.addBias(capacity, outputs, bias, this.output)) : multiply;
  }

  differentiate(gradient: Float32Array, needed: boolean): StageGradient {
    const { kernels, capacity, inputs, outputs } = this;
    const inputGradient = needed ? alignedFloats(kernels, this.input.length) : undefined;
    const backward = kernels.denseBackward(
      capacity,
      inputs,
      outputs,
      this.input,
      gradient,
      this.backwardWeights,
      alignedFloats(kernels, denseScratch(capacity, inputs, outputs)),
      this.gradients.kernel,
      inputGradient,
    );
    const { bias } = this.gradients;
    if (!bias) return { inputGradient, backward };
    return {
      inputGradient,
      backward: both(backward, kernels.biasGradient(capacity, outputs, gradient, bias)),
    };
  }
}

function both(first: BatchKernel, second: BatchKernel): BatchKernel {
  return (batch) => {
    first(batch);
    second(batch);
  };
}
