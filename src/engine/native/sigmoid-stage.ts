import { GROUP, groupsOf, type Kernels } from './kernels.js';
import type { Stage } from './stage.js';

/** The sigmoid, in place on the output of the stage before it. */
export class SigmoidStage implements Stage {
  constructor(
    private readonly kernels: Kernels,
    readonly output: Float32Array,
    private readonly size: number,
  ) {}

  forward(batch: number): void {
    this.kernels.sigmoidForward(this.count(batch), this.output);
  }

  backward(batch: number, gradient: Float32Array): Float32Array {
    this.kernels.sigmoidBackward(this.count(batch), this.output, gradient);
    return gradient;
  }

  private count(batch: number): number {
    return groupsOf(batch) * this.size * GROUP;
  }
}
