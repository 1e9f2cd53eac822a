import { denseScratch, GROUP, groupsOf, type Kernels } from './kernels.js';
import { wholePlanes } from './planes.js';
import type { Stage } from './stage.js';

/** One tap that falls on the position itself. */
const SINGLE_TAP = Int32Array.of(1, 1, 0, 0);

/** A dense layer: a correlation of planes of a single position, with as many channels as the layer has inputs. */
export class DenseStage implements Stage {
  readonly output: Float32Array;
  private readonly inputGradient: Float32Array;
  private readonly inputPlanes: Int32Array;
  private readonly outputPlanes: Int32Array;
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
    this.output = new Float32Array(groups * outputs * GROUP);
    this.inputGradient = new Float32Array(groups * inputs * GROUP);
    this.inputPlanes = wholePlanes(inputs, 1, 1);
    this.outputPlanes = wholePlanes(outputs, 1, 1);
    this.forwardWeights = new Float32Array(weights.length);
    this.backwardWeights = new Float32Array(weights.length);
    this.scratch = new Float32Array(denseScratch(groups * GROUP, inputs, outputs));
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
    const { kernels, input, inputPlanes, output, outputPlanes, forwardWeights } = this;
    kernels.correlate(
      groupsOf(batch),
      SINGLE_TAP,
      input,
      inputPlanes,
      output,
      outputPlanes,
      forwardWeights,
      false,
    );
  }

  backward(batch: number, gradient: Float32Array, needed: boolean): Float32Array {
    const { kernels, inputs, outputs, inputGradient, inputPlanes, outputPlanes, backwardWeights } = this;
    kernels.denseGradient(batch, inputs, outputs, this.input, gradient, this.scratch, this.weightGradient);
    if (needed) {
      const groups = groupsOf(batch);
      kernels.correlate(
        groups,
        SINGLE_TAP,
        gradient,
        outputPlanes,
        inputGradient,
        inputPlanes,
        backwardWeights,
        false,
      );
    }
    return inputGradient;
  }
}
