import type { DatasetDefaults, ImageNetwork, SampleShape } from '../data/dataset.js';
import { IMAGE_SHAPES, sampleSize } from '../data/dataset.js';
import { UserError } from '../errors.js';
import type { Layer, Network } from './network.js';

/** Which network: a family of the paper and the sizes that a config may change. */
export interface Architecture {
  readonly network: DatasetDefaults['network'];
  /** Widths of an `mlp`'s hidden layers, input side first; empty for the convolutional families. */
  readonly hiddenSizes: readonly number[];
  readonly representationSize: number;
}

/** An autoencoder in its two halves; the encoder is the network φ of Deep SAD. */
export interface EncoderDecoder {
  readonly encoder: Network;
  readonly decoder: Network;
}

/**
 * The networks of the paper (appendix on network architectures).
 *
 * @throws UserError where the data do not have the family's shape or the representation does not fit its decoder
 */
export function buildNetworks(architecture: Architecture, input: SampleShape): EncoderDecoder {
  const { encoder, decoder } = FAMILIES[architecture.network](architecture, input);
  return {
    encoder: { input, layers: encoder },
    decoder: { input: [architecture.representationSize], layers: decoder },
  };
}

type Layers = { encoder: Layer[]; decoder: Layer[] };

const FAMILIES: Record<
  DatasetDefaults['network'],
  (architecture: Architecture, input: SampleShape) => Layers
> = {
  mnist: ({ representationSize }, input) => {
    requireImage('mnist', input);
    return {
      encoder: [...convolutionBlock(8), ...convolutionBlock(4), dense(representationSize)],
      decoder: [
        toMaps('mnist', representationSize),
        leakyRelu,
        upSampling,
        ...deconvolutionBlock(4, 2),
        upSampling,
        ...deconvolutionBlock(8, 3),
        upSampling,
        deconvolution(1, 2),
        sigmoid,
      ],
    };
  },
  'fashion-mnist': ({ representationSize }, input) => {
    requireImage('fashion-mnist', input);
    return {
      encoder: [
        ...convolutionBlock(16),
        ...convolutionBlock(32),
        dense(128),
        batchNormalization,
        leakyRelu,
        dense(representationSize),
      ],
      decoder: [
        dense(128),
        batchNormalization,
        toMaps('fashion-mnist', 128),
        leakyRelu,
        upSampling,
        ...deconvolutionBlock(32, 2),
        upSampling,
        ...deconvolutionBlock(16, 3),
        upSampling,
        deconvolution(1, 2),
        sigmoid,
      ],
    };
  },
  cifar10: ({ representationSize }, input) => {
    requireImage('cifar10', input);
    return {
      encoder: [
        ...convolutionBlock(32),
        ...convolutionBlock(64),
        ...convolutionBlock(128),
        dense(representationSize),
      ],
      decoder: [
        toMaps('cifar10', representationSize),
        leakyRelu,
        ...deconvolutionBlock(128, 2, 'xavier'),
        upSampling,
        ...deconvolutionBlock(64, 2, 'xavier'),
        upSampling,
        ...deconvolutionBlock(32, 2, 'xavier'),
        upSampling,
        deconvolution(3, 2, 'xavier'),
        sigmoid,
      ],
    };
  },
  mlp: ({ hiddenSizes, representationSize }, input) => ({
    encoder: [...hiddenSizes.flatMap(denseBlock), dense(representationSize)],
    decoder: [...[...hiddenSizes].reverse().flatMap(denseBlock), dense(sampleSize(input)), sigmoid],
  }),
};

const batchNormalization: Layer = { type: 'batchNormalization' };
const leakyRelu: Layer = { type: 'leakyRelu' };
const upSampling: Layer = { type: 'upSampling' };
const sigmoid: Layer = { type: 'sigmoid' };

function dense(units: number): Layer {
  return { type: 'dense', units };
}

function denseBlock(units: number): Layer[] {
  return [dense(units), batchNormalization, leakyRelu];
}

function convolutionBlock(filters: number): Layer[] {
  return [
    { type: 'convolution', filters, kernel: 5, padding: 2 },
    batchNormalization,
    leakyRelu,
    { type: 'maxPooling' },
  ];
}

function deconvolution(filters: number, padding: number, initializer?: 'xavier'): Layer {
  const layer = { type: 'transposedConvolution', filters, kernel: 5, padding } as const;
  return initializer ? { ...layer, initializer } : layer;
}

function deconvolutionBlock(filters: number, padding: number, initializer?: 'xavier'): Layer[] {
  return [deconvolution(filters, padding, initializer), batchNormalization, leakyRelu];
}

/** Decoders start from maps of 4 × 4, as many as the vector before them fills. */
function toMaps(network: string, size: number): Layer {
  if (size % 16 !== 0) {
    throw new UserError(
      `representationSize: ${size} does not fit the ${network} network, whose decoder starts from maps of 4 × 4; give a multiple of 16`,
    );
  }
  return { type: 'reshape', shape: [size / 16, 4, 4] };
}

function requireImage(network: ImageNetwork, input: SampleShape): void {
  const expected = IMAGE_SHAPES[network];
  if (input.join() !== expected.join()) {
    throw new UserError(
      `network: ${network} takes samples of [${expected}], not [${input}]; choose another network`,
    );
  }
}
