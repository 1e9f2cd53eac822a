import type { Network, Weights } from '../networks/network.js';
import type { Objective } from './objective.js';

/** The device has failed, and what was computed on it is lost: no fault of any run, which can be tried on the device opened anew. */
export class DeviceLost extends Error {}

/** Trains and evaluates networks on one kind of device. What a model is asked for rejects with `DeviceLost` once the device has failed. */
export interface Engine {
  /** Its name in the registry. */
  readonly name: string;
  /** What it computes with: an instruction set, or the adapter of a GPU. */
  readonly device: string;
  /** Compiles a network with these weights, which it copies. */
  compile(network: Network, weights: Weights): Model;
}

/** A compiled network and its weights. */
export interface Model {
  /** A copy of the weights as they are now. */
  weights(): Promise<Weights>;
  /**
   * The network's outputs in evaluation mode (running batch statistics), one sample after the other.
   *
   * @throws RangeError where the samples are not whole
   */
  predict(samples: Float32Array): Promise<Float32Array>;
  /**
   * Prepares training with Adam (β₁ 0.9, β₂ 0.999, ε 1e-8, L2 penalty added to the gradient).
   *
   * @throws RangeError where there is not one semi-target a sample
   */
  train(task: TrainingTask): Training;
  /** Prepares steps of the same Adam whose loss whoever takes them computes; absent where the engine has no such. */
  steps?(task: StepsTask): Steps;
  /** Frees what it and its training hold on the device; neither can be used after that. */
  dispose(): void;
}

export interface TrainingTask {
  /** One sample after the other; they stay as they are while it trains. */
  readonly samples: Float32Array;
  /** +1 labeled normal, −1 labeled anomaly, 0 unlabeled: one a sample. */
  readonly semiTargets: Int8Array;
  readonly objective: Objective;
  readonly batchSize: number;
  readonly weightDecay: number;
}

export interface StepsTask {
  /** The most samples of a batch. */
  readonly capacity: number;
  readonly weightDecay: number;
  /** How many inputs, from the first on, the gradient by is needed. */
  readonly inputGradients: number;
}

/** Values of a batch, `width` of each sample: the rows that `order` names, or all. */
export interface Rows {
  readonly values: Float32Array;
  readonly width: number;
  readonly order?: Uint32Array;
}

/**
 * Training of a network that is a part of a larger model, step by step: forward, backward by a gradient that comes from elsewhere, and
 * a step of Adam. Outputs and gradients are rows, one sample after the other.
 */
export interface Steps {
  /**
   * Passes a batch forward; batch normalisation takes the batch's statistics, and its running ones follow them.
   *
   * @param inputs rows that lie side by side: together as wide as the network's input
   */
  forward(...inputs: readonly Rows[]): void;
  /** What the batch has become. */
  outputs(): Float32Array;
  /** Of each sample the sum of the cross-entropies between targets in [0, 1] and its outputs, taken as logits. */
  crossEntropies(targets: Rows): Float32Array;
  /** Passes the loss's gradient by the outputs back; returns that by as many inputs as it is needed of. */
  backward(gradient: Float32Array): Float32Array;
  /** The same where the loss is a sum of the last cross-entropies, a factor for each. */
  backwardCrossEntropies(factors: Float32Array): Float32Array;
  /** Moves the weights against the last gradient. */
  step(learningRate: number): void;
}

export interface Training {
  /**
   * Trains on the samples that `order` names, in batches of `batchSize`; the caller leaves out what should not fill a batch.
   *
   * @param order at least one sample, and no more than there are
   * @returns the mean of the batches' losses
   * @throws RangeError where it is of none, or of samples that are not there
   */
  epoch(order: Uint32Array, learningRate: number): Promise<number>;
  /**
   * Frees what it holds on the device, which other trainings may wait for: the model keeps the weights. Absent where it holds nothing that
   * they would want.
   */
  end?(): Promise<void>;
}
