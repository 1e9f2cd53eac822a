/**
 * Gives Dawn's checks the paper's networks and objectives with the tiles of hardware, a step of training and an evaluation of each, and prints as
 * JSON what they say. A process of its own, since Dawn crashes where it is unloaded.
 */

import { type SampleShape, sampleSize } from '../../../data/dataset.js';
import { reconstructionObjective } from '../../../detectors/autoencoder.js';
import { softBoundaryObjective } from '../../../detectors/deep-svdd.js';
import { classificationObjective } from '../../../detectors/supervised.js';
import { buildNetworks } from '../../../networks/architectures.js';
import { initialWeights } from '../../../networks/initialize.js';
import type { Network } from '../../../networks/network.js';
import { randomStream } from '../../../random.js';
import type { Objective } from '../../objective.js';
import { biased } from '../../testing/layers.js';
import { Ensemble } from '../ensemble.js';
import { openGpu, pipelinesOf } from '../gpu.js';
import { trainingProgram } from '../program.js';

const CASES = [
  ['mnist', [], [1, 28, 28], 128],
  ['fashion-mnist', [], [1, 28, 28], 3],
  ['cifar10', [], [3, 32, 32], 128],
  ['mlp', [32, 16], [36], 200],
  // More weights than a dimension of a dispatch has workgroups for.
  ['mlp', [512], [8500], 2],
] as const;
const WIDTH = 128;

const gpu = await openGpu({ checksAlone: true });
const said: string[] = [];
let kernels = 0;
for (const [network, hiddenSizes, input, batch] of CASES) {
  const { encoder, decoder } = buildNetworks({ network, hiddenSizes, representationSize: WIDTH }, input);
  const whole = { input, layers: [...encoder.layers, ...decoder.layers] };
  await check(`autoencoder of ${network}`, whole, reconstructionObjective(input), batch);
  const softBoundary = softBoundaryObjective(new Float32Array(WIDTH), 0.1, 0);
  await check(`encoder of ${network}`, encoder, softBoundary, batch);
  const classifier = { input, layers: [...encoder.layers, biased(1)] };
  await check(`classifier of ${network}`, classifier, classificationObjective(1, 1), batch);
}
// Of a batch that lanes have no room for here, the kernels alone.
const { encoder } = buildNetworks(
  { network: 'cifar10', hiddenSizes: [], representationSize: WIDTH },
  [3, 32, 32],
);
const large = trainingProgram(
  encoder,
  9000,
  softBoundaryObjective(new Float32Array(WIDTH), 0.1, 0),
  gpu.tiling,
);
await pipelinesOf(gpu, large).catch((error: Error) => said.push(`a large batch: ${error.message}`));

console.log(JSON.stringify({ kernels, said: [...said, ...gpu.errors] }));
process.exit();

async function check(name: string, network: Network, objective: Objective, batch: number): Promise<void> {
  const ensemble = new Ensemble(gpu, { lanes: 2, memory: 1 });
  const shape: SampleShape = network.input;
  const samples = new Float32Array(batch * sampleSize(shape));
  const weights = initialWeights(network, randomStream(1, 'weights'));
  try {
    const lane = await ensemble.train(network, weights, {
      ...{ samples, semiTargets: new Int8Array(batch), objective, batchSize: batch, weightDecay: 0 },
    });
    kernels += lane.owner.program.dispatches.length;
    await lane.epoch(
      Uint32Array.from({ length: batch }, (_, i) => i),
      1e-3,
    );
    ensemble.leave(lane);
    await ensemble.evaluate(network, weights, samples, false);
  } catch (error) {
    said.push(`${name}: ${(error as Error).message}`);
  }
}
