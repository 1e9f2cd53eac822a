import { markdownTable } from 'markdown-table';
import { compileStages } from '../src/engine/native/compile.js';
import { CorrelationStage } from '../src/engine/native/correlation-stage.js';
import { DenseStage } from '../src/engine/native/dense-stage.js';
import { loadKernels } from '../src/engine/native/kernels.js';
import { forwardMultiplyAdds } from '../src/engine/native/multiply-adds.js';
import { Parameters } from '../src/engine/native/parameters.js';
import { initialWeights } from '../src/networks/initialize.js';
import type { Network } from '../src/networks/network.js';
import { layerShapes } from '../src/networks/shapes.js';
import { randomStream } from '../src/random.js';
import { digits, spreadOf } from './statistics.js';
import { BATCH_SIZE, networkOf, type Workload } from './workloads.js';

const WORKLOADS: readonly Workload[] = ['mnist', 'fashion-mnist', 'cifar10'];
const SECONDS_A_NETWORK = 3;

/** Every convolution and dense layer of the autoencoders alone, forward and backward, against the core's FMA peak. */
export async function benchLayers(): Promise<void> {
  const { instructionSet, kernels } = loadKernels();
  const fmaPeak = kernels.measureFmaPeak();
  const rows = WORKLOADS.flatMap((workload) => layerRows(workload, fmaPeak));
  const header = [
    'network',
    'layer',
    'forward, ms',
    'GFLOP/s',
    'of peak',
    'backward, ms',
    'GFLOP/s',
    'of peak',
  ];
  console.log(
    `Layers on ${BATCH_SIZE} samples, ${instructionSet}, FMA peak ${digits(fmaPeak)} GFLOP/s: medians\n`,
  );
  console.log(markdownTable([header, ...rows], { align: ['l', 'l', 'r', 'r', 'r', 'r', 'r', 'r'] }));
}

/** A layer's work for a batch in floating-point operations, and the milliseconds it takes. */
interface Timed {
  readonly name: string;
  readonly forward: Work;
  readonly backward: Work;
}

interface Work {
  readonly operations: number;
  readonly milliseconds: number;
}

function layerRows(workload: Workload, fmaPeak: number): string[][] {
  const network = networkOf(workload, 'autoencoder');
  const layers = timedLayers(network);
  const convolutions = layers.filter(({ name }) => !name.startsWith('dense'));
  const all: Timed = {
    name: 'all convolutions',
    forward: sumOf(convolutions.map(({ forward }) => forward)),
    backward: sumOf(convolutions.map(({ backward }) => backward)),
  };
  const cells = ({ operations, milliseconds }: Work) => {
    const gigaflops = operations / milliseconds / 1e6;
    return [digits(milliseconds), digits(gigaflops), `${((100 * gigaflops) / fmaPeak).toFixed(0)} %`];
  };
  return [...layers, all].map(({ name, forward, backward }) => [
    workload,
    name,
    ...cells(forward),
    ...cells(backward),
  ]);
}

function timedLayers(network: Network): Timed[] {
  const shapes = layerShapes(network);
  const multiplyAdds = forwardMultiplyAdds(network);
  const computing = [...network.layers.keys()].filter((i) => multiplyAdds[i] > 0);
  const times = stageTimes(network);
  return computing.map((layer, i) => {
    const operations = 2 * BATCH_SIZE * multiplyAdds[layer];
    // The first layer's input needs no gradient.
    const passesBack = layer === 0 ? 1 : 2;
    return {
      name: `${network.layers[layer].type} ${shapes[layer].join('×')} → ${shapes[layer + 1].join('×')}`,
      forward: { operations, milliseconds: times[i].forward },
      backward: { operations: passesBack * operations, milliseconds: times[i].backward },
    };
  });
}

/** Median milliseconds of each convolution or dense stage of a network, in its order, over training steps without an update. */
function stageTimes(network: Network): { forward: number; backward: number }[] {
  const random = randomStream(0, 'bench');
  const fillRandom = (values: Float32Array) =>
    values.forEach((_, i) => {
      values[i] = random.uniform(-1, 1);
    });
  const { kernels } = loadKernels();
  const parameters = new Parameters(kernels, initialWeights(network, random));
  const gradient = new Float32Array(parameters.values.length);
  const pipeline = compileStages(kernels, network, parameters, gradient, BATCH_SIZE);
  const { input, stages, outputGradient, backwards } = pipeline;
  fillRandom(input);
  const times = stages.map(() => ({ forward: [] as number[], backward: [] as number[] }));
  const timed = (list: number[], work: () => void) => {
    const start = performance.now();
    work();
    list.push(performance.now() - start);
  };

  for (const stage of stages) stage.loadWeights?.();
  const end = performance.now() + 1000 * SECONDS_A_NETWORK;
  while (performance.now() < end) {
    stages.forEach((stage, i) => {
      timed(times[i].forward, () => stage.forward(BATCH_SIZE, true));
    });
    fillRandom(outputGradient);
    for (let i = backwards.length - 1; i >= 0; i--) timed(times[i].backward, () => backwards[i](BATCH_SIZE));
  }
  return times
    .filter((_, i) => stages[i] instanceof CorrelationStage || stages[i] instanceof DenseStage)
    .map(({ forward, backward }) => ({
      forward: spreadOf(forward).median,
      backward: spreadOf(backward).median,
    }));
}

function sumOf(works: readonly Work[]): Work {
  return works.reduce((sum, work) => ({
    operations: sum.operations + work.operations,
    milliseconds: sum.milliseconds + work.milliseconds,
  }));
}
