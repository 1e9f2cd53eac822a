import type { z } from 'zod';
import type { DatasetDefaults, SampleShape, TestSet, TrainingSet } from '../data/dataset.js';
import type { Engine } from '../engine/engine.js';
import { UserError } from '../errors.js';
import { explain, strictObject } from '../messages/explain.js';
import { InvalidConfig } from '../messages/problems.js';
import type { Network, Weights } from '../networks/network.js';
import type { Cost } from './cost.js';
import type { AutoencoderPlan, Options, OptionValue, TrainedNetwork } from './options.js';
import type { DetectorState } from './state.js';
import { requireSamples, requireTestSet, requireTrainingSet } from './whole-samples.js';

/** A method of the paper, fitted or about to be. The one contract that every detector keeps. */
export interface Detector {
  /**
   * Learns from the training set.
   *
   * @throws UserError where the sets are not whole samples of the detector's shape, each with a label, or it was fitted, restored or
   *   disposed of before
   */
  fit(training: TrainingSet, context: FitContext): Promise<void>;
  /**
   * The anomaly score of each sample; higher is more anomalous.
   *
   * @throws UserError where the values are not whole samples of the detector's shape, or it was disposed of
   */
  score(samples: Float32Array): Promise<Float64Array>;
  /**
   * The anomaly score of each sample of the training set that it was fitted on, as if it had not been: by these a threshold is chosen.
   * Absent where those of `score` have to do, though a model knows its training samples more or less.
   */
  scoreTraining?(training: TrainingSet): Promise<Float64Array>;
  /**
   * The greatest difference between scores like these that says nothing: what rounding, in the numbers that they are made of, and the
   * tolerance of a solver may make of equal ones (docs/protocol.md); ∞ where all scores would be equal but for these.
   */
  resolution(scores: Float64Array): number;
  /** The network that it scores with, where it has one. */
  readonly network?: Network;
  /** What it learned, once it is fitted. */
  state(): Promise<DetectorState>;
  /**
   * Takes the place of `fit`: the same scores as those of the detector whose state it is.
   *
   * @throws UserError where it is no state of such a detector, or this one was fitted, restored or disposed of before
   */
  restore(state: DetectorState, engine: Engine): void;
  /** Frees what it holds on a device, where it does: it neither learns nor scores after that. */
  dispose?(): void;
  /** Which of several trainings was kept, counted from 0, where the fit tried several. */
  readonly kept?: number;
  /** Facts about the fit that belong in the run record, such as the chosen bandwidth. */
  notes?(): Readonly<Record<string, OptionValue>>;
}

/** What a fit may use besides its data. */
export interface FitContext {
  readonly seed: number;
  readonly engine: Engine;
  /** Weights of the autoencoder that `DetectorDefinition.autoencoder` asked for: its encoder layers, then its decoder layers. */
  readonly autoencoder?: Weights;
  /** The encoder's weights to start from, where the options name a saved model. */
  readonly warmStart?: Weights;
  /** A labeled tenth of the test set, where `DetectorDefinition.usesHoldOut` asked for it. */
  readonly holdOut?: TestSet;
  /** The whole test set, where `DetectorDefinition.bestOf` asked for it. */
  readonly test?: TestSet;
  readonly report: (progress: Progress) => void;
  /** Is told of the encoder of a detector that says so (`DetectorDefinition.encodes`), before its own training and after each epoch. */
  readonly watch?: ((encoder: EncoderState) => Promise<void>) | undefined;
}

/**
 * The weights of the autoencoder that a fit starts from.
 *
 * @throws UserError where none were given
 */
export function givenAutoencoder({ autoencoder }: FitContext): Weights {
  if (autoencoder) return autoencoder;
  throw new UserError(
    'the options start from a trained autoencoder, and the fit was given none; fit by fitDetector, which trains it first',
  );
}

/**
 * The weights of the saved model's encoder that a fit starts from.
 *
 * @throws UserError where none were given
 */
export function givenWarmStart({ warmStart }: FitContext): Weights {
  if (warmStart) return warmStart;
  throw new UserError(
    'the options start from a saved model (warmStart), and the fit was not given its weights; fit by fitModel or executeRun, which read them',
  );
}

/** An encoder in the midst of its training. */
export interface EncoderState {
  /** Epochs that are done. */
  readonly epoch: number;
  /** What representations are compared with, where it is a point. */
  readonly center?: Float32Array;
  /** The representations of samples as they are now, one after the other. It changes nothing of the training. */
  encode(samples: Float32Array): Promise<Float32Array>;
}

/** Where a fit stands. */
export interface Progress {
  readonly phase: 'pretraining' | 'training' | 'scoring';
  /** Epochs (or steps) done. */
  readonly done: number;
  readonly total: number;
  /** The mean loss of the epoch's batches; in the first epoch, of those after the first where there are any. */
  readonly loss?: number;
  /** The loss of the phase's first batch, before any step. */
  readonly firstLoss?: number;
  /** Which training the loss is of, counted from 0, where the phase is several of which one is kept (`Detector.kept`). */
  readonly candidate?: number;
}

/** What holds of a detector whatever its options are. */
interface Traits {
  readonly name: string;
  /** Its name in tables. */
  readonly title: string;
  /** Whether it has nothing to learn from without labeled anomalies. */
  readonly needsLabeledAnomalies?: boolean;
  /** Whether it has nothing to learn from where every sample is labeled. */
  readonly needsUnlabeled?: boolean;
  /** Whether it trains networks in `Steps`, which the native engine alone takes: it is fitted by that on whatever device. */
  readonly nativeOnly?: boolean;
  /** Whether all but the training of its autoencoder is computed on the CPU; so is all of a detector that trains no network. */
  readonly fitsOnCpu?: boolean;
  /** Whether it takes inputs for probabilities, as a cross-entropy of reconstructions does: beyond [0, 1] its loss has no lower bound. */
  readonly unitInputs?: boolean;
  /** Whether its fit trains an encoder and tells of it (`FitContext.watch`); the epochs are then an option, `epochs`. */
  readonly encodes?: boolean;
}

/** A detector's entry in the registry. */
export interface DetectorDefinition extends Traits, Consequences<Options> {
  /** Every option, each optional: what a config may give. Descriptions become the JSON Schema's. */
  readonly options: z.ZodObject;
  /**
   * Fills in the defaults of the paper for the data set; the result holds every option that affects the outcome.
   *
   * @throws UserError where an option is none of the detector's, beyond its range, or it asks for a network that does not take such samples
   */
  resolve(given: Readonly<Record<string, unknown>>, defaults: DatasetDefaults, shape: SampleShape): Options;
}

/** How many choices of an option are fitted, and what they are in the plural, such as `ν`. */
export interface Choices {
  readonly count: number;
  readonly what: string;
}

/** What follows from resolved options. */
interface Consequences<Resolved> {
  /** The network that a run trains; absent where every engine gives the same outcome, as none does or the native one does it. */
  trains?(options: Resolved): TrainedNetwork;
  /** The autoencoder that a run starts from, if any; equal ones are trained once and shared. */
  autoencoder?(options: Resolved): AutoencoderPlan | undefined;
  /** Whether a fit chooses by a labeled part of the test set, as the paper's shallow methods do. */
  usesHoldOut?(options: Resolved): boolean;
  /** What a fit tries and keeps the best of by the AUROC on the test set; undefined where it does not. */
  bestOf?(options: Resolved): Choices | undefined;
  /** Options that change nothing beside the others, and why, such as `after the last epoch`; those that `resolve` leaves out need not be said. */
  idle?(options: Resolved): Readonly<Record<string, string>>;
  /** Whether batches differ in what their losses are made of, so that the first one does not tell where the loss of an epoch began. */
  unevenBatches?(options: Resolved): boolean;
  /** What a fit has noted (`Detector.notes`) that is doubtful, as a choice at an end of what was tried, and what to do about it. */
  doubt?(options: Resolved, notes: Readonly<Record<string, OptionValue>>): string | undefined;
  /** What the time of a fit goes into, for estimates of it. */
  cost(options: Resolved, shape: SampleShape): Cost;
  create(options: Resolved, shape: SampleShape): Detector;
}

/** A definition whose options are typed: as given, by the output of their schema; resolved, by what `resolve` returns. */
interface TypedDefinition<Schema extends z.ZodObject, Resolved>
  extends Traits,
    Consequences<NoInfer<Resolved>> {
  readonly options: Schema;
  resolve(given: z.output<Schema>, defaults: DatasetDefaults, shape: SampleShape): Resolved;
}

/** What may ask for a network that does not take the data; the default one does. */
const NETWORK_OPTIONS = ['network', 'hiddenSizes', 'representationSize'];

/**
 * The entry of a detector with typed options. Their schema fills in the defaults that hold on all data, and refuses what is none of them or
 * beyond its range; options whose network does not take the data are refused too, samples that are not of the detector's shape, and what a
 * detector cannot do after what was done before.
 */
export function defineDetector<Schema extends z.ZodObject, Resolved extends object>({
  resolve,
  ...definition
}: TypedDefinition<Schema, Resolved>): DetectorDefinition {
  return {
    // Resolved options come from `resolve`, or from a file that they were written to.
    ...(definition as Omit<DetectorDefinition, 'resolve'>),
    resolve: (given, defaults, shape) => {
      const { data, error } = strictObject(definition.options.shape).safeParse(given, { reportInput: true });
      if (error) throw new InvalidConfig(explain(error.issues, [definition.name]));
      const resolved = resolve(data as z.output<Schema>, defaults, shape) as Resolved & Options;
      if (NETWORK_OPTIONS.some((option) => given[option] !== undefined)) definition.create(resolved, shape);
      return resolved;
    },
    create: (options, shape) => guarded(definition.create(options as Resolved & Options, shape), shape),
  };
}

/** The detector, which takes nothing but whole samples of its shape, learns once, and neither learns nor scores once it is disposed of. */
function guarded(detector: Detector, shape: SampleShape): Detector {
  const learn = detector.fit.bind(detector);
  const judge = detector.score.bind(detector);
  const takeOver = detector.restore.bind(detector);
  const free = detector.dispose?.bind(detector);
  let hasLearned = false;
  let isDisposed = false;
  const requireHeld = () => {
    if (isDisposed) throw new UserError('the detector was disposed of; fit or read another');
  };
  const learnOnce = () => {
    requireHeld();
    if (hasLearned) {
      throw new UserError(
        'the detector was fitted or restored before; make another one for each fit, as fitDetector does',
      );
    }
    hasLearned = true;
  };
  detector.fit = async (training, context) => {
    requireTrainingSet(training, shape);
    for (const set of [context.holdOut, context.test]) if (set) requireTestSet(set, shape);
    learnOnce();
    await learn(training, context);
  };
  detector.score = async (samples) => {
    requireHeld();
    requireSamples('the samples to score', samples, shape);
    return judge(samples);
  };
  detector.restore = (state, engine) => {
    learnOnce();
    takeOver(state, engine);
  };
  if (free) {
    detector.dispose = () => {
      isDisposed = true;
      free();
    };
  }
  return detector;
}
