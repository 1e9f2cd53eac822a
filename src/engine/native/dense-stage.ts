import { alignedFloats } from './buffers.js';
import { denseScratch, GROUP, type Kernels } from './kernels.js';
import type { Stage } from './stage.js';

/** A dense layer: a correlation of planes of a single position, with as many channels as the layer has inputs. */
export class DenseStage implements Stage {
  readonly output: Float32Array;
  private readonly inputGradient: Float32Array;
  private readonly forwardWeights: Float32Array;
  private readonly backwardWeights: Float32Array;
  private readonly scratch: Float32Array;

  /**
   * @param input the buffer that the stage before writes, of `groups` groups
   * @param weights the layer's kernel, and `weightGradient` where its gradient goes
   */
  constructor(
    private readonly kernels: Kernels,
    private readonly input: Float32Array,
    private readonly inputs: number,
    private readonly outputs: number,
    groups: number,
    private readonly weights: Float32Array,
    private readonly weightGradient: Float32Array,
  ) {
    this.output = alignedFloats(kernels, groups * outputs * GROUP);
    this.inputGradient = alignedFloats(kernels, groups * inputs * GROUP);
    this.forwardWeights = new Float32Array(weights.length);
    this.backwardWeights = new Float32Array(weights.length);
    this.scratch = alignedFloats(kernels, denseScratch(groups * GROUP, inputs, outputs));
  }

  loadWeights(): void {
    this.kernels.packDense(
      this.inputs,
      this.outputs,
      this.weights,
      this.forwardWeights,
      this.backwardWeights,
    );
  }

  forward(batch: number): void {
    this.kernels.denseForward(batch, this.inputs, this.outputs, this.input, this.forwardWeights, this.output);
  }

  backward(batch: number, gradient: Float32Array, needed: boolean): Float32Array {
    this.kernels.denseBackward(
      batch,
      this.inputs,
      this.outputs,
      needed,
      this.input,
      gradient,
      this.backwardWeights,
      this.scratch,
      this.weightGradient,
      this.inputGradient,
    );
    return this.inputGradient;
  }
}
