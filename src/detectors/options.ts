import { pick } from 'es-toolkit/object/pick';
import { isEqual } from 'es-toolkit/predicate/isEqual';
import * as z from 'zod';
import { type DatasetDefaults, IMAGE_NETWORK_NAMES, IMAGE_NETWORKS } from '../data/dataset.js';
import { UserError } from '../errors.js';
import { type Architecture, LEAKY_RELU_SLOPE } from '../networks/architectures.js';
import { INITIALIZERS, type Initializer } from '../networks/initialize.js';

/** The value of an option, or of a note; null stands in a list of numbers where there is none. */
export type OptionValue = string | number | boolean | null | readonly (number | null)[];

/** Resolved options of whichever detector, by name. */
export type Options = Readonly<Record<string, OptionValue>>;

/** A detector by name with every option resolved to its value. */
export interface DetectorChoice {
  readonly name: string;
  readonly options: Options;
}

/** An option with a default that holds on all data. */
export function withDefault<T extends z.ZodType>(
  schema: T,
  fallback: z.output<T> & z.core.util.NoUndefined<z.output<T>>,
  meaning: string,
): z.ZodDefault<T> {
  const shown = typeof fallback === 'string' ? fallback : JSON.stringify(fallback);
  return z._default(schema, fallback).describe(`${meaning} (default ${shown})`);
}

/** What a schema of options makes of those that are given. */
export type Given<Shape extends z.core.$ZodShape> = z.output<z.ZodObject<Shape>>;

const width = z
  .int()
  .min(1)
  .max(2 ** 16);

const batch = z
  .int()
  .min(1)
  .max(2 ** 20);

const epochs = z.int().min(1);

const positive = z.number().positive();

const milestones = z.array(z.int().min(1));

const penalty = z.number().min(0);

/** Options of every detector that trains a network: which network, and in what batches. */
export const networkOptions = {
  network: z
    .enum(IMAGE_NETWORK_NAMES)
    .optional()
    .describe('Network of the paper for images of this size (default that of the data set)'),
  representationSize: width
    .optional()
    .describe('Width of the representation, the last layer of the encoder (default that of the data set)'),
  hiddenSizes: z
    .array(width)
    .optional()
    .describe(
      'Widths of the hidden layers of a tabular network, input side first, or of the one dense hidden layer of fashion-mnist, which has 128 (default those of the data set)',
    ),
  leakyReluSlope: withDefault(
    // Single precision holds its inverse too.
    z.number().min(1e-6).max(1),
    LEAKY_RELU_SLOPE,
    'Slope of the leaky ReLU below 0',
  ),
  initialWeights: withDefault(
    z.enum(INITIALIZERS),
    'pytorch',
    "How initial weights are drawn: as PyTorch's default, as in the authors' code, or uniform Glorot, as in the paper",
  ),
  batchSize: withDefault(batch, 128, 'Samples in a training batch'),
};

/** Which training samples: all, or all but the labeled anomalies. */
const TRAINING_SAMPLES = ['all', 'without-anomalies'] as const;

export type TrainingSamples = (typeof TRAINING_SAMPLES)[number];

/** An option that says which training samples. */
export function trainingSamples(meaning: string, fallback: TrainingSamples = 'all') {
  return withDefault(z.enum(TRAINING_SAMPLES), fallback, `${meaning}: all, or all but the labeled anomalies`);
}

/** Which training samples a method that takes no labels has. */
export const unlabeledOptions = {
  trainOn: trainingSamples('Training samples of the method, which takes no labels', 'without-anomalies'),
};

/** Options of an optimizer's schedule, for the detector's own training; by default that of Deep SAD. */
export const scheduleOptions = {
  epochs: withDefault(epochs, 150, 'Epochs of training'),
  learningRate: withDefault(positive, 1e-4, "Adam's learning rate"),
  learningRateMilestones: withDefault(
    milestones,
    [50],
    'Epochs after which the learning rate falls to a tenth',
  ),
  weightDecay: withDefault(penalty, 0.5e-6, 'L2 penalty λ on the weights'),
};

/** Epochs of an autoencoder, where the data set has no others. */
const PRETRAIN_EPOCHS = 150;

/** Options of the autoencoder's schedule where it is trained to start another detector. */
export const pretrainOptions = {
  pretrainEpochs: epochs
    .optional()
    .describe(`Epochs of autoencoder pretraining (default ${PRETRAIN_EPOCHS}, of cifar10 350)`),
  pretrainLearningRate: withDefault(positive, 1e-4, 'Learning rate of the pretraining'),
  pretrainLearningRateMilestones: milestones
    .optional()
    .describe(
      'Epochs after which the learning rate of the pretraining falls to a tenth (default none, of cifar10 250)',
    ),
  pretrainWeightDecay: withDefault(penalty, 0.5e-3, 'L2 penalty of the pretraining'),
  pretrainOn: trainingSamples('Training samples of the autoencoder'),
};

/** The autoencoder's own batches, of a detector that has others. */
export const pretrainBatchOption = {
  pretrainBatchSize: batch.optional().describe('Samples in a batch of the pretraining (default batchSize)'),
};

/** A learning rate over epochs, and how many there are. */
export interface Schedule {
  readonly epochs: number;
  readonly learningRate: number;
  readonly learningRateMilestones: readonly number[];
  readonly weightDecay: number;
}

/** A network as it is trained: its autoencoder, its encoder, or both. */
export interface TrainedNetwork extends Architecture {
  readonly batchSize: number;
  /** That of the autoencoder, where it has another. */
  readonly pretrainBatchSize?: number;
}

/** A network and how its first weights are drawn. */
export interface NetworkOptions extends TrainedNetwork {
  /** `pytorch` where absent. */
  readonly initialWeights?: Initializer;
}

/** An autoencoder's architecture and schedule: with the data, the split and the seed, all that its weights depend on. */
export interface AutoencoderPlan extends NetworkOptions, Schedule {
  /** `all` where absent. */
  readonly trainOn?: TrainingSamples;
}

/** The schedule of an autoencoder among the options of a detector that starts from it. */
export interface PretrainOptions {
  readonly pretrainEpochs: number;
  readonly pretrainLearningRate: number;
  readonly pretrainLearningRateMilestones: readonly number[];
  readonly pretrainWeightDecay: number;
  /** `all` where absent. */
  readonly pretrainOn?: TrainingSamples;
}

/** Options that resolved ones leave out where they have this value, which all runs had before there was a choice: these keep their ids. */
const USUAL = {
  leakyReluSlope: LEAKY_RELU_SLOPE,
  initialWeights: 'pytorch',
  pretrainOn: 'all',
  centerOf: 'all',
  bandwidthGrid: 'paper',
} as const;

/** An option as resolved options have it: left out where it is the usual one. */
export function unlessUsual<Name extends keyof typeof USUAL, Value>(
  name: Name,
  value: Value,
): { readonly [Key in Name]?: Value } {
  // A computed key is of any name to the compiler.
  return (value === USUAL[name] ? {} : { [name]: value }) as { readonly [Key in Name]?: Value };
}

/** The same of the training samples of a method that takes no labels, of which others are usual. */
export function resolveUnlabeled({ trainOn }: Given<typeof unlabeledOptions>): UnlabeledOptions {
  return trainOn === 'without-anomalies' ? {} : { trainOn };
}

/** Which training samples a method that takes no labels has, resolved. */
export interface UnlabeledOptions {
  /** `without-anomalies` where absent. */
  readonly trainOn?: TrainingSamples;
}

/**
 * Resolved options with those of them that were left out since they are usual.
 *
 * @param known the schemas of the detector's options
 */
export function withUsual(options: Options, known: Readonly<Record<string, z.ZodType>>): Options {
  const pretrains = options.pretrain !== false;
  const usual: Options = {
    ...USUAL,
    // The usual ones of a method that takes no labels are not those of an autoencoder.
    ...(known.trainOn && { trainOn: z.enum(TRAINING_SAMPLES).parse(known.trainOn.parse(undefined)) }),
    ...(options.batchSize !== undefined && { pretrainBatchSize: options.batchSize }),
  };
  const filledIn = Object.entries(usual).filter(
    ([name]) =>
      Object.hasOwn(known, name) &&
      (pretrains || !name.startsWith('pretrain')) &&
      (name !== 'leakyReluSlope' || hasLeakyRelu(options)),
  );
  return { ...Object.fromEntries(filledIn), ...options, ...usualSizes(options, known) };
}

/** The widths of hidden layers that a network of images has where resolved options say none. */
function usualSizes(options: Options, known: Readonly<Record<string, z.ZodType>>): Options {
  const { hiddenSizes = [] } = options;
  const network = IMAGE_NETWORK_NAMES.find((name) => name === options.network);
  const given = !Array.isArray(hiddenSizes) || hiddenSizes.length > 0;
  if (network === undefined || given || !Object.hasOwn(known, 'hiddenSizes') || !hasLeakyRelu(options))
    return {};
  const usual = IMAGE_NETWORKS[network].hiddenSizes;
  return usual.length > 0 ? { hiddenSizes: usual } : {};
}

/** Whether a network of resolved options has leaky ReLUs; the perceptrons that SS-DGM is made of on tables, and as M1+M2, have ReLUs. */
export function hasLeakyRelu({ model, network }: Options): boolean {
  return model === undefined || (model === 'm2' && network !== 'mlp');
}

/**
 * The network options with the data set's defaults filled in.
 *
 * @throws UserError where a batch of one sample teaches the network nothing
 */
export function resolveNetwork(
  given: Given<typeof networkOptions>,
  defaults: DatasetDefaults,
): NetworkOptions {
  const { network = defaults.network } = given;
  const own: Pick<DatasetDefaults, 'representationSize' | 'hiddenSizes'> =
    network === 'mlp' || network === defaults.network ? defaults : IMAGE_NETWORKS[network];
  const widths = given.hiddenSizes ?? own.hiddenSizes ?? [];
  const isUsual = network !== 'mlp' && isEqual(widths, IMAGE_NETWORKS[network].hiddenSizes);
  const hiddenSizes = isUsual ? [] : widths;
  requireBatches('batchSize', given.batchSize, { network, hiddenSizes });
  return {
    network,
    hiddenSizes,
    representationSize: given.representationSize ?? own.representationSize,
    batchSize: given.batchSize,
    ...unlessUsual('leakyReluSlope', given.leakyReluSlope),
    ...unlessUsual('initialWeights', given.initialWeights),
  };
}

/**
 * Refuses a batch of one sample where a network normalises dense layers by their batch: a single value is its own mean, and becomes 0, so that
 * no gradient passes.
 */
export function requireBatches(
  option: string,
  batchSize: number,
  { network, hiddenSizes }: Pick<Architecture, 'network' | 'hiddenSizes'>,
): void {
  const normalized = network === 'mlp' ? hiddenSizes.length : IMAGE_NETWORKS[network].hiddenSizes.length;
  if (batchSize > 1 || normalized === 0) return;
  throw new UserError(
    `${option}: 1 teaches the ${network} network nothing, whose dense layers are normalised by their batch; give 2 or more`,
  );
}

/** The autoencoder's schedule, filled in with the defaults of the data set. */
export function resolvePretraining(
  given: Given<typeof pretrainOptions>,
  defaults: DatasetDefaults,
): PretrainOptions {
  return {
    pretrainEpochs: given.pretrainEpochs ?? defaults.pretrainEpochs ?? PRETRAIN_EPOCHS,
    pretrainLearningRate: given.pretrainLearningRate,
    pretrainLearningRateMilestones:
      given.pretrainLearningRateMilestones ?? defaults.pretrainLearningRateMilestones ?? [],
    pretrainWeightDecay: given.pretrainWeightDecay,
    ...unlessUsual('pretrainOn', given.pretrainOn),
  };
}

/** The architecture among a detector's resolved options. */
export function architectureOf(options: Architecture): Architecture {
  return pick(options, ['network', 'hiddenSizes', 'representationSize', 'leakyReluSlope']);
}

/** The network among a detector's resolved options, as it is trained. */
export function trainedNetworkOf(options: TrainedNetwork): TrainedNetwork {
  return { ...architectureOf(options), ...pick(options, ['batchSize', 'pretrainBatchSize']) };
}

/** The schedule of a detector's own training among its resolved options. */
export function scheduleOf(options: Schedule): Schedule {
  return pick(options, ['epochs', 'learningRate', 'learningRateMilestones', 'weightDecay']);
}

/** The autoencoder that resolved network and pretraining options describe. */
export function pretrainingPlan(options: NetworkOptions & PretrainOptions): AutoencoderPlan {
  return {
    ...architectureOf(options),
    ...pick(options, ['initialWeights']),
    batchSize: options.pretrainBatchSize ?? options.batchSize,
    epochs: options.pretrainEpochs,
    learningRate: options.pretrainLearningRate,
    learningRateMilestones: options.pretrainLearningRateMilestones,
    weightDecay: options.pretrainWeightDecay,
    ...(options.pretrainOn && { trainOn: options.pretrainOn }),
  };
}
