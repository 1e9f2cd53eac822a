import { createHash } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import { type SampleShape, sampleSize } from '../../data/dataset.js';
import { reconstructionObjective } from '../../detectors/autoencoder.js';
import { deepSadObjective } from '../../detectors/deep-sad.js';
import { oneClassObjective, softBoundaryObjective } from '../../detectors/deep-svdd.js';
import { type Architecture, buildNetworks } from '../../networks/architectures.js';
import { initialWeights } from '../../networks/initialize.js';
import type { Network, Weights } from '../../networks/network.js';
import { randomStream } from '../../random.js';
import type { Objective } from '../objective.js';
import { ReferenceModel } from '../testing/reference.js';
import { instructionSets } from './kernels.js';
import { createNativeEngine } from './native-engine.js';

const SEED = 3;
const RATE = 1e-3;
const WEIGHT_DECAY = 0.5e-3;
const SEMI_TARGETS = Int8Array.of(0, 0, 1, -1, 0, 0, 0, 0, -1, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, -1, 0);

const FAMILIES: [Architecture, SampleShape][] = [
  [{ network: 'mlp', hiddenSizes: [32, 16], representationSize: 8 }, [21]],
  [{ network: 'mnist', hiddenSizes: [], representationSize: 32 }, [1, 28, 28]],
  [{ network: 'fashion-mnist', hiddenSizes: [], representationSize: 64 }, [1, 28, 28]],
  [{ network: 'cifar10', hiddenSizes: [], representationSize: 128 }, [3, 32, 32]],
];

function encoder(architecture: Architecture, shape: SampleShape): Network {
  return buildNetworks(architecture, shape).encoder;
}

function autoencoder(architecture: Architecture, shape: SampleShape): Network {
  const { encoder, decoder } = buildNetworks(architecture, shape);
  return { input: shape, layers: [...encoder.layers, ...decoder.layers] };
}

function samplesOf(shape: SampleShape, count: number): Float32Array {
  const random = randomStream(SEED, 'samples');
  return Float32Array.from({ length: count * sampleSize(shape) }, () => random.uniform(0, 1));
}

function center(size: number): Float32Array {
  const random = randomStream(SEED, 'center');
  return Float32Array.from({ length: size }, () => random.uniform(-0.5, 0.5));
}

/** Trains natively for `steps` batches of `batchSize` and returns the losses and final weights. */
async function trainNatively(
  network: Network,
  objective: Objective,
  batchSize: number,
  steps: number,
  set?: string,
) {
  const model = createNativeEngine(set).compile(
    network,
    initialWeights(network, randomStream(SEED, 'weights')),
  );
  const training = model.train({
    samples: samplesOf(network.input, SEMI_TARGETS.length),
    semiTargets: SEMI_TARGETS,
    objective,
    batchSize,
    weightDecay: WEIGHT_DECAY,
  });
  const losses: number[] = [];
  for (let step = 0; step < steps; step++)
    losses.push(await training.epoch(batchOrder(step, batchSize), RATE));
  return { losses, weights: await model.weights(), model };
}

function bytes({ buffer, byteOffset, byteLength }: Float32Array): Buffer {
  return Buffer.from(buffer, byteOffset, byteLength);
}

/** A hash of every bit of the weights. */
function digest(weights: Weights): string {
  const hash = createHash('sha256');
  for (const layer of weights) for (const values of Object.values(layer)) hash.update(bytes(values));
  return hash.digest('hex');
}

/** A different choice of samples for each step. */
function batchOrder(step: number, batchSize: number): Uint32Array {
  return Uint32Array.from({ length: batchSize }, (_, i) => (i + 5 * step) % SEMI_TARGETS.length);
}

function trainReference(network: Network, objective: Objective, batchSize: number, steps: number) {
  const model = new ReferenceModel(network, initialWeights(network, randomStream(SEED, 'weights')));
  const samples = samplesOf(network.input, SEMI_TARGETS.length);
  const size = sampleSize(network.input);
  const losses: number[] = [];
  for (let step = 0; step < steps; step++) {
    const order = [...batchOrder(step, batchSize)];
    const batch = order.map((i) => Float64Array.from(samples.subarray(i * size, (i + 1) * size)));
    const semiTargets = order.map((i) => SEMI_TARGETS[i]);
    losses.push(model.step(batch, semiTargets, { objective, weightDecay: WEIGHT_DECAY }, RATE));
  }
  return { losses, model };
}

/**
 * Adam divides a gradient by its own size, so a weight whose gradient is all but zero may move by the learning rate either
 * way. What must agree is all but such few, so the mean difference is compared to how far weights move.
 */
function meanDifference(found: Weights, reference: ReferenceModel): number {
  let sum = 0;
  let count = 0;
  found.forEach((layer, i) => {
    layer.kernel?.forEach((value, j) => {
      sum += Math.abs(value - (reference.states[i].kernel as Float64Array)[j]);
      count++;
    });
  });
  return sum / count;
}

describe('training steps agree with the plain reference', () => {
  test.each(FAMILIES)('%j', async (architecture, shape) => {
    const network = encoder(architecture, shape);
    const objective = deepSadObjective(center(architecture.representationSize), 2);
    const [batchSize, steps] = architecture.network === 'cifar10' ? [4, 1] : [17, 3];
    const native = await trainNatively(network, objective, batchSize, steps);
    const reference = trainReference(network, objective, batchSize, steps);
    native.losses.forEach((loss, i) => {
      expect(Math.abs(loss / reference.losses[i] - 1)).toBeLessThan(1e-4);
    });
    expect(meanDifference(native.weights, reference.model)).toBeLessThan(RATE * 1e-3);
  });

  test.each(FAMILIES)('autoencoder of %j', async (architecture, shape) => {
    const network = autoencoder(architecture, shape);
    const [batchSize, steps] = architecture.network === 'cifar10' ? [3, 1] : [5, 2];
    const native = await trainNatively(network, reconstructionObjective(shape), batchSize, steps);
    const reference = trainReference(network, reconstructionObjective(shape), batchSize, steps);
    native.losses.forEach((loss, i) => {
      expect(Math.abs(loss / reference.losses[i] - 1)).toBeLessThan(1e-5);
    });
    expect(meanDifference(native.weights, reference.model)).toBeLessThan(RATE * 1e-2);

    const samples = samplesOf(shape, 3);
    const found = await native.model.predict(samples);
    const size = sampleSize(shape);
    const batch = [0, 1, 2].map((s) => Float64Array.from(samples.subarray(s * size, (s + 1) * size)));
    const passes = reference.model.forward(batch, false);
    const expected = passes[passes.length - 1].output;
    for (let i = 0; i < found.length; i++) {
      expect(Math.abs(found[i] - expected[Math.floor(i / size)][i % size])).toBeLessThan(2e-4);
    }
  });

  test('soft-boundary Deep SVDD, radius updates included', async () => {
    const [architecture, shape] = FAMILIES[0];
    const network = encoder(architecture, shape);
    const objective = softBoundaryObjective(center(8), 0.2, 2);
    const native = await trainNatively(network, objective, 16, 5);
    const reference = trainReference(network, objective, 16, 5);
    native.losses.forEach((loss, i) => {
      expect(Math.abs(loss / reference.losses[i] - 1)).toBeLessThan(1e-4);
    });
    // A radius of 0 and one that follows give other losses.
    const still = await trainNatively(network, softBoundaryObjective(center(8), 0.2, 5), 16, 5);
    expect(native.losses.map((loss, i) => loss === still.losses[i])).toEqual([
      true,
      true,
      true,
      false,
      false,
    ]);
  });
});

test('one-class Deep SVDD ignores labels that Deep SAD uses', async () => {
  const [architecture, shape] = FAMILIES[0];
  const network = encoder(architecture, shape);
  const svdd = await trainNatively(network, oneClassObjective(center(8)), 16, 2);
  const sad = await trainNatively(network, deepSadObjective(center(8), 1), 16, 2);
  expect(svdd.losses[0]).not.toBe(sad.losses[0]);
});

test('a batch size far above the number of samples takes no more memory than all samples do', async () => {
  const [architecture, shape] = FAMILIES[1];
  const network = autoencoder(architecture, shape);
  const trained = async (batchSize: number) => {
    const model = createNativeEngine().compile(
      network,
      initialWeights(network, randomStream(SEED, 'weights')),
    );
    const training = model.train({
      samples: samplesOf(shape, SEMI_TARGETS.length),
      semiTargets: SEMI_TARGETS,
      objective: reconstructionObjective(shape),
      batchSize,
      weightDecay: WEIGHT_DECAY,
    });
    await training.epoch(Uint32Array.from(SEMI_TARGETS.keys()), RATE);
    return digest(await model.weights());
  };
  expect(await trained(2 ** 20)).toBe(await trained(SEMI_TARGETS.length));
});

describe('every instruction set gives the same bits', () => {
  const [fastest, ...others] = instructionSets();
  const cases = others.flatMap((set) =>
    FAMILIES.map(([architecture, shape]) => [set, architecture, shape] as const),
  );
  test.each(cases)(`%s as ${fastest}: %j`, async (set, architecture, shape) => {
    const network = autoencoder(architecture, shape);
    const [batchSize, steps] = architecture.network === 'cifar10' ? [3, 1] : [19, 2];
    const expected = await trainNatively(network, reconstructionObjective(shape), batchSize, steps, fastest);
    const found = await trainNatively(network, reconstructionObjective(shape), batchSize, steps, set);
    expect(found.losses).toEqual(expected.losses);
    expect(digest(found.weights)).toBe(digest(expected.weights));
    const samples = samplesOf(shape, 2);
    const predictions = await expected.model.predict(samples);
    expect(Buffer.compare(bytes(await found.model.predict(samples)), bytes(predictions))).toBe(0);
  });
});
