/** Times training steps on a device, the CPU unless an argument names another, as a server that speaks as peer.py does. */
import { createInterface } from 'node:readline';
import { sumBy } from 'es-toolkit/math/sumBy';
import { type SampleShape, sampleSize } from '../src/data/dataset.js';
import { reconstructionObjective } from '../src/detectors/autoencoder.js';
import { deepSadObjective } from '../src/detectors/deep-sad.js';
import { fitDetector } from '../src/detectors/fit.js';
import { hypersphereCenter } from '../src/detectors/hypersphere.js';
import { detectorNamed } from '../src/detectors/registry.js';
import { createEngine } from '../src/engine/device.js';
import type { Engine, Training } from '../src/engine/engine.js';
import { loadKernels } from '../src/engine/native/kernels.js';
import type { DeviceName } from '../src/engine/registry.js';
import { initialWeights } from '../src/networks/initialize.js';
import { permutation, randomStream } from '../src/random.js';
import type { StepsAnswer, StepsRequest } from './trainers.js';
import { BATCH_SIZE, GENERATIVE, type Generative, networkOf, type Part, type Workload } from './workloads.js';

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

/**
 * The seconds of so many steps of a detector's own training, in whole epochs of which the first is not counted.
 *
 * @returns them and the number of trained weights
 */
async function trainGenerative(name: Generative, steps: number): Promise<StepsAnswer> {
  const shape: SampleShape = [1, 28, 28];
  const epochs = Math.ceil((steps * BATCH_SIZE) / SAMPLES);
  const given = { epochs: epochs + 1, batchSize: BATCH_SIZE };
  const options = detectorNamed(name).resolve(given, { network: 'mnist', representationSize: 32 }, shape);
  const samples = Float32Array.from({ length: SAMPLES * sampleSize(shape) }, () => random.uniform(0, 1));
  const semiTargets = Int8Array.from({ length: SAMPLES }, (_, i) => (i % 100 === 0 ? -1 : 0));
  let [parameters, start, end] = [0, 0, 0];
  const counting: Engine = {
    ...engine,
    compile(network, weights) {
      parameters +=
        start === 0 ? sumBy(weights, ({ kernel, bias }) => (kernel?.length ?? 0) + (bias?.length ?? 0)) : 0;
      return engine.compile(network, weights);
    },
  };
  const report = ({ done }: { readonly done: number }) => {
    if (done === 1) start = performance.now();
    end = performance.now();
  };
  const training = { shape, count: SAMPLES, samples, semiTargets };
  await fitDetector({ name, options }, training, { seed: 0, engine: counting, report });
  return { seconds: ((end - start) / 1000) * ((steps * BATCH_SIZE) / (epochs * SAMPLES)), parameters };
}

const subjects = new Map<string, Subject>();
const name = device === 'cpu' ? `deepsad ${engine.name} ${engine.device}` : `deepsad ${device}`;
console.log(JSON.stringify({ name }));
for await (const line of createInterface({ input: process.stdin })) {
  const { network, part, steps } = JSON.parse(line) as StepsRequest;
  const generative = GENERATIVE.find((name) => name === part);
  if (generative) {
    console.log(JSON.stringify(await trainGenerative(generative, steps)));
    continue;
  }
  const key = `${network} ${part}`;
  const subject = subjects.get(key) ?? (await createSubject(network, part as Part));
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
