import type { Tensor, Variable } from '@tensorflow/tfjs';
import { BETA1, BETA2, BiasCorrections, correctedStep } from '../adam.js';
import type { TensorFlow } from './tensorflow.js';

/** Adam on one array that holds all weights. */
export class Adam {
  private readonly moment1: Variable;
  private readonly moment2: Variable;
  private readonly corrections = new BiasCorrections();

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
    const { rate, epsilon } = correctedStep(learningRate, this.corrections.next());
    const gradient = tf.add(lossGradient, tf.mul(values, this.weightDecay));
    moment1.assign(tf.add(tf.mul(moment1, BETA1), tf.mul(gradient, 1 - BETA1)));
    moment2.assign(tf.add(tf.mul(moment2, BETA2), tf.mul(tf.square(gradient), 1 - BETA2)));
    const size = tf.add(tf.sqrt(moment2), epsilon);
    values.assign(tf.sub(values, tf.mul(tf.div(moment1, size), rate)));
  }
}
