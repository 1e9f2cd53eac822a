import type { GradSaveFunc, Tensor } from '@tensorflow/tfjs';
import type { TensorFlow } from './tensorflow.js';

/** An operation on one tensor whose gradient is written out. */
export interface Operation {
  /** Its result, and what the gradient needs of the way there. */
  forward(input: Tensor): { value: Tensor; saved: Tensor[] };
  /** The gradient by the input, given that by the result. */
  gradient(resultGradient: Tensor, saved: Tensor[]): Tensor;
}

/** The result of an operation, differentiable as it says. */
export function applyOperation(tf: TensorFlow, { forward, gradient }: Operation, input: Tensor): Tensor {
  const operation = tf.customGrad((...args) => {
    const [x, save] = args as [Tensor, GradSaveFunc];
    const { value, saved } = forward(x);
    save(saved);
    return { value, gradFunc: gradient };
  });
  return operation(input);
}
