/**
 * A part of a compiled network that one pass over memory computes: a layer, or several fused. It reads the buffer that the
 * stage before it writes and owns its output; both hold a fixed number of groups, of which a batch fills the first ones.
 */
export interface Stage {
  readonly output: Float32Array;
  /** Takes over changed weights. */
  loadWeights?(): void;
  /** Computes `output`; in training, batch statistics stand in for running ones and update them. */
  forward(batch: number, training: boolean): void;
  /**
   * Given the loss's gradient by `output`, adds up the gradient by the weights.
   *
   * @returns the gradient by the input, in a buffer that the next step overwrites (where `needed`, else nothing of use)
   */
  backward(batch: number, gradient: Float32Array, needed: boolean): Float32Array;
}
