import type { Engine, Model } from '../engine/engine.js';
import type { Network, Weights } from '../networks/network.js';
import type { Detector } from './detector.js';
import { greatest, SINGLE_PRECISION } from './resolution.js';
import { type DetectorState, stateWeights } from './state.js';

/** What detectors that score with one network share: they hold its model, and its weights are what they learned. */
export abstract class NetworkDetector implements Pick<Detector, 'network' | 'state' | 'restore' | 'dispose'> {
  abstract readonly network: Network;
  private model: Model | undefined;

  /** Compiles the network with these weights, to be trained or to score with. */
  protected compile(engine: Engine, weights: Weights): Model {
    this.model = engine.compile(this.network, weights);
    return this.model;
  }

  /** The network's outputs for samples, one after the other. @throws Error before the fit */
  protected async predict(samples: Float32Array): Promise<Float32Array> {
    if (!this.model) throw new Error('score before fit');
    return this.model.predict(samples);
  }

  async state(): Promise<DetectorState> {
    return { weights: await this.model?.weights(), facts: {}, arrays: {} };
  }

  restore(state: DetectorState, engine: Engine): void {
    this.compile(engine, stateWeights(state));
  }

  dispose(): void {
    this.model?.dispose();
  }
}

/**
 * Scores by a network with one output, the logit of an anomaly: it ranks as the probability does, and has no ties where that is 0 or 1 to
 * rounding.
 */
export abstract class LogitDetector
  extends NetworkDetector
  implements Pick<Detector, 'score' | 'resolution'>
{
  async score(samples: Float32Array): Promise<Float64Array> {
    return Float64Array.from(await this.predict(samples));
  }

  resolution(scores: Float64Array): number {
    return SINGLE_PRECISION * greatest(scores);
  }
}
