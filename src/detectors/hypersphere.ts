import * as z from 'zod';
import type { DatasetDefaults, SampleShape, TrainingSet } from '../data/dataset.js';
import type { Engine } from '../engine/engine.js';
import type { Objective } from '../engine/objective.js';
import { buildNetworks } from '../networks/architectures.js';
import { initialWeights } from '../networks/initialize.js';
import type { Network, Weights } from '../networks/network.js';
import { randomStream } from '../random.js';
import { type Detector, type FitContext, givenAutoencoder, givenWarmStart } from './detector.js';
import { NetworkDetector } from './network-detector.js';
import {
  type AutoencoderPlan,
  architectureOf,
  type Given,
  type NetworkOptions,
  networkOptions,
  type PretrainOptions,
  pretrainBatchOption,
  pretrainingPlan,
  pretrainOptions,
  requireBatches,
  resolveNetwork,
  resolvePretraining,
  type Schedule,
  scheduleOf,
  scheduleOptions,
  type TrainingSamples,
} from './options.js';
import { greatest, SINGLE_PRECISION } from './resolution.js';
import { type DetectorState, stateEntry } from './state.js';
import { runSchedule } from './training.js';
import { samplesOf } from './unsupervised.js';
import { resolveWarmStart, type WarmStart, warmStartOptions } from './warm-start.js';

/** Makes the loss around a center; `batches` is the number of batches in an epoch. */
export type ObjectiveFactory = (center: Float32Array, batches: number) => Objective;

/**
 * A network φ trained to map samples to a hypersphere around a fixed center c (Deep SVDD, Ruff et al. 2018; Deep SAD, 2020);
 * the anomaly score is the distance ‖φ(x) − c‖.
 */
export class HypersphereDetector extends NetworkDetector implements Detector {
  /** The encoder φ. */
  readonly network: Network;
  private center: Float32Array = new Float32Array();

  constructor(
    private readonly options: HypersphereOptions,
    shape: SampleShape,
    private readonly objective: ObjectiveFactory,
  ) {
    super();
    this.network = buildNetworks(architectureOf(options), shape).encoder;
  }

  async fit(training: TrainingSet, context: FitContext): Promise<void> {
    const { seed, engine, report, watch } = context;
    const model = this.compile(engine, this.firstWeights(context));
    const centered = samplesOf(training, this.options.centerOf ?? 'all');
    this.center = hypersphereCenter(await model.predict(centered.samples), centered.count);
    const tell = (epoch: number) =>
      watch?.({ epoch, center: this.center, encode: (samples) => model.predict(samples) });
    await tell(0);

    const { batchSize } = this.options;
    const batches = Math.max(1, Math.floor(training.count / batchSize));
    const schedule = scheduleOf(this.options);
    const session = model.train({
      samples: training.samples,
      semiTargets: training.semiTargets,
      objective: this.objective(this.center, batches),
      batchSize,
      weightDecay: schedule.weightDecay,
    });
    const random = randomStream(seed, 'batches');
    await runSchedule(
      [model],
      session,
      training.count,
      batchSize,
      schedule,
      random,
      'training',
      (progress) => {
        report(progress);
        return tell(progress.done);
      },
    );
  }

  /** Those of a saved model, of the autoencoder, or drawn. */
  private firstWeights(context: FitContext): Weights {
    const { pretrain, warmStart, initialWeights: drawn } = this.options;
    if (warmStart !== undefined) return givenWarmStart(context);
    if (pretrain) return givenAutoencoder(context).slice(0, this.network.layers.length);
    return initialWeights(this.network, randomStream(context.seed, 'encoder weights'), drawn);
  }

  async score(samples: Float32Array): Promise<Float64Array> {
    const representations = await this.predict(samples);
    const size = this.center.length;
    const scores = new Float64Array(representations.length / size);
    for (let i = 0; i < representations.length; i++) {
      scores[Math.floor(i / size)] += (representations[i] - this.center[i % size]) ** 2;
    }
    return scores.map(Math.sqrt);
  }

  resolution(scores: Float64Array): number {
    const distance = Math.sqrt(this.center.reduce((sum, value) => sum + value * value, 0));
    return SINGLE_PRECISION * Math.max(distance, greatest(scores));
  }

  override async state(): Promise<DetectorState> {
    return { ...(await super.state()), facts: { center: [...this.center] } };
  }

  override restore(state: DetectorState, engine: Engine): void {
    const size = this.options.representationSize;
    this.center = Float32Array.from(stateEntry(state.facts, 'center', size));
    super.restore(state, engine);
  }
}

/**
 * The hypersphere center c: the mean representation, with components nearer to 0 than 0.1 moved to ±0.1, so that no unit can
 * be matched by zero weights.
 */
export function hypersphereCenter(representations: Float32Array, count: number): Float32Array {
  const size = representations.length / count;
  const sums = new Float64Array(size);
  for (let i = 0; i < representations.length; i++) sums[i % size] += representations[i];
  return Float32Array.from(sums, (sum) => {
    const mean = sum / count;
    if (Math.abs(mean) >= 0.1) return mean;
    return mean < 0 ? -0.1 : 0.1;
  });
}

/** The options that Deep SAD and Deep SVDD share. */
export const hypersphereOptions = {
  pretrain: z
    .boolean()
    .optional()
    .describe(
      "Start from the encoder of a trained autoencoder (default true; on the paper's data sets false, whose published values are of that start)",
    ),
  ...networkOptions,
  ...scheduleOptions,
  ...pretrainOptions,
  ...pretrainBatchOption,
  ...warmStartOptions,
};

/** The shared options resolved: no pretraining schedule where there is no pretraining. */
export type HypersphereOptions = NetworkOptions &
  Schedule & {
    /** The training samples whose mean is the center; `all` where absent. */
    readonly centerOf?: TrainingSamples;
  } & Partial<WarmStart> &
  ({ readonly pretrain: false } | ({ readonly pretrain: true } & PretrainOptions));

/** The shared options, filled in with the defaults of the data set. */
export function resolveHypersphere(
  given: Given<typeof hypersphereOptions>,
  defaults: DatasetDefaults,
): HypersphereOptions {
  const { pretrainBatchSize } = given;
  const own = { ...resolveNetwork(given, defaults), ...scheduleOf(given) };
  if (pretrainBatchSize !== undefined) requireBatches('pretrainBatchSize', pretrainBatchSize, own);
  const start = resolveWarmStart(given);
  if (start) return { pretrain: false, ...own, ...start };
  return (given.pretrain ?? defaults.pretrain ?? true)
    ? {
        pretrain: true,
        ...own,
        ...resolvePretraining(given, defaults),
        ...(pretrainBatchSize !== undefined &&
          pretrainBatchSize !== given.batchSize && { pretrainBatchSize }),
      }
    : { pretrain: false, ...own };
}

/** The autoencoder that resolved options ask to start from. */
export function hypersphereAutoencoder(options: HypersphereOptions): AutoencoderPlan | undefined {
  return options.pretrain ? pretrainingPlan(options) : undefined;
}
