import { createHash } from 'node:crypto';
import { sampleSize } from '../../../data/dataset.js';
import { initialWeights } from '../../../networks/initialize.js';
import type { Network } from '../../../networks/network.js';
import { randomStream } from '../../../random.js';
import type { Engine } from '../../engine.js';
import type { Objective } from '../../objective.js';

/** A training that shares a network with others, and nothing else. */
export interface Companion {
  readonly seed: number;
  readonly network: Network;
  readonly objective: Objective;
  readonly batchSize: number;
  readonly samples: number;
  readonly epochs: number;
  readonly rate: number;
  readonly weightDecay: number;
  /** Whether each value of a sample is a byte / 255. */
  readonly bytes: boolean;
}

/** Trains companions at once on an engine; a hash of every bit of the losses, the weights and some outputs of each. */
export function trainTogether(engine: Engine, companions: readonly Companion[]): Promise<string[]> {
  return Promise.all(companions.map((companion) => trainOne(engine, companion)));
}

async function trainOne(engine: Engine, companion: Companion): Promise<string> {
  const { seed, network, objective, batchSize, epochs, rate, weightDecay, bytes } = companion;
  const random = randomStream(seed, 'company');
  const model = engine.compile(network, initialWeights(network, random));
  const size = sampleSize(network.input);
  const value = () => (bytes ? Math.fround(random.integer(256) / 255) : random.uniform(0, 1));
  const samples = Float32Array.from({ length: companion.samples * size }, value);
  const semiTargets = Int8Array.from({ length: companion.samples }, () => random.integer(3) - 1);
  const training = model.train({ samples, semiTargets, objective, batchSize, weightDecay });
  const hash = createHash('sha256');
  for (let epoch = 0; epoch < epochs; epoch++) {
    const order = Uint32Array.from(
      { length: companion.samples },
      (_, i) => (i * 7 + epoch) % companion.samples,
    );
    hash.update(Float64Array.of(await training.epoch(order, rate)));
  }
  // As detectors do: who waits for an evaluation holds no lane.
  await training.end?.();
  for (const layer of await model.weights()) for (const values of Object.values(layer)) hash.update(values);
  hash.update(await model.predict(samples.subarray(0, 5 * size)));
  model.dispose();
  return hash.digest('hex');
}
