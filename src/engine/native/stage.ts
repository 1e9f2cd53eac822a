import type { BatchKernel } from './kernels.js';

/**
 * A part of a compiled network that one pass over memory computes: a layer, or several fused. It reads the buffer that the
 * stage before it writes and owns its output; both have room for a fixed number of samples, of which a batch fills the first.
 */
export interface Stage {
  readonly output: Float32Array;
  /** Takes over changed weights. */
  readonly loadWeights?: () => void;
  /** Computes `output`; in training, batch statistics stand in for running ones and update them. */
  readonly forward: (batch: number, training: boolean) => void;
  /**
   * The way back, for the loss's gradient by `output` in a buffer.
   *
   * @param needed whether the gradient by the input is
   */
  differentiate(gradient: Float32Array, needed: boolean): StageGradient;
}

/** A stage's way back. */
export interface StageGradient {
  /** Where the gradient by the stage's input goes, if that is needed. */
  readonly inputGradient: Float32Array | undefined;
  /** Computes it, and the gradient by the weights. */
  readonly backward: BatchKernel;
}
