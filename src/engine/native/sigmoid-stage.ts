import type { BatchKernel, Kernels } from './kernels.js';
import type { Stage, StageGradient } from './stage.js';

/** The sigmoid, in place on the output of the stage before it. */
export class SigmoidStage implements Stage {
  readonly forward: BatchKernel;

  constructor(
    private readonly kernels: Kernels,
    readonly output: Float32Array,
    private readonly features: number,
    private readonly capacity: number,
  ) {
    this.forward = kernels.sigmoidForward(capacity, features, output);
  }

  differentiate(gradient: Float32Array): StageGradient {
    const backward = this.kernels.sigmoidBackward(this.capacity, this.features, this.output, gradient);
    return { inputGradient: gradient, backward };
  }
}
