import { IMAGE_NETWORK_NAMES, IMAGE_NETWORKS } from '../../data/dataset.js';
import { gigabytes } from '../../messages/gigabytes.js';
import { buildNetworks } from '../../networks/architectures.js';
import { answerProbe } from '../probe-apart.js';
import { openGpu } from './gpu.js';
import { memoryOf, SHARES } from './memory.js';
import { lanesWithin, trainingProgram } from './program.js';

// A process that loads this module says what becomes of opening the GPU.
await answerProbe(async () => {
  const gpu = await openGpu();
  const { total, budget } = await memoryOf(gpu);
  const lanes = IMAGE_NETWORK_NAMES.map((network) => {
    const { shape, representationSize } = IMAGE_NETWORKS[network];
    const { encoder, decoder } = buildNetworks({ network, hiddenSizes: [], representationSize }, shape);
    const autoencoder = { input: shape, layers: [...encoder.layers, ...decoder.layers] };
    const objective = { target: 'input', numbers: [], lossIn: pass, slopeIn: pass } as const;
    const program = trainingProgram(autoencoder, 128, objective, gpu.tiling);
    return `${network} ${lanesWithin(program, SHARES.training * budget, gpu.largestBuffer)}`;
  });
  return {
    // Records say what a run was computed on, and another driver may round otherwise.
    adapter: `${gpu.adapter}, ${gpu.driver}`,
    software: gpu.software,
    details: {
      ...(total !== undefined && { memory: gigabytes(total) }),
      'largest buffer': gigabytes(gpu.largestBuffer),
      'runs at a time, at most': lanes.join(', '),
    },
  };
});

function pass<T>(_arithmetic: unknown, squaredDistance: T): T {
  return squaredDistance;
}
