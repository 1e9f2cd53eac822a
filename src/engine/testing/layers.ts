import type { Layer } from '../../networks/network.js';

/** Layers in short, for the cases that engines are held against a reference by. */

/** A convolution with a square kernel. */
export const convolution = (filters: number, kernel: number, padding: number): Layer => ({
  type: 'convolution',
  filters,
  kernel,
  padding,
});

/** A transposed convolution with a square kernel. */
export const transposed = (filters: number, kernel: number, padding: number): Layer => ({
  type: 'transposedConvolution',
  filters,
  kernel,
  padding,
});

export const dense = (units: number): Layer => ({ type: 'dense', units });
export const biased = (units: number): Layer => ({ type: 'dense', units, bias: true });
export const normalization: Layer = { type: 'batchNormalization' };
/** Of another slope than the paper's networks have by default. */
export const leakyRelu: Layer = { type: 'leakyRelu', slope: 0.1 };
export const maxPooling: Layer = { type: 'maxPooling' };
export const upSampling: Layer = { type: 'upSampling' };
export const sigmoid: Layer = { type: 'sigmoid' };
