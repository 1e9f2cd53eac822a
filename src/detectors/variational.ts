import type { Rows, Steps } from '../engine/engine.js';
import type { Layer, LayerWeights, Network, Weights } from '../networks/network.js';
import type { Random } from '../random.js';
import { native } from './native.js';

/**
 * How an encoder's output a says the variance of a latent: log σ² = softplus(a), as the authors' code has it, which is never below 1; or
 * log σ² = a.
 */
export const LOG_VARIANCES = ['softplus', 'linear'] as const;
export type LogVariance = (typeof LOG_VARIANCES)[number];

const relu: Layer = { type: 'leakyRelu', slope: 0 };

/** A multi-layer perceptron with biases, and ReLUs between its layers. */
export function perceptron(inputs: number, hiddenSizes: readonly number[], outputs: number): Network {
  const dense = (units: number): Layer => ({ type: 'dense', units, bias: true });
  const hidden = hiddenSizes.flatMap((units) => [dense(units), relu]);
  return { input: [inputs], layers: [...hidden, dense(outputs)] };
}

/** The encoder q(z|x) of a variational autoencoder: its outputs are the means of the latents, then as many a of their variances. */
export function encoderNetwork(inputs: number, hiddenSizes: readonly number[], latents: number): Network {
  return perceptron(inputs, hiddenSizes, 2 * latents);
}

/** The decoder p(x|z), the encoder's layers reversed: its outputs are the logits of values in [0, 1]. */
export function decoderNetwork(inputs: number, hiddenSizes: readonly number[], outputs: number): Network {
  return perceptron(inputs, [...hiddenSizes].reverse(), outputs);
}

/** The layers of an encoder up to the means alone. */
export function meanLayers({ layers }: Network, latents: number): Layer[] {
  return [...layers.slice(0, -1), { type: 'dense', units: latents, bias: true }];
}

/** The weights of these layers among those of the encoder. */
export function meanWeights(weights: Weights, latents: number): LayerWeights[] {
  const { kernel, bias } = weights[weights.length - 1];
  return [
    ...weights.slice(0, -1),
    { kernel: kernel.slice(0, kernel.length / 2), bias: bias.slice(0, latents) },
  ];
}

/** Latents drawn for a batch. */
export interface Drawn {
  /** z of each sample, one after the other. */
  readonly latents: Float32Array;
  /** log q(z|x) − log p(z) of each sample: its divergence KL(q(z|x) ‖ p(z)), by the one z that was drawn. */
  readonly divergences: Float64Array;
  /**
   * The gradient of a loss by the encoder's outputs.
   *
   * @param byLatents its gradient by the latents, apart from the divergences
   * @param factors the factor of each sample's divergence in the loss
   */
  backward(byLatents: Float32Array, factors: ArrayLike<number>): Float32Array;
}

/**
 * Draws z = μ + σ ε of each sample (Kingma and Welling 2014), ε standard normal.
 *
 * @param outputs those of the encoder
 * @param count how many latents a sample has
 * @param noise the stream that ε is from
 */
export function drawLatents(
  outputs: Float32Array,
  count: number,
  logVariance: LogVariance,
  noise: Random,
): Drawn {
  const samples = outputs.length / (2 * count);
  const latents = new Float32Array(samples * count);
  const noises = noise.normal(new Float64Array(latents.length));
  const slopes = new Float64Array(latents.length);
  const divergences = new Float64Array(samples);
  const softplus = logVariance === 'softplus';
  native().drawLatents(count, softplus, outputs, noises, latents, slopes, divergences);
  return {
    latents,
    divergences,
    backward(byLatents, factors) {
      const gradient = new Float32Array(outputs.length);
      for (let s = 0; s < samples; s++) {
        for (let i = 0; i < count; i++) {
          const at = s * count + i;
          const place = 2 * s * count + i;
          const byLatent = byLatents[at] + factors[s] * latents[at];
          gradient[place] = byLatent;
          gradient[place + count] = (slopes[at] * (byLatent * noises[at] - factors[s])) / 2;
        }
      }
      return gradient;
    },
  };
}

/** The two networks of a variational autoencoder in training, and what its steps need. */
export interface Variational {
  readonly encoder: Steps;
  readonly decoder: Steps;
  readonly latents: number;
  readonly logVariance: LogVariance;
  /** The stream of what is drawn. */
  readonly noise: Random;
}

/** Bounds of a batch, and the way back from them. */
export interface Bounds {
  /** Of each sample the cross-entropy of its reconstruction and the divergence: a bound on −log p(x). */
  readonly values: Float64Array;
  /** Computes the gradients by all weights of the loss Σ factor · bound. */
  backward(factors: Float32Array): void;
}

/**
 * Bounds on the negative log-likelihoods of a batch (the evidence lower bound, negated), by one draw of each.
 *
 * @param inputs those for the encoder, and `targets` for the decoder's outputs
 * @param labels what both get besides, the decoder besides the latents
 */
export function bounds(
  { encoder, decoder, latents, logVariance, noise }: Variational,
  inputs: Rows,
  targets: Rows,
  labels: readonly Rows[] = [],
): Bounds {
  encoder.forward(inputs, ...labels);
  const drawn = drawLatents(encoder.outputs(), latents, logVariance, noise);
  decoder.forward({ values: drawn.latents, width: latents }, ...labels);
  const entropies = decoder.crossEntropies(targets);
  return {
    values: drawn.divergences.map((divergence, s) => divergence + entropies[s]),
    backward(factors) {
      encoder.backward(drawn.backward(decoder.backwardCrossEntropies(factors), factors));
    },
  };
}

/** Labels of the samples of a batch, from 0, as inputs: the one-hot code of each. */
export function oneHot(labels: ArrayLike<number>, count: number): Rows {
  const values = Float32Array.from({ length: count * count }, (_, i) => (i % (count + 1) === 0 ? 1 : 0));
  return { values, width: count, order: Uint32Array.from(labels) };
}
