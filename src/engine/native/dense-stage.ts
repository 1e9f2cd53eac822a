import { alignedFloats, type BatchKernel, denseScratch, GROUP, groupsOf, type Kernels } from './kernels.js';
import type { Stage, StageGradient } from './stage.js';

/** A dense layer: a correlation of planes of a single position, with as many channels as the layer has inputs. */
export class DenseStage implements Stage {
  readonly output: Float32Array;
  readonly loadWeights: () => void;
  readonly forward: BatchKernel;
  private readonly backwardWeights: Float32Array;

  /**
   * @param input the buffer that the stage before writes
   * @param capacity the most samples of a batch
   * @param weights the layer's kernel, and `weightGradient` where its gradient goes
   */
  constructor(
    private readonly kernels: Kernels,
    private readonly input: Float32Array,
    private readonly inputs: number,
    private readonly outputs: number,
    private readonly capacity: number,
    weights: Float32Array,
    private readonly weightGradient: Float32Array,
  ) {
    this.output = alignedFloats(kernels, groupsOf(capacity) * outputs * GROUP);
    this.backwardWeights = new Float32Array(weights.length);
    const forwardWeights = new Float32Array(weights.length);
    this.loadWeights = kernels.packDense(inputs, outputs, weights, forwardWeights, this.backwardWeights);
    this.forward = kernels.denseForward(capacity, inputs, outputs, input, forwardWeights, this.output);
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
      this.weightGradient,
      inputGradient,
    );
    return { inputGradient, backward };
  }
}
