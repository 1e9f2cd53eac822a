/**
 * Holds the engine on this GPU to plain loops in double precision, the gradients of every network, and runs in company to the same runs alone, bit by bit, with
 * Dawn's checks of indices and without. Prints a line of JSON each; ends with exit code 1 where something is wrong.
 */

import { parseArgs } from 'node:util';
import { reconstructionObjective } from '../../src/detectors/autoencoder.js';
import { deepSadObjective } from '../../src/detectors/deep-sad.js';
import { Ensemble } from '../../src/engine/webgpu/ensemble.js';
import { openGpu } from '../../src/engine/webgpu/gpu.js';
import { type Companion, trainTogether } from '../../src/engine/webgpu/testing/company.js';
import { gradientDifference } from '../../src/engine/webgpu/testing/gradients.js';
import { createWebGpuEngine } from '../../src/engine/webgpu/webgpu-engine.js';
import { layerShapes } from '../../src/networks/shapes.js';
import { networkOf, PARTS, type Part, type Workload } from '../workloads.js';

const { values } = parseArgs({ options: { quick: { type: 'boolean', default: false } } });
const WORKLOADS: readonly Workload[] = values.quick
  ? ['satellite']
  : ['mnist', 'cifar10', 'fashion-mnist', 'satellite'];
const MEMORY = 2e9;
/** Samples of a batch, which plain JavaScript computes too; and what single precision allows, over batch statistics of so few. */
const BATCH = 4;
const TOLERANCE = 1e-4;
let wrong = false;

const gpu = await openGpu();
const ensemble = new Ensemble(gpu, { lanes: 2, memory: MEMORY });
for (const workload of WORKLOADS) {
  for (const part of PARTS) {
    const network = networkOf(workload, part);
    const difference = await gradientDifference(ensemble, network, objectiveOf(workload, part), BATCH);
    report({ what: 'gradients, beside double precision', network: workload, part, difference });
    if (!(difference < TOLERANCE)) wrong = true;
  }
}

const companions = (values.quick ? [1, 2] : [1, 2, 3, 4, 5]).map(companion);
const alone: string[] = [];
const single = createWebGpuEngine(new Ensemble(gpu, { lanes: 1, memory: MEMORY }));
for (const each of companions) alone.push(...(await trainTogether(single, [each])));
// The checks alone, where only the program is tried.
for (const robust of values.quick ? [true] : [false, true]) {
  const lanes = createWebGpuEngine(new Ensemble(await openGpu({ robust }), { lanes: 7, memory: MEMORY }));
  const together = await trainTogether(lanes, companions);
  const same = together.filter((hash, i) => hash === alone[i]).length;
  report({ what: 'alone = in company', robust, same, of: alone.length });
  if (same < alone.length) wrong = true;
}
process.exit(wrong ? 1 : 0);

function objectiveOf(workload: Workload, part: Part) {
  const network = networkOf(workload, part);
  if (part === 'autoencoder') return reconstructionObjective(network.input);
  const [size] = layerShapes(network).at(-1) as readonly [number];
  return deepSadObjective(
    Float32Array.from({ length: size }, (_, i) => Math.sin(i) / 2),
    2,
  );
}

/** Runs that differ in all that may differ within a block. */
function companion(seed: number): Companion {
  const workload = values.quick ? 'satellite' : 'mnist';
  return {
    ...{ seed, network: networkOf(workload, 'autoencoder'), objective: objectiveOf(workload, 'autoencoder') },
    ...{
      batchSize: values.quick ? 16 : 128,
      samples: (values.quick ? 20 : 300) + 10 * seed,
      epochs: 1 + (seed % 3),
    },
    ...{ rate: 1e-4 * seed, weightDecay: 1e-3 * seed, bytes: seed % 2 === 0 },
  };
}

function report(line: object): void {
  console.log(JSON.stringify(line));
}
