import * as z from 'zod';
import { type SampleShape, sampleSize, type TrainingSet } from '../data/dataset.js';
import type { Engine } from '../engine/engine.js';
import type { Objective } from '../engine/objective.js';
import { type Architecture, buildNetworks } from '../networks/architectures.js';
import { initialWeights } from '../networks/initialize.js';
import type { Network, Weights } from '../networks/network.js';
import { randomStream } from '../random.js';
import { type Detector, defineDetector, type FitContext, givenAutoencoder } from './detector.js';
import { NetworkDetector } from './network-detector.js';
import {
  type AutoencoderPlan,
  networkOptions,
  pretrainingPlan,
  pretrainOptions,
  resolveNetwork,
  resolvePretraining,
  trainedNetworkOf,
} from './options.js';
import { greatest, SINGLE_PRECISION } from './resolution.js';
import { runSchedule } from './training.js';
import { samplesOf } from './unsupervised.js';

/** Mean squared reconstruction error over a sample's values. */
export function reconstructionObjective(shape: SampleShape): Objective {
  return {
    target: 'input',
    numbers: [1 / sampleSize(shape)],
    lossIn: ({ multiply }, distance, _semiTarget, [share]) => multiply(share, distance),
    slopeIn: (_arithmetic, _distance, _semiTarget, [share]) => share,
  };
}

/** The whole autoencoder as one network: the encoder's layers, then the decoder's. */
export function autoencoderNetwork(architecture: Architecture, shape: SampleShape): Network {
  const { encoder, decoder } = buildNetworks(architecture, shape);
  return { input: shape, layers: [...encoder.layers, ...decoder.layers] };
}

/**
 * Trains the autoencoder of a plan on all training samples, or on all but the labeled anomalies as it says, labels unseen.
 *
 * @returns its weights: those of the encoder's layers, then those of the decoder's
 */
export async function trainAutoencoder(
  plan: AutoencoderPlan,
  given: TrainingSet,
  context: { seed: number; engine: Engine; report: FitContext['report'] },
): Promise<Weights> {
  const training = samplesOf(given, plan.trainOn ?? 'all');
  const network = autoencoderNetwork(plan, training.shape);
  const model = context.engine.compile(
    network,
    initialWeights(network, randomStream(context.seed, 'autoencoder weights'), plan.initialWeights),
  );
  try {
    const session = model.train({
      samples: training.samples,
      semiTargets: training.semiTargets,
      objective: reconstructionObjective(training.shape),
      batchSize: plan.batchSize,
      weightDecay: plan.weightDecay,
    });
    const random = randomStream(context.seed, 'autoencoder batches');
    await runSchedule(
      [model],
      session,
      training.count,
      plan.batchSize,
      plan,
      random,
      'pretraining',
      context.report,
    );
    return await model.weights();
  } finally {
    model.dispose();
  }
}

/** Scores a sample by how badly the autoencoder reconstructs it. */
class Autoencoder extends NetworkDetector implements Detector {
  readonly network: Network;

  constructor(
    plan: AutoencoderPlan,
    private readonly shape: SampleShape,
  ) {
    super();
    this.network = autoencoderNetwork(plan, shape);
  }

  async fit(_training: TrainingSet, context: FitContext): Promise<void> {
    this.compile(context.engine, givenAutoencoder(context));
  }

  async score(samples: Float32Array): Promise<Float64Array> {
    const reconstructions = await this.predict(samples);
    const size = sampleSize(this.shape);
    const scores = new Float64Array(samples.length / size);
    for (let i = 0; i < samples.length; i++) {
      scores[Math.floor(i / size)] += (samples[i] - reconstructions[i]) ** 2 / size;
    }
    return scores;
  }

  resolution(scores: Float64Array): number {
    // What a reconstruction is off by enters the square of its difference twice, times that difference.
    return 2 * SINGLE_PRECISION * Math.sqrt(greatest(scores));
  }
}

/** Its own training is the pretraining of the others, so that they share it when they agree on its schedule. */
const options = z.object({
  ...networkOptions,
  epochs: pretrainOptions.pretrainEpochs,
  learningRate: pretrainOptions.pretrainLearningRate,
  learningRateMilestones: pretrainOptions.pretrainLearningRateMilestones,
  weightDecay: pretrainOptions.pretrainWeightDecay,
  trainOn: pretrainOptions.pretrainOn,
});

export const autoencoder = defineDetector({
  name: 'autoencoder',
  title: 'Autoencoder',
  options,
  resolve: ({ epochs, learningRate, learningRateMilestones, weightDecay, trainOn, ...given }, defaults) => {
    const pretraining = resolvePretraining(
      {
        pretrainEpochs: epochs,
        pretrainLearningRate: learningRate,
        pretrainLearningRateMilestones: learningRateMilestones,
        pretrainWeightDecay: weightDecay,
        pretrainOn: trainOn,
      },
      defaults,
    );
    return pretrainingPlan({ ...resolveNetwork(given, defaults), ...pretraining });
  },
  trains: trainedNetworkOf,
  autoencoder: (plan) => plan,
  // What it scores with is the autoencoder that it starts from.
  cost: () => ({ of: 'nothing' }),
  create: (plan, shape) => new Autoencoder(plan, shape),
});
