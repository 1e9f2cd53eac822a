import * as z from 'zod';
import { type DatasetDefaults, type SampleShape, sampleSize, type TrainingSet } from '../data/dataset.js';
import type { Engine, Model } from '../engine/engine.js';
import { softplus } from '../exponential.js';
import { INITIALIZERS, type Initializer, initialWeights } from '../networks/initialize.js';
import type { Network, Weights } from '../networks/network.js';
import { randomStream } from '../random.js';
import { autoencoderNetwork } from './autoencoder.js';
import { type Detector, defineDetector, type FitContext, type Progress } from './detector.js';
import { NetworkDetector } from './network-detector.js';
import {
  type Given,
  networkOptions,
  type Schedule,
  scheduleOf,
  scheduleOptions,
  withDefault,
} from './options.js';
import { greatest, SINGLE_PRECISION } from './resolution.js';
import { runSchedule, trainingInSteps } from './training.js';
import {
  bounds,
  decoderNetwork,
  encoderNetwork,
  LOG_VARIANCES,
  type LogVariance,
  meanLayers,
  meanWeights,
} from './variational.js';

/** A variational autoencoder and how it is trained. */
export interface VariationalOptions extends Schedule {
  /** Widths of the encoder's hidden layers; the decoder has them in reverse. */
  readonly perceptronSizes: readonly number[];
  /** How many latents there are. */
  readonly representationSize: number;
  readonly logVariance: LogVariance;
  readonly initialWeights: Initializer;
  readonly batchSize: number;
}

/**
 * Trains a variational autoencoder on all training samples, labels unseen: Adam on the bound on the negative log-likelihood of each sample,
 * by one draw of its latents.
 *
 * @param engine one that takes `Steps`
 */
export async function trainVariational(
  options: VariationalOptions,
  training: TrainingSet,
  { seed, engine, report }: Pick<FitContext, 'seed' | 'engine' | 'report'>,
  phase: Progress['phase'],
): Promise<Record<'encoder' | 'decoder', Weights>> {
  const { perceptronSizes, representationSize: latents, logVariance, batchSize, weightDecay } = options;
  const size = sampleSize(training.shape);
  const capacity = Math.min(batchSize, training.count);
  const part = (name: string, network: Network, inputGradients: number) => {
    const weights = initialWeights(network, randomStream(seed, `${name} weights`), options.initialWeights);
    return modelInSteps(engine, network, weights, { capacity, weightDecay, inputGradients });
  };
  const encoder = part('vae encoder', encoderNetwork(size, perceptronSizes, latents), 0);
  const decoder = part('vae decoder', decoderNetwork(latents, perceptronSizes, size), latents);
  try {
    const noise = randomStream(seed, 'vae noise');
    const variational = { encoder: encoder.steps, decoder: decoder.steps, latents, logVariance, noise };
    const session = trainingInSteps(batchSize, (chosen, learningRate) => {
      const rows = { values: training.samples, width: size, order: chosen };
      const { values, backward } = bounds(variational, rows, rows);
      backward(new Float32Array(chosen.length).fill(1 / chosen.length));
      for (const { steps } of [encoder, decoder]) steps.step(learningRate);
      return values.reduce((sum, value) => sum + value, 0) / chosen.length;
    });
    const random = randomStream(seed, 'vae batches');
    await runSchedule(
      [encoder.model, decoder.model],
      session,
      training.count,
      batchSize,
      options,
      random,
      phase,
      report,
    );
    return { encoder: await encoder.model.weights(), decoder: await decoder.model.weights() };
  } finally {
    for (const { model } of [encoder, decoder]) model.dispose();
  }
}

/** Compiles a network to be trained in steps. @throws Error where the engine takes none */
export function modelInSteps(
  engine: Engine,
  network: Network,
  weights: Weights,
  task: Parameters<NonNullable<Model['steps']>>[0],
) {
  const model = engine.compile(network, weights);
  const steps = model.steps?.(task);
  if (!steps) throw new Error(`the engine ${engine.name} trains no parts of larger models`);
  return { model, steps };
}

/**
 * Scores a sample by the cross-entropy of its reconstruction from the mean of its latents. That is of values in [0, 1], and the farther one lies
 * beyond the lower it would be, without bound: such a value counts as the nearest end, and by the square of how far it is beyond.
 */
class Vae extends NetworkDetector implements Detector {
  /** Its outputs are logits. */
  readonly network: Network;

  constructor(
    private readonly options: VariationalOptions,
    private readonly shape: SampleShape,
  ) {
    super();
    const { perceptronSizes, representationSize } = options;
    const size = sampleSize(shape);
    const encoder = encoderNetwork(size, perceptronSizes, representationSize);
    const decoder = decoderNetwork(representationSize, perceptronSizes, size);
    this.network = { input: shape, layers: [...meanLayers(encoder, representationSize), ...decoder.layers] };
  }

  async fit(training: TrainingSet, context: FitContext): Promise<void> {
    const { encoder, decoder } = await trainVariational(this.options, training, context, 'training');
    const weights = [...meanWeights(encoder, this.options.representationSize), ...decoder];
    this.compile(context.engine, weights);
  }

  async score(samples: Float32Array): Promise<Float64Array> {
    const logits = await this.predict(samples);
    const size = sampleSize(this.shape);
    const scores = new Float64Array(samples.length / size);
    for (let i = 0; i < samples.length; i++) {
      const inside = Math.min(1, Math.max(0, samples[i]));
      const beyond = samples[i] - inside;
      scores[Math.floor(i / size)] += softplus(logits[i]) - inside * logits[i] + beyond * beyond;
    }
    return scores;
  }

  resolution(scores: Float64Array): number {
    return SINGLE_PRECISION * greatest(scores);
  }
}

/** What the training of a variational autoencoder takes. */
export function variationalCost(
  { epochs, perceptronSizes, representationSize }: VariationalOptions,
  shape: SampleShape,
) {
  const inputs = sampleSize(shape);
  const architecture = { network: 'mlp', hiddenSizes: perceptronSizes, representationSize } as const;
  const networks = [autoencoderNetwork(architecture, [inputs])];
  return { of: 'training', epochs, networks, likelihoods: inputs } as const;
}

/** Options of every detector that trains a variational autoencoder. */
export const variationalOptions = {
  logVariance: withDefault(
    z.enum(LOG_VARIANCES),
    'softplus',
    "The logarithm of a latent's variance: softplus of the encoder's output, never below 0, as in the authors' code, or linear, the output itself",
  ),
  representationSize: networkOptions.representationSize.describe(
    'Number of latents (default that of the data set)',
  ),
  perceptronSizes: networkOptions.hiddenSizes.describe(
    "Widths of the encoder's hidden layers, input side first; the decoder has them in reverse (default that of a table's network, or four and two times representationSize)",
  ),
  initialWeights: withDefault(
    z.enum(INITIALIZERS),
    'glorot',
    "How initial weights are drawn: uniform Glorot, as in the paper, or as PyTorch's default",
  ),
  batchSize: networkOptions.batchSize,
  ...scheduleOptions,
};

/** The options with the defaults for the data set. */
export function resolveVariational(
  given: Given<typeof variationalOptions>,
  defaults: DatasetDefaults,
): VariationalOptions {
  const { logVariance, initialWeights, batchSize } = given;
  const representationSize = given.representationSize ?? defaults.representationSize;
  const usual = defaults.network === 'mlp' ? defaults.hiddenSizes : undefined;
  return {
    logVariance,
    representationSize,
    perceptronSizes: given.perceptronSizes ?? usual ?? [4 * representationSize, 2 * representationSize],
    initialWeights,
    batchSize,
    ...scheduleOf(given),
  };
}

/** The variational autoencoder (Kingma and Welling 2014), with multi-layer perceptrons and Bernoulli outputs. */
export const vae = defineDetector({
  name: 'vae',
  title: 'VAE',
  options: z.object(variationalOptions),
  resolve: resolveVariational,
  nativeOnly: true,
  unitInputs: true,
  cost: variationalCost,
  create: (options, shape) => new Vae(options, shape),
});
