/** Prints, as JSON, how far a device's results are from those that `agreement.ts` holds them against. Usage: DEVICE */

import { openBackend } from '../tfjs/backends.js';
import type { TfjsDevice } from '../tfjs/needs.js';
import { createTfjsEngine } from '../tfjs/tfjs-engine.js';
import { LAYER_CASES, layerDifference, TRAINING_CASES, trainingDifference } from './agreement.js';

const backend = await openBackend(process.argv[2] as TfjsDevice);
const engine = createTfjsEngine(backend);
const differences: Record<string, object> = {};
for (const [name, input, layer] of LAYER_CASES) {
  differences[name] = await layerDifference(backend.tf, input, layer);
}
for (const [name, trainingCase] of Object.entries(TRAINING_CASES)) {
  differences[name] = await trainingDifference(engine, trainingCase);
}
console.log(
  JSON.stringify({ adapter: backend.adapter, differences, tensors: backend.tf.memory().numTensors }),
);
process.exit();
