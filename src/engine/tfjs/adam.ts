import type { Tensor, Variable } from '@tensorflow/tfjs';
import type { TensorFlow } from './tensorflow.js';

const BETA1 = 0.9;
const BETA2 = 0.999;
const EPSILON = 1e-8;

/** Adam (Kingma and Ba 2015) on one array that holds all weights. */
export class Adam {
  private readonly moment1: Variable;
  private readonly moment2: Variable;
  /** β₁ᵗ and β₂ᵗ after t steps. */
  private power1 = 1;
  private power2 = 1;

  /**
   * @param weightDecay the L2 penalty, whose gradient is added to that of the loss
   * @param resident `TfjsNetwork.resident`
   */
  constructor(
    private readonly tf: TensorFlow,
    private readonly values: Variable,
    private readonly weightDecay: number,
    resident: (make: () => Tensor) => Variable,
  ) {
    const zeros = () => resident(() => tf.zeros(values.shape));
    [this.moment1, this.moment2] = [zeros(), zeros()];
  }

  /** Takes one step. To be called within a tidy. */
  step(lossGradient: Tensor, learningRate: number): void {
    const { tf, values, moment1, moment2 } = this;
    this.power1 *= BETA1;
    this.power2 *= BETA2;
    const correction2 = Math.sqrt(1 - this.power2);
    const rate = (learningRate * correction2) / (1 - this.power1);
    const gradient = tf.add(lossGradient, tf.mul(values, this.weightDecay));
    moment1.assign(tf.add(tf.mul(moment1, BETA1), tf.mul(gradient, 1 - BETA1)));
    moment2.assign(tf.add(tf.mul(moment2, BETA2), tf.mul(tf.square(gradient), 1 - BETA2)));
    // Both corrections stand before the quotient, where they are numbers and not operations on all weights.
    const size = tf.add(tf.sqrt(moment2), EPSILON * correction2);
    values.assign(tf.sub(values, tf.mul(tf.div(moment1, size), rate)));
  }
}
