import * as z from 'zod';
import { type DatasetDefaults, type SampleShape, sampleSize, type TrainingSet } from '../data/dataset.js';
import { rowsAt } from '../data/rows-at.js';
import type { Rows } from '../engine/engine.js';
import { sigmoid, softplus } from '../exponential.js';
import { buildNetworks, requireImage } from '../networks/architectures.js';
import { initialWeights } from '../networks/initialize.js';
import type { Layer, LayerWeights, Network, Weights } from '../networks/network.js';
import { randomStream } from '../random.js';
import type { Cost } from './cost.js';
import { type Detector, defineDetector, type FitContext } from './detector.js';
import { LogitDetector } from './network-detector.js';
import {
  architectureOf,
  type Given,
  hasLeakyRelu,
  networkOptions,
  resolveNetwork,
  withDefault,
} from './options.js';
import { runSchedule, trainingInSteps } from './training.js';
import {
  modelInSteps,
  resolveVariational,
  trainVariational,
  type VariationalOptions,
  variationalCost,
  variationalOptions,
} from './vae.js';
import {
  bounds,
  decoderNetwork,
  drawLatents,
  encoderNetwork,
  meanLayers,
  meanWeights,
  oneHot,
  perceptron,
} from './variational.js';

/** Normal and anomaly, in the order of the classifier's outputs and of the one-hot labels. */
const CLASSES = 2;

/** The samples of a batch by what is known of them. */
export interface DividedBatch {
  readonly labeled: readonly number[];
  /** The class of each labeled one: 0 normal, 1 anomaly. */
  readonly classes: readonly number[];
  readonly unlabeled: readonly number[];
}

/** A batch's loss and its derivatives. */
export interface ClassLoss {
  readonly loss: number;
  /** By the classifier's logits, two a sample: of the labeled samples, then of the unlabeled ones. */
  readonly byLogits: Float32Array;
  /** By the bounds. */
  readonly byBounds: Float32Array;
}

/**
 * The objective of M2 (Kingma et al. 2014, eq. 6 to 9): mean bound of the labeled samples, their mean cross-entropy times α, and of the
 * unlabeled samples the mean of Σ_y q(y|x) L(x, y) − H(q(y|x)), both labels taken; L is the bound on −log p(x|y) and log 2.
 *
 * @param logits of the classifier q(y|x), two a sample: of the labeled samples, then of the unlabeled ones
 * @param values bounds of the labeled samples with their labels, of the unlabeled ones as normal, and of these as anomalies
 */
export function classLoss(
  logits: Float32Array,
  values: Float64Array,
  { classes, unlabeled }: Pick<DividedBatch, 'classes' | 'unlabeled'>,
  alpha: number,
): ClassLoss {
  const byLogits = new Float32Array(logits.length);
  const byBounds = new Float32Array(values.length);
  let loss = 0;
  classes.forEach((label, i) => {
    const share = 1 / classes.length;
    const difference = logits[2 * i + 1] - logits[2 * i];
    loss += share * (values[i] + Math.LN2 + alpha * softplus(label === 1 ? -difference : difference));
    const slope = share * alpha * (sigmoid(difference) - label);
    byLogits.set([-slope, slope], 2 * i);
    byBounds[i] = share;
  });
  unlabeled.forEach((_, i) => {
    const share = 1 / unlabeled.length;
    const at = classes.length + i;
    const difference = logits[2 * at + 1] - logits[2 * at];
    const anomaly = sigmoid(difference);
    const normal = sigmoid(-difference);
    // L(x, y) + log q(y|x), whose mean under q is the loss.
    const asNormal = values[at] + Math.LN2 - softplus(difference);
    const asAnomaly = values[at + unlabeled.length] + Math.LN2 - softplus(-difference);
    loss += share * (normal * asNormal + anomaly * asAnomaly);
    const slope = share * normal * anomaly * (asAnomaly - asNormal);
    byLogits.set([-slope, slope], 2 * at);
    byBounds[at] = share * normal;
    byBounds[at + unlabeled.length] = share * anomaly;
  });
  return { loss, byLogits, byBounds };
}

/** The semi-supervised deep generative model of Kingma et al. (2014): M2, or M2 on the latents of a variational autoencoder, M1. */
class SsDgm extends LogitDetector implements Detector {
  readonly network: Network;
  private readonly classifier: Network;

  constructor(
    private readonly options: SsDgmOptions,
    shape: SampleShape,
  ) {
    super();
    const { representationSize, perceptronSizes } = options;
    this.classifier = classifierNetwork(options, shape);
    const before =
      options.model === 'm2'
        ? []
        : meanLayers(
            encoderNetwork(sampleSize(shape), perceptronSizes, representationSize),
            representationSize,
          );
    this.network = { input: shape, layers: [...before, ...asLogit(this.classifier).layers] };
  }

  async fit(training: TrainingSet, context: FitContext): Promise<void> {
    const { model, representationSize: latents, logVariance, perceptronSizes } = this.options;
    const { samples } = training;
    if (model === 'm2') {
      const rows = { values: samples, width: sampleSize(training.shape) };
      const contents = { classified: rows, encoded: (order: Uint32Array) => ({ ...rows, order }) };
      this.compile(context.engine, logitWeights(await this.train(training, context, contents)));
      return;
    }
    const { seed, engine } = context;
    const { encoder } = await trainVariational(this.options, training, context, 'pretraining');
    const first = engine.compile(
      encoderNetwork(sampleSize(training.shape), perceptronSizes, latents),
      encoder,
    );
    const outputs = await first.predict(samples);
    first.dispose();
    const noise = randomStream(seed, 'ss-dgm first latents');
    const weights = await this.train(training, context, {
      classified: { values: leftHalves(outputs, latents), width: latents },
      encoded: (order) => {
        const chosen = rowsAt(outputs, 2 * latents, order);
        return { values: drawLatents(chosen, latents, logVariance, noise).latents, width: latents };
      },
    });
    this.compile(engine, [...meanWeights(encoder, latents), ...logitWeights(weights)]);
  }

  /** Trains M2; returns the classifier's weights. */
  private async train(
    { samples, shape, count, semiTargets }: TrainingSet,
    { seed, engine, report }: FitContext,
    { classified, encoded }: Contents,
  ): Promise<Weights> {
    const {
      representationSize: latents,
      perceptronSizes,
      batchSize,
      weightDecay,
      logVariance,
    } = this.options;
    const size = sampleSize(shape);
    const batch = Math.min(batchSize, count);
    const part = (name: string, network: Network, capacity: number, inputGradients: number) => {
      const random = randomStream(seed, `ss-dgm ${name} weights`);
      const weights = initialWeights(network, random, this.options.initialWeights);
      return modelInSteps(engine, network, weights, { capacity, weightDecay, inputGradients });
    };
    const encoder = part(
      'encoder',
      encoderNetwork(classified.width + CLASSES, perceptronSizes, latents),
      2 * batch,
      0,
    );
    const decoder = part(
      'decoder',
      decoderNetwork(latents + CLASSES, perceptronSizes, size),
      2 * batch,
      latents,
    );
    const classifier = part('classifier', this.classifier, batch, 0);
    const parts = [encoder, decoder, classifier];
    try {
      const noise = randomStream(seed, 'ss-dgm noise');
      const variational = { encoder: encoder.steps, decoder: decoder.steps, latents, logVariance, noise };
      const alpha = classificationWeight(semiTargets);
      const session = trainingInSteps(batchSize, (chosen, learningRate) => {
        const { labeled, classes, unlabeled } = divide(chosen, semiTargets);
        const order = Uint32Array.from([...labeled, ...unlabeled, ...unlabeled]);
        const ends = [...unlabeled.map(() => 0), ...unlabeled.map(() => 1)];
        const labels = oneHot([...classes, ...ends], CLASSES);
        const targets = { values: samples, width: size, order };
        const bound = bounds(variational, encoded(order), targets, [labels]);
        classifier.steps.forward({ ...classified, order: order.subarray(0, chosen.length) });
        const logits = classifier.steps.outputs();
        const { loss, byLogits, byBounds } = classLoss(logits, bound.values, { classes, unlabeled }, alpha);
        bound.backward(byBounds);
        classifier.steps.backward(byLogits);
        for (const { steps } of parts) steps.step(learningRate);
        return loss;
      });
      const random = randomStream(seed, 'batches');
      const models = parts.map(({ model }) => model);
      await runSchedule(models, session, count, batchSize, this.options, random, 'training', report);
      return await classifier.model.weights();
    } finally {
      for (const { model } of parts) model.dispose();
    }
  }
}

/** What the networks of M2 get of the training samples: themselves, or what M1 makes of them. */
interface Contents {
  /** What the classifier gets of all samples. */
  readonly classified: Rows;
  /** What the encoder gets, besides labels and as wide, of those that are named. */
  encoded(order: Uint32Array): Rows;
}

/** The left halves of rows of twice this width: the means among rows of means and variances. */
function leftHalves(rows: Float32Array, width: number): Float32Array {
  const halves = new Float32Array(rows.length / 2);
  for (let from = 0, to = 0; to < halves.length; from += 2 * width, to += width) {
    halves.set(rows.subarray(from, from + width), to);
  }
  return halves;
}

function divide(chosen: Uint32Array, semiTargets: Int8Array): DividedBatch {
  const labeled = [...chosen].filter((i) => semiTargets[i] !== 0);
  return {
    labeled,
    classes: labeled.map((i) => (semiTargets[i] === -1 ? 1 : 0)),
    unlabeled: [...chosen].filter((i) => semiTargets[i] === 0),
  };
}

/** α of the authors' code: 0.1 (1 − r) / r, r the share of labeled samples. */
function classificationWeight(semiTargets: Int8Array): number {
  const labeled = semiTargets.filter((semiTarget) => semiTarget !== 0).length;
  return (0.1 * (semiTargets.length - labeled)) / labeled;
}

/** q(y|x): of images the encoder of the other methods and two units, else a perceptron with one hidden layer. */
function classifierNetwork(options: SsDgmOptions, shape: SampleShape): Network {
  const { model, network, perceptronSizes, representationSize } = options;
  const units: Layer = { type: 'dense', units: CLASSES, bias: true };
  if (model === 'm1+m2') return perceptron(representationSize, perceptronSizes.slice(0, 1), CLASSES);
  if (network === 'mlp') {
    return { ...perceptron(sampleSize(shape), perceptronSizes.slice(0, 1), CLASSES), input: shape };
  }
  const { hiddenSizes = [] } = options;
  const { input, layers } = buildNetworks(architectureOf({ ...options, hiddenSizes }), shape).encoder;
  return { input, layers: [...layers, units] };
}

/** A classifier with one output in the place of two: the logit of an anomaly. */
function asLogit({ input, layers }: Network): Network {
  return { input, layers: [...layers.slice(0, -1), { type: 'dense', units: 1, bias: true }] };
}

/** Its weights: the differences of those of the two outputs. */
function logitWeights(weights: Weights): LayerWeights[] {
  const { kernel, bias } = weights[weights.length - 1];
  const half = kernel.length / 2;
  const difference = kernel.subarray(0, half).map((value, i) => kernel[half + i] - value);
  return [...weights.slice(0, -1), { kernel: difference, bias: Float32Array.of(bias[1] - bias[0]) }];
}

const options = {
  model: withDefault(
    z.enum(['m2', 'm1+m2']),
    'm2',
    'M2 on the samples, or on the latents of a variational autoencoder, M1, that is trained first',
  ),
  network: networkOptions.network.describe(
    "Network of the paper for images of this size, whose encoder m2's classifier is (default that of the data set)",
  ),
  hiddenSizes: networkOptions.hiddenSizes.describe(
    "Width of the one dense hidden layer of m2's classifier on fashion-mnist (default that of the network)",
  ),
  leakyReluSlope: networkOptions.leakyReluSlope,
  ...variationalOptions,
};

type SsDgmOptions = VariationalOptions &
  Pick<ReturnType<typeof resolveNetwork>, 'network' | 'leakyReluSlope'> & {
    readonly model: 'm2' | 'm1+m2';
    /** Left out where they are those of the network. */
    readonly hiddenSizes?: readonly number[];
  };

function resolve(given: Given<typeof options>, defaults: DatasetDefaults, shape: SampleShape): SsDgmOptions {
  const { model } = given;
  // M1+M2 takes the sizes of a network alone, whose encoder it does not have.
  if (given.network !== undefined) requireImage(given.network, shape);
  const { network, hiddenSizes, representationSize, leakyReluSlope } = resolveNetwork(given, defaults);
  const own = resolveVariational({ ...given, representationSize }, { ...defaults, network });
  // Of tables, and as M1+M2, it is made of perceptrons, which have their own sizes.
  const isConvolutional = hasLeakyRelu({ model, network });
  return {
    ...{ model, network },
    ...(isConvolutional && hiddenSizes.length > 0 && { hiddenSizes }),
    ...(isConvolutional && leakyReluSlope !== undefined && { leakyReluSlope }),
    ...own,
  };
}

/** An unlabeled sample goes through the perceptrons with each of the two labels that it may have. */
function cost(options: SsDgmOptions, shape: SampleShape): Cost {
  const { network, perceptronSizes } = options;
  const { networks, likelihoods, ...once } = variationalCost(options, shape);
  const hiddenSizes = network === 'mlp' ? perceptronSizes : [];
  const { encoder } = buildNetworks({ ...options, hiddenSizes }, shape);
  return { ...once, networks: [...networks, ...networks, encoder], likelihoods: 2 * likelihoods };
}

export const ssDgm = defineDetector({
  name: 'ss-dgm',
  title: 'SS-DGM',
  options: z.object(options),
  resolve,
  needsLabeledAnomalies: true,
  // The weight α of the classifier is 0 without any.
  needsUnlabeled: true,
  nativeOnly: true,
  unitInputs: true,
  // One without labeled samples lacks their terms, which weigh the more the fewer there are.
  unevenBatches: () => true,
  cost,
  create: (resolved, shape) => new SsDgm(resolved, shape),
});
