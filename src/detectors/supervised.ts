import * as z from 'zod';
import type { DatasetDefaults, SampleShape, TrainingSet } from '../data/dataset.js';
import type { Engine, Model } from '../engine/engine.js';
import type { Objective } from '../engine/objective.js';
import { buildNetworks } from '../networks/architectures.js';
import { INITIALIZERS, initialWeights } from '../networks/initialize.js';
import type { Network } from '../networks/network.js';
import { randomStream } from '../random.js';
import { encoderCost } from './cost.js';
import { type Detector, defineDetector, type FitContext } from './detector.js';
import { LogitDetector } from './network-detector.js';
import {
  architectureOf,
  type Given,
  type NetworkOptions,
  networkOptions,
  resolveNetwork,
  type Schedule,
  scheduleOf,
  scheduleOptions,
  trainedNetworkOf,
  withDefault,
} from './options.js';
import { runSchedule } from './training.js';

/**
 * Binary cross-entropy of a logit: labeled anomalies are of class 1, all other samples, unlabeled ones too, of class 0.
 *
 * @param anomalyWeight the weight of a sample of class 1, and `otherWeight` that of one of class 0
 */
export function classificationObjective(anomalyWeight: number, otherWeight: number): Objective {
  return {
    target: 'none',
    numbers: [anomalyWeight, otherWeight],
    lossIn: ({ constant, multiply, softplus, bySign }, logit, semiTarget, [ofAnomaly, ofOther]) => {
      const anomaly = multiply(ofAnomaly, softplus(multiply(constant(-1), logit)));
      const other = multiply(ofOther, softplus(logit));
      return bySign(semiTarget, anomaly, other, other);
    },
    slopeIn: ({ constant, multiply, sigmoid, bySign }, logit, semiTarget, [ofAnomaly, ofOther]) => {
      const minus = constant(-1);
      const anomaly = multiply(multiply(minus, ofAnomaly), sigmoid(multiply(minus, logit)));
      const other = multiply(ofOther, sigmoid(logit));
      return bySign(semiTarget, anomaly, other, other);
    },
  };
}

/** The weights of classes by their numbers of samples: each class counts for half of the loss where they are balanced. */
function classObjective({ classWeight }: SupervisedOptions, semiTargets: Int8Array): Objective {
  const count = semiTargets.length;
  const anomalies = semiTargets.filter((semiTarget) => semiTarget === -1).length;
  if (classWeight === 'none') return classificationObjective(1, 1);
  return classificationObjective(count / (2 * anomalies), count / (2 * (count - anomalies)));
}

/** The encoder of the paper and a linear unit on its representation, trained to tell labeled anomalies from all else. */
class Supervised extends LogitDetector implements Detector {
  readonly network: Network;

  constructor(
    private readonly options: SupervisedOptions,
    shape: SampleShape,
  ) {
    super();
    const { input, layers } = buildNetworks(architectureOf(options), shape).encoder;
    const encoder = layers.map((layer) =>
      layer.type === 'dense' && options.bias ? { ...layer, bias: true as const } : layer,
    );
    this.network = { input, layers: [...encoder, { type: 'dense', units: 1, bias: true }] };
  }

  async fit(training: TrainingSet, { seed, engine, report, watch }: FitContext): Promise<void> {
    const { samples, semiTargets, count } = training;
    const { batchSize } = this.options;
    const objective = classObjective(this.options, semiTargets);
    const random = randomStream(seed, 'classifier weights');
    const weights = initialWeights(this.network, random, this.options.initialWeights);
    const model = this.compile(engine, weights);
    const tell = (epoch: number) =>
      watch?.({ epoch, encode: (values) => this.encode(model, engine, values) });
    await tell(0);
    const schedule = scheduleOf(this.options);
    const { weightDecay } = schedule;
    const session = model.train({ samples, semiTargets, objective, batchSize, weightDecay });
    const order = randomStream(seed, 'batches');
    await runSchedule([model], session, count, batchSize, schedule, order, 'training', (progress) => {
      report(progress);
      return tell(progress.done);
    });
  }

  /** What the network makes of samples before its linear unit. */
  private async encode(model: Model, engine: Engine, samples: Float32Array): Promise<Float32Array> {
    const { input, layers } = this.network;
    const weights = await model.weights();
    const encoder = engine.compile({ input, layers: layers.slice(0, -1) }, weights.slice(0, -1));
    try {
      return await encoder.predict(samples);
    } finally {
      encoder.dispose();
    }
  }
}

const options = {
  classWeight: withDefault(
    z.enum(['none', 'balanced']),
    'none',
    'Whether each sample counts alike, or labeled anomalies together as much as all others',
  ),
  bias: withDefault(z.boolean(), false, 'Whether the dense layers of the encoder have biases'),
  ...networkOptions,
  initialWeights: withDefault(
    z.enum(INITIALIZERS),
    'glorot',
    "How initial weights are drawn: uniform Glorot, as in the paper, or as PyTorch's default",
  ),
  ...scheduleOptions,
};

type SupervisedOptions = NetworkOptions &
  Schedule & { readonly classWeight: 'none' | 'balanced'; readonly bias: boolean };

function resolve(given: Given<typeof options>, defaults: DatasetDefaults): SupervisedOptions {
  const { classWeight, bias, initialWeights } = given;
  return { classWeight, bias, ...resolveNetwork(given, defaults), initialWeights, ...scheduleOf(given) };
}

/** The paper's supervised baseline; its details, which the paper leaves open, are in docs/protocol.md. */
export const supervised = defineDetector({
  name: 'supervised',
  title: 'Supervised',
  options: z.object(options),
  resolve,
  needsLabeledAnomalies: true,
  trains: trainedNetworkOf,
  encodes: true,
  // One without labeled anomalies lacks half of the loss.
  unevenBatches: ({ classWeight }) => classWeight === 'balanced',
  cost: (resolved, shape) => encoderCost(resolved, resolved.epochs, shape),
  create: (resolved, shape) => new Supervised(resolved, shape),
});
