import { type SampleShape, sampleSize } from '../data/dataset.js';
import { type Architecture, buildNetworks } from '../networks/architectures.js';
import type { Network } from '../networks/network.js';

/** What the time of a fit goes into, once the autoencoder that it starts from is trained; of one fit, where several are tried (`bestOf`). */
export type Cost = TrainingCost | KernelMatrixCost | { readonly of: 'forest' | 'nothing' };

/** Epochs over the training samples. */
export interface TrainingCost {
  readonly of: 'training';
  readonly epochs: number;
  /** What a sample goes through in an epoch, forward and back. */
  readonly networks: readonly Network[];
  /** How many values of a sample a likelihood is made of in an epoch, where the losses are not those of engines. */
  readonly likelihoods?: number;
}

/** A kernel matrix over the training samples. */
export interface KernelMatrixCost {
  readonly of: 'kernel matrix';
  /** Of a sample. */
  readonly features: number;
  /** How many are tried. */
  readonly bandwidths: number;
}

/** The training of the encoder of an architecture. */
export function encoderCost(architecture: Architecture, epochs: number, shape: SampleShape): TrainingCost {
  return { of: 'training', epochs, networks: [buildNetworks(architecture, shape).encoder] };
}

/** A kernel matrix over samples of this shape. */
export function kernelMatrixCost(shape: SampleShape, bandwidths: number): KernelMatrixCost {
  return { of: 'kernel matrix', features: sampleSize(shape), bandwidths };
}
