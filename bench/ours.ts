/** Times training steps on a device, the CPU unless an argument names another, as a server that speaks as peer.py does. */
import { createInterface } from 'node:readline';
import { sampleSize } from '../src/data/dataset.js';
import { reconstructionObjective } from '../src/detectors/autoencoder.js';
import { deepSadObjective } from '../src/detectors/deep-sad.js';
import { hypersphereCenter } from '../src/detectors/hypersphere.js';
import { createEngine } from '../src/engine/device.js';
import type { Training } from '../src/engine/engine.js';
import { loadKernels } from '../src/engine/native/kernels.js';
import type { DeviceName } from '../src/engine/registry.js';
import { initialWeights } from '../src/networks/initialize.js';
import { permutation, randomStream } from '../src/random.js';
import type { StepsAnswer, StepsRequest } from './trainers.js';
import { BATCH_SIZE, networkOf, type Part, type Workload } from './workloads.js';

const SAMPLES = 16 * BATCH_SIZE;
const LEARNING_RATE = 1e-4;

const device = (process.argv[2] ?? 'cpu') as DeviceName;
const engine = await createEngine(device);
const { kernels } = loadKernels();
const random = randomStream(0, 'bench');

interface Subject {
  readonly training: Training;
  readonly parameters: number;
}

/** One network in training on random samples, one in a hundred a labeled anomaly. */
async function createSubject(workload: Workload, part: Part): Promise<Subject> {
  const network = networkOf(workload, part);
  const weights = initialWeights(network, random);
  const model = engine.compile(network, weights);
  const samples = Float32Array.from({ length: SAMPLES * sampleSize(network.input) }, () =>
    random.uniform(0, 1),
  );
  const semiTargets = Int8Array.from({ length: SAMPLES }, (_, i) => (i % 100 === 0 ? -1 : 0));
  const objective =
    part === 'autoencoder'
      ? reconstructionObjective(network.input)
      : deepSadObjective(hypersphereCenter(await model.predict(samples), SAMPLES), 1);
  const weightDecay = part === 'autoencoder' ? 0.5e-3 : 0.5e-6;
  return {
    training: model.train({ samples, semiTargets, objective, batchSize: BATCH_SIZE, weightDecay }),
    parameters: weights.reduce((sum, layer) => sum + (layer.kernel?.length ?? 0), 0),
  };
}

/** Takes this many steps, in shuffled batches; returns the seconds they took. */
async function train(training: Training, steps: number): Promise<number> {
  const start = performance.now();
  for (let left = steps * BATCH_SIZE; left > 0; left -= SAMPLES) {
    await training.epoch(permutation(SAMPLES, random).subarray(0, left), LEARNING_RATE);
  }
  return (performance.now() - start) / 1000;
}

const subjects = new Map<string, Subject>();
const name = device === 'cpu' ? `deepsad ${engine.name} ${engine.device}` : `deepsad ${device}`;
console.log(JSON.stringify({ name }));
for await (const line of createInterface({ input: process.stdin })) {
  const { network, part, steps } = JSON.parse(line) as StepsRequest;
  const key = `${network} ${part}`;
  const subject = subjects.get(key) ?? (await createSubject(network, part));
  subjects.set(key, subject);
  const answer: StepsAnswer = {
    seconds: await train(subject.training, steps),
    parameters: subject.parameters,
    ...(device === 'cpu' && { fmaPeak: kernels.measureFmaPeak() }),
  };
  console.log(JSON.stringify(answer));
}
// Some libraries of a GPU would keep the process going.
process.exit();
