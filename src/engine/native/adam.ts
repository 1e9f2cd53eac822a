import { alignedFloats, type Kernels } from './kernels.js';

const BETA1 = 0.9;
const BETA2 = 0.999;

/** Adam (Kingma and Ba 2015) on one array that holds all weights, by a gradient of the same layout. */
export class Adam {
  private readonly move: ReturnType<Kernels['adam']>;
  /** β₁ᵗ and β₂ᵗ after t steps. */
  private power1 = 1;
  private power2 = 1;

  /** @param weightDecay the L2 penalty, whose gradient is added to that of the loss */
  constructor(
    kernels: Kernels,
    values: Float32Array,
    gradient: Float32Array,
    private readonly weightDecay: number,
  ) {
    const zeros = () => alignedFloats(kernels, gradient.length);
    this.move = kernels.adam(values, gradient, zeros(), zeros());
  }

  /** Takes one step. */
  step(learningRate: number): void {
    this.power1 *= BETA1;
    this.power2 *= BETA2;
    this.move(learningRate, this.weightDecay, 1 - this.power1, 1 - this.power2);
  }
}
