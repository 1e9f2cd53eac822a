import type { SampleShape } from '../src/data/dataset.js';
import { type Architecture, buildNetworks } from '../src/networks/architectures.js';
import type { Network } from '../src/networks/network.js';

/** The network of Deep SAD, or with its decoder the network of the pretraining. */
export type Part = 'encoder' | 'autoencoder';
export const PARTS: readonly Part[] = ['encoder', 'autoencoder'];

/** Detectors whose networks are parts of a larger model, which both sides train as one. */
export const GENERATIVE = ['vae', 'ss-dgm'] as const;
export type Generative = (typeof GENERATIVE)[number];

export const BATCH_SIZE = 128;

const mlp = (features: number): [Architecture, SampleShape] => [
  { network: 'mlp', hiddenSizes: [32, 16], representationSize: 8 },
  [features],
];

/** The detectors of `GENERATIVE` are trained as on this. */
export const GENERATIVE_WORKLOAD = 'mnist';

const ARCHITECTURES = {
  mnist: [{ network: 'mnist', hiddenSizes: [], representationSize: 32 }, [1, 28, 28]],
  'fashion-mnist': [{ network: 'fashion-mnist', hiddenSizes: [], representationSize: 64 }, [1, 28, 28]],
  cifar10: [{ network: 'cifar10', hiddenSizes: [], representationSize: 128 }, [3, 32, 32]],
  satellite: mlp(36),
  cardio: mlp(21),
  shuttle: mlp(9),
} as const satisfies Record<string, readonly [Architecture, SampleShape]>;

/** A data set of the paper whose networks both sides build. */
export type Workload = keyof typeof ARCHITECTURES;

/** The paper's network for a data set; the autoencoder is the encoder's layers, then the decoder's. */
export function networkOf(workload: Workload, part: Part): Network {
  const [architecture, input] = ARCHITECTURES[workload];
  const { encoder, decoder } = buildNetworks(architecture, input);
  return part === 'encoder' ? encoder : { input, layers: [...encoder.layers, ...decoder.layers] };
}
