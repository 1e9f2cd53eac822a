/** Prints, as JSON, what the tests of the engine expect things of. It has to be a process of its own: Dawn crashes where it is unloaded. */

import { reconstructionObjective } from '../../../detectors/autoencoder.js';
import { softBoundaryObjective } from '../../../detectors/deep-svdd.js';
import { layerShapes } from '../../../networks/shapes.js';
import type { Objective } from '../../objective.js';
import { TRAINING_CASES, trainingDifference } from '../../testing/agreement.js';
import { Ensemble } from '../ensemble.js';
import { type Gpu, openGpu } from '../gpu.js';
import { createWebGpuEngine } from '../webgpu-engine.js';
import { GRADIENT_CASES } from './cases.js';
import { type Companion, trainTogether } from './company.js';
import { gradientDifference } from './gradients.js';

const MEMORY = 2e8;
const gpu = await openGpu();
const ensembleOf = (device: Gpu, lanes: number) => new Ensemble(device, { lanes, memory: MEMORY });

const gradients: Record<string, number> = {};
for (const [name, network] of Object.entries(GRADIENT_CASES)) {
  const size = layerShapes(network)[network.layers.length].reduce((a, b) => a * b, 1);
  const center = Float32Array.from({ length: size }, (_, i) => Math.sin(i));
  const objective: Objective = {
    target: { center },
    numbers: [],
    lossIn: (_arithmetic, distance) => distance,
    slopeIn: ({ constant }) => constant(1),
  };
  gradients[name] = await gradientDifference(ensembleOf(gpu, 1), network, objective, 17);
}

const training: Record<string, object> = {};
const engine = createWebGpuEngine(ensembleOf(gpu, 2));
for (const [name, case_] of Object.entries(TRAINING_CASES))
  training[name] = await trainingDifference(engine, case_);

/** Runs that differ in all that runs of one block may, and some of another block. */
const companions: Companion[] = [1, 2, 3, 4, 5].map((seed) => {
  const { network } =
    TRAINING_CASES[seed === 5 ? 'soft-boundary Deep SVDD on a table' : 'autoencoder of a table'];
  const center = new Float32Array(8).fill(0.2);
  return {
    ...{ seed, network, samples: seed === 4 ? 150 : 30 + seed, batchSize: seed === 4 ? 140 : 16 },
    objective: seed === 5 ? softBoundaryObjective(center, 0.2, 3) : reconstructionObjective(network.input),
    ...{ epochs: 1 + (seed % 3), rate: 1e-3 * seed, weightDecay: 1e-3 * seed, bytes: seed % 2 === 0 },
  };
});
const alone: string[] = [];
for (const companion of companions) {
  alone.push(...(await trainTogether(createWebGpuEngine(ensembleOf(gpu, 1)), [companion])));
}
const together = await trainTogether(createWebGpuEngine(ensembleOf(gpu, 7)), companions);
const robust = await trainTogether(
  createWebGpuEngine(ensembleOf(await openGpu({ robust: true }), 7)),
  companions,
);
// Memory for one lane alone.
const waiting = await trainTogether(
  createWebGpuEngine(new Ensemble(gpu, { lanes: 7, memory: 1 })),
  companions,
);

const doomed = await openGpu();
const going = trainTogetherSettled(doomed);
doomed.device.destroy();
const lost = await going;

console.log(
  JSON.stringify({ adapter: gpu.adapter, gradients, training, alone, together, robust, waiting, lost }),
);
process.exit();

/** What each of some runs that are on their way says in the end. */
async function trainTogetherSettled(device: Gpu): Promise<string[]> {
  const engine = createWebGpuEngine(ensembleOf(device, 7));
  const settled = await Promise.allSettled(companions.map((companion) => trainTogether(engine, [companion])));
  return settled.map((each) => (each.status === 'rejected' ? (each.reason as Error).message : 'done'));
}
