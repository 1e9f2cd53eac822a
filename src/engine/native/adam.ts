import { BiasCorrections } from '../adam.js';
import { alignedFloats, type Kernels } from './kernels.js';

/** Adam on one array that holds all weights, by a gradient of the same layout. */
export class Adam {
  private readonly move: ReturnType<Kernels['adam']>;
  private readonly corrections = new BiasCorrections();

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
    this.move(learningRate, this.weightDecay, ...this.corrections.next());
  }
}
