import * as z from 'zod';
import type { OptionValue } from '../config/run.js';
import type { DatasetDefaults } from '../data/dataset.js';
import type { Architecture } from '../networks/architectures.js';
import type { AutoencoderPlan, TrainedNetwork } from './detector.js';

const size = z.int().min(1);
const epochs = z.int().min(1);
const positive = z.number().positive();
const milestones = z.array(z.int().min(1));

/** Options of every detector that trains a network: which network, and in what batches. */
export const networkOptions = {
  representationSize: size.optional().describe('Width of the representation, the last layer of the encoder'),
  hiddenSizes: z
    .array(size)
    .optional()
    .describe('Widths of the hidden layers of a tabular network, input side first'),
  batchSize: size.optional().describe('Samples in a training batch (default 128)'),
};

/** Options of an optimizer's schedule, for the detector's own training. */
export const scheduleOptions = {
  epochs: epochs.optional().describe('Epochs of training (default 150)'),
  learningRate: positive.optional().describe("Adam's learning rate (default 1e-4)"),
  learningRateMilestones: milestones
    .optional()
    .describe('Epochs after which the learning rate falls to a tenth'),
  weightDecay: z.number().min(0).optional().describe('L2 penalty λ on the weights'),
};

/** Options of the autoencoder's schedule where it is trained to start another detector. */
export const pretrainOptions = {
  pretrainEpochs: epochs.optional().describe('Epochs of autoencoder pretraining (default 150)'),
  pretrainLearningRate: positive.optional().describe('Learning rate of the pretraining (default 1e-4)'),
  pretrainLearningRateMilestones: milestones
    .optional()
    .describe('Epochs after which the learning rate of the pretraining falls to a tenth'),
  pretrainWeightDecay: z
    .number()
    .min(0)
    .optional()
    .describe('L2 penalty of the pretraining (default 0.5e-3)'),
};

/** A learning rate over epochs, and how many there are. */
export interface Schedule {
  readonly epochs: number;
  readonly learningRate: number;
  readonly learningRateMilestones: readonly number[];
  readonly weightDecay: number;
}

export type Options = Readonly<Record<string, OptionValue>>;
type Given = Readonly<Record<string, unknown>>;

const given = <T>(options: Given, name: string, fallback: T): T =>
  (options[name] as T | undefined) ?? fallback;

/** The network options with the data set's defaults filled in. */
export function resolveNetwork(options: Given, defaults: DatasetDefaults): Options {
  return {
    network: defaults.network,
    hiddenSizes: given(options, 'hiddenSizes', defaults.hiddenSizes ?? []),
    representationSize: given(options, 'representationSize', defaults.representationSize),
    batchSize: given(options, 'batchSize', 128),
  };
}

/** The schedule options filled in with the paper's values for Deep SAD. */
export function resolveSchedule(options: Given): Options {
  return {
    epochs: given(options, 'epochs', 150),
    learningRate: given(options, 'learningRate', 1e-4),
    learningRateMilestones: given(options, 'learningRateMilestones', [50]),
    weightDecay: given(options, 'weightDecay', 0.5e-6),
  };
}

/** The autoencoder's schedule, filled in with the paper's values for the data set. */
export function resolvePretraining(options: Given, defaults: DatasetDefaults): Options {
  return {
    pretrainEpochs: given(options, 'pretrainEpochs', defaults.pretrainEpochs ?? 150),
    pretrainLearningRate: given(options, 'pretrainLearningRate', 1e-4),
    pretrainLearningRateMilestones: given(
      options,
      'pretrainLearningRateMilestones',
      defaults.pretrainLearningRateMilestones ?? [],
    ),
    pretrainWeightDecay: given(options, 'pretrainWeightDecay', 0.5e-3),
  };
}

/** The architecture in a detector's resolved options. */
export function architectureOf(options: Options): Architecture {
  return {
    network: options.network as DatasetDefaults['network'],
    hiddenSizes: options.hiddenSizes as readonly number[],
    representationSize: options.representationSize as number,
  };
}

/** The network in a detector's resolved options, as it is trained. */
export function trainedNetworkOf(options: Options): TrainedNetwork {
  return { ...architectureOf(options), batchSize: options.batchSize as number };
}

/** The warning about a batch that is larger than the training data of this name. */
export function largeBatch(name: string, batchSize: number, samples: number): string {
  return `${name}: a batch is all of its ${samples} training samples, fewer than batchSize ${batchSize}`;
}

/** The schedule of a detector's own training in its resolved options. */
export function scheduleOf(options: Options): Schedule {
  return {
    epochs: options.epochs as number,
    learningRate: options.learningRate as number,
    learningRateMilestones: options.learningRateMilestones as readonly number[],
    weightDecay: options.weightDecay as number,
  };
}

/** The autoencoder that resolved network and pretraining options describe. */
export function pretrainingPlan(options: Options): AutoencoderPlan {
  return {
    ...trainedNetworkOf(options),
    epochs: options.pretrainEpochs as number,
    learningRate: options.pretrainLearningRate as number,
    learningRateMilestones: options.pretrainLearningRateMilestones as readonly number[],
    weightDecay: options.pretrainWeightDecay as number,
  };
}
