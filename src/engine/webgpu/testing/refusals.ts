/**
 * Takes the memory of Dawn's null device, which refuses what goes beyond 512 MB and computes nothing, and prints as JSON what becomes of runs.
 * A process of its own, since Dawn crashes where it is unloaded.
 */

import { autoencoderNetwork, reconstructionObjective } from '../../../detectors/autoencoder.js';
import { oneClassObjective } from '../../../detectors/deep-svdd.js';
import { buildNetworks } from '../../../networks/architectures.js';
import { initialWeights } from '../../../networks/initialize.js';
import { randomStream } from '../../../random.js';
import { allocate, MemoryRefused } from '../allocate.js';
import { Ensemble } from '../ensemble.js';
import { openGpu } from '../gpu.js';
import { createWebGpuEngine } from '../webgpu-engine.js';
import { type Companion, trainTogether } from './company.js';

const SHAPE = [1, 28, 28] as const;
const SIZE = 784;
const architecture = { network: 'mnist', hiddenSizes: [], representationSize: 32 } as const;
const network = autoencoderNetwork(architecture, SHAPE);
const { encoder } = buildNetworks(architecture, SHAPE);
const objective = reconstructionObjective(SHAPE);

const gpu = await openGpu({ checksAlone: true });
const notices: string[] = [];
/** Is called as an ensemble says what a run waits for. */
let told = () => {};
const notice = (text: string) => {
  notices.push(text);
  told();
};
/** Kept, since what is collected would give memory back. */
const ensembles: Ensemble[] = [];
const ensemble = () => {
  ensembles.push(new Ensemble(gpu, { lanes: 7, memory: 1.5e8, notice }));
  return ensembles[ensembles.length - 1];
};
const engine = () => createWebGpuEngine(ensemble());

const companions = [1, 2, 3, 4, 5, 6, 7].map(
  (seed): Companion => ({
    ...{ seed, network, objective, batchSize: 128, samples: 200, epochs: 1 + (seed % 3) },
    ...{ rate: 1e-3, weightDecay: 1e-3, bytes: true },
  }),
);
const stranger = { ...companions[0], network: encoder, objective: oneClassObjective(new Float32Array(32)) };
// Lanes of 7 MB, and those of an evaluation beside them.
const together = await withinMegabytes(40, () =>
  endingOf(trainTogether(engine(), [...companions, stranger])),
);
const said = notices.splice(0);

const nothing = await withinMegabytes(8, () => endingOf(trainTogether(engine(), [stranger])));

const weights = initialWeights(network, randomStream(1, 'weights'));
const taskOf = (count: number) => ({
  ...{ samples: new Float32Array(count * SIZE).fill(0.3), semiTargets: new Int8Array(count) },
  ...{ objective, batchSize: 100, weightDecay: 0 },
});
const order = Uint32Array.from({ length: 100 }, (_, i) => i);
// What goes on, and what comes meanwhile, for which there is a lane and no room in the pool.
const going = ensemble();
const lane = await going.train(network, weights, taskOf(100));
const full = await withinMegabytes(0, async () => {
  const weightsOfLane = await endingOf(lane.weights());
  const isTold = new Promise<boolean>((resolve) => {
    told = () => resolve(true);
  });
  const second = endingOf(going.train(network, weights, taskOf(2000)));
  const waits = await Promise.race([second.then(() => false), isTold]);
  const epoch = await endingOf(lane.epoch(order, 1e-3));
  going.leave(lane);
  return { weights: weightsOfLane, waits, epoch, second: await second };
});
await going.train(network, weights, taskOf(1000));
await going.evaluate(network, weights, new Float32Array(SIZE), false);
// Samples for which the pool has no room all at once.
const samples = new Float32Array(2000 * SIZE).fill(0.3);
const { length } = await withinMegabytes(0, () => going.evaluate(network, weights, samples, false));

// Runs in lanes of two networks, neither of which ends before it is evaluated: the second to ask finds nobody to wait for, and as its block
// goes there is memory for the first.
const probing = engine();
const training = [
  { trained: network, ...taskOf(100) },
  { trained: encoder, ...taskOf(100), objective: oneClassObjective(new Float32Array(32)) },
].map(({ trained, ...task }) => {
  const model = probing.compile(trained, initialWeights(trained, randomStream(1, 'weights')));
  return { model, running: model.train(task) };
});
for (const { running } of training) await running.epoch(order, 1e-3);
const probed = await withinMegabytes(2, () =>
  Promise.all(
    training.map(async ({ model }) => {
      const ending = await endingOf(model.predict(new Float32Array(SIZE)));
      model.dispose();
      return ending;
    }),
  ),
);

// Which has room by the memory of the evaluation, in which nothing goes on any more.
const evicting = await withinMegabytes(0, () => endingOf(going.train(network, weights, taskOf(4000))));

const ofFull = { full, probed, waiting: notices, evaluated: length / SIZE, evicting };
console.log(JSON.stringify({ together, notices: said, nothing, ...ofFull, errors: gpu.errors }));
process.exit();

/** Does something while all memory of the device is taken but for this. */
async function withinMegabytes<T>(free: number, work: () => Promise<T>): Promise<T> {
  const taken: GPUBuffer[] = [];
  const take = (size: number) =>
    allocate(gpu, () => gpu.device.createBuffer({ size, usage: GPUBufferUsage.STORAGE }));
  const kept = await take(Math.max(4, free * 1e6));
  for (let size = 2 ** 27; size >= 2 ** 10; ) {
    try {
      taken.push(await take(size));
    } catch (error) {
      if (!(error instanceof MemoryRefused)) throw error;
      size /= 2;
    }
  }
  kept.destroy();
  try {
    return await work();
  } finally {
    for (const buffer of taken) buffer.destroy();
  }
}

/** How something ends: with the name and the words of its error, where it fails. */
async function endingOf(work: Promise<unknown>): Promise<string> {
  return work.then(
    () => 'done',
    ({ name, message }: Error) => `${name}: ${message}`,
  );
}
