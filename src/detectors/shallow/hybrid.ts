import { pick } from 'es-toolkit/object/pick';
import * as z from 'zod';
import type { SampleShape, TrainingSet } from '../../data/dataset.js';
import type { Engine, Model } from '../../engine/engine.js';
import { buildNetworks } from '../../networks/architectures.js';
import type { Network, Weights } from '../../networks/network.js';
import {
  type Detector,
  type DetectorDefinition,
  defineDetector,
  type FitContext,
  givenAutoencoder,
} from '../detector.js';
import { nativeEngineOf } from '../native.js';
import {
  architectureOf,
  type NetworkOptions,
  networkOptions,
  type Options,
  type OptionValue,
  type PretrainOptions,
  pretrainingPlan,
  pretrainOptions,
  resolveNetwork,
  resolvePretraining,
  trainedNetworkOf,
} from '../options.js';
import { type DetectorState, stateWeights } from '../state.js';

const ownOptions = z.object({ ...networkOptions, ...pretrainOptions });

/** Those of the shallow method, of the network and of its training, resolved. */
type HybridOptions = Options & NetworkOptions & PretrainOptions;

/** A shallow method on the representation of the pretrained autoencoder, which the native engine computes. */
class Hybrid implements Detector {
  readonly network: Network;
  private encoder: Model | undefined;

  constructor(
    private readonly shallow: Detector,
    private readonly options: HybridOptions,
    shape: SampleShape,
  ) {
    this.network = buildNetworks(architectureOf(options), shape).encoder;
  }

  async fit(training: TrainingSet, context: FitContext): Promise<void> {
    const { holdOut, test } = context;
    const autoencoder = givenAutoencoder(context);
    const model = this.compile(autoencoder.slice(0, this.network.layers.length), context.engine);
    this.encoder = model;
    await this.shallow.fit(await this.represent(training, model), {
      ...context,
      ...(holdOut && { holdOut: { ...holdOut, samples: await model.predict(holdOut.samples) } }),
      ...(test && { test: { ...test, samples: await model.predict(test.samples) } }),
    });
  }

  async score(samples: Float32Array): Promise<Float64Array> {
    if (!this.encoder) throw new Error('score before fit');
    return this.shallow.score(await this.encoder.predict(samples));
  }

  async scoreTraining(training: TrainingSet): Promise<Float64Array> {
    if (!this.encoder) throw new Error('score before fit');
    const represented = await this.represent(training, this.encoder);
    return this.shallow.scoreTraining?.(represented) ?? this.shallow.score(represented.samples);
  }

  resolution(scores: Float64Array): number {
    return this.shallow.resolution(scores);
  }

  async state(): Promise<DetectorState> {
    return { ...(await this.shallow.state()), weights: await this.encoder?.weights() };
  }

  restore(state: DetectorState, engine: Engine): void {
    this.encoder = this.compile(stateWeights(state), engine);
    this.shallow.restore(state, engine);
  }

  private async represent(training: TrainingSet, encoder: Model): Promise<TrainingSet> {
    return {
      ...training,
      shape: [this.options.representationSize],
      samples: await encoder.predict(training.samples),
    };
  }

  /** The encoder on the CPU, whatever engine is at hand: there the solver computes, maybe in a process that has no other device. */
  private compile(weights: Weights, engine: Engine): Model {
    return nativeEngineOf(engine).compile(this.network, weights);
  }

  dispose(): void {
    this.encoder?.dispose();
  }

  notes(): Readonly<Record<string, OptionValue>> {
    return this.shallow.notes?.() ?? {};
  }
}

/**
 * The hybrid of a shallow method: the same, on what the encoder of the run's pretrained autoencoder makes of a sample, taken as
 * it is. Only the autoencoder is trained on the engine of the run.
 */
export function hybrid(shallow: DetectorDefinition): DetectorDefinition {
  return defineDetector({
    name: `${shallow.name}-hybrid`,
    title: `${shallow.title} hybrid`,
    options: z.object({ ...shallow.options.shape, ...ownOptions.shape }),
    resolve: (given, defaults, shape): HybridOptions => {
      const own = pick<Record<string, unknown>, string>(given, Object.keys(shallow.options.shape));
      return {
        ...shallow.resolve(own, defaults, shape),
        ...resolveNetwork(given, defaults),
        ...resolvePretraining(given, defaults),
      };
    },
    trains: trainedNetworkOf,
    fitsOnCpu: true,
    autoencoder: pretrainingPlan,
    usesHoldOut: (options) => shallow.usesHoldOut?.(options) ?? false,
    bestOf: (options) => shallow.bestOf?.(options),
    doubt: (options, notes) => shallow.doubt?.(options, notes),
    cost: (options) => shallow.cost(options, [options.representationSize]),
    create: (options, shape) =>
      new Hybrid(shallow.create(options, [options.representationSize]), options, shape),
  });
}
