/**
 * A loss over a batch, as a function of each sample's squared distance between the network's output and its target: the
 * hypersphere center c, or the sample itself for a reconstruction. The batch's loss is the mean over its samples.
 */
export interface Objective {
  /** What outputs are compared with: the same point for every sample, or each sample itself. */
  readonly target: 'input' | { readonly center: Float32Array };
  /** The loss of one sample. */
  loss(squaredDistance: number, semiTarget: number): number;
  /** The derivative of `loss` by the squared distance. */
  slope(squaredDistance: number, semiTarget: number): number;
  /** Called with a batch's squared distances after its step, where the objective adapts to them. */
  afterStep?(squaredDistances: Float32Array): void;
}
