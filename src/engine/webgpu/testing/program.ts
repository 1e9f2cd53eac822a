/** Prints, as JSON, what the tests of the engine expect things of. It has to be a process of its own: Dawn crashes where it is unloaded. */

import { reconstructionObjective } from '../../../detectors/autoencoder.js';
import { softBoundaryObjective } from '../../../detectors/deep-svdd.js';
import { layerShapes } from '../../../networks/shapes.js';
import { DeviceLost } from '../../engine.js';
import { createNativeEngine } from '../../native/native-engine.js';
import type { Objective } from '../../objective.js';
import { endOfDiverging, TRAINING_CASES, trainingDifference } from '../../testing/agreement.js';
import { Ensemble, type EnsembleOptions } from '../ensemble.js';
import { type Gpu, openGpu } from '../gpu.js';
import { evaluationProgram } from '../program.js';
import { createWebGpuEngine } from '../webgpu-engine.js';
import { BATCHES, GRADIENT_CASES } from './cases.js';
import { type Companion, trainTogether } from './company.js';
import { gradientDifference } from './gradients.js';
import { poison } from './poison.js';

const MEMORY = 4e8;
const gpu = await openGpu();
const createBuffer = gpu.device.createBuffer.bind(gpu.device);
poison(gpu);
const ensembleOf = (device: Gpu, lanes: number, options: Partial<EnsembleOptions> = {}) =>
  new Ensemble(device, { lanes, memory: MEMORY, ...options });

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
  gradients[name] = await gradientDifference(ensembleOf(gpu, 1), network, objective, BATCHES[name] ?? 17);
}

const training: Record<string, object> = {};
const diverging: Record<string, object> = {};
const engine = createWebGpuEngine(ensembleOf(gpu, 2));
for (const [name, case_] of Object.entries(TRAINING_CASES)) {
  training[name] = await trainingDifference(engine, case_);
  diverging[name] = {
    native: await endOfDiverging(createNativeEngine(), case_),
    webgpu: await endOfDiverging(engine, case_),
  };
}

/** Those of the third are enough steps for a submit of 16 rounds where it is alone. */
const SAMPLES = [31, 32, 270, 150, 35];
/** Runs that differ in all that runs of one block may, and some of another block. */
const companions: Companion[] = [1, 2, 3, 4, 5].map((seed) => {
  const { network } =
    TRAINING_CASES[seed === 5 ? 'soft-boundary Deep SVDD on a table' : 'reconstruction on a table'];
  const center = new Float32Array(8).fill(0.2);
  return {
    ...{ seed, network, samples: SAMPLES[seed - 1], batchSize: [16, 16, 27, 140, 16][seed - 1] },
    objective: seed === 5 ? softBoundaryObjective(center, 0.2, 3) : reconstructionObjective(network.input),
    ...{ epochs: 1 + (seed % 3), rate: 1e-3 * seed, weightDecay: 1e-3 * seed, bytes: seed % 2 === 0 },
  };
});
const alone: string[] = [];
for (const companion of companions) {
  alone.push(...(await trainTogether(createWebGpuEngine(ensembleOf(gpu, 1)), [companion])));
}
const together = await trainTogether(createWebGpuEngine(ensembleOf(gpu, 7)), companions);
const rounds: Record<string, string[]> = {};
for (const most of [1, 4, 16]) {
  rounds[most] = await trainTogether(createWebGpuEngine(ensembleOf(gpu, 7, { rounds: most })), companions);
}
// The only ones whose buffers begin with zeros.
const robust = await trainTogether(
  createWebGpuEngine(ensembleOf(await openGpu({ robust: true }), 7)),
  companions,
);
// Memory for one lane alone.
const waiting = await trainTogether(
  createWebGpuEngine(new Ensemble(gpu, { lanes: 7, memory: 1 })),
  companions,
);

const notices: string[] = [];
const ensemble = ensembleOf(gpu, 7, { notice: (text) => notices.push(text) });
refuseSecond('arena');
const refused = await trainTogether(createWebGpuEngine(ensemble), companions);

const [dispatch] = evaluationProgram(companions[0].network, 32, gpu.tiling).dispatches;
const misspelled = { ...dispatch, constants: { ...dispatch.constants, SAMPLES: 'all' } };
const invalid = await gpu.pipeline(misspelled).then(
  () => 'compiled',
  (error: Error) => error.message,
);

const doomed = await openGpu();
const engineOfDoomed = createWebGpuEngine(ensembleOf(doomed, 7));
const going = Promise.all(companions.map(endingOf));
doomed.device.destroy();
const lost = [...(await going), await endingOf(companions[0])];

console.log(
  JSON.stringify({
    ...{ adapter: gpu.adapter, gradients, training, diverging, alone, together, rounds, robust, waiting },
    ...{ refused, notices, invalid, errors: gpu.errors, lost },
  }),
);
process.exit();

/** The second buffer of this name that is to be made has the largest size there may be, which the driver has no memory for. */
function refuseSecond(label: string): void {
  const { device, largestBuffer } = gpu;
  const create = device.createBuffer;
  let made = 0;
  device.createBuffer = (descriptor) => {
    if (descriptor.label !== label || ++made !== 2) return create(descriptor);
    device.createBuffer = create;
    return createBuffer({ ...descriptor, size: largestBuffer });
  };
}

/** What a run on the GPU that is lost says in the end. */
async function endingOf(companion: Companion): Promise<string> {
  try {
    await trainTogether(engineOfDoomed, [companion]);
    return 'done';
  } catch (error) {
    return error instanceof DeviceLost ? error.message : `no loss: ${(error as Error).message}`;
  }
}
