import type { DatasetDefaults, ImageNetwork, SampleShape } from '../data/dataset.js';
import { IMAGE_NETWORKS, sampleSize } from '../data/dataset.js';
import { UserError } from '../errors.js';
import type { Layer, Network } from './network.js';

/** Which network: a family of the paper and what a config may change of it. */
export interface Architecture {
  readonly network: DatasetDefaults['network'];
  /**
   * Widths of an `mlp`'s hidden layers, input side first; of `fashion-mnist`'s one dense layer before the last, 128 where it is empty;
   * empty for the other convolutional families.
   */
  readonly hiddenSizes: readonly number[];
  readonly representationSize: number;
  /** 0.01 where absent. */
  readonly leakyReluSlope?: number;
}

/** The slope of the leaky ReLU in the authors' code. */
export const LEAKY_RELU_SLOPE = 0.01;

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
  const { network, hiddenSizes } = architecture;
  if (network !== 'mlp') {
    requireImage(network, input);
    requireHiddenLayers(network, hiddenSizes);
  }
  const { encoder, decoder } = FAMILIES[network](architecture, input);
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
  mnist: ({ representationSize, leakyReluSlope }) => {
    const { leakyRelu, convolutionBlock, deconvolutionBlock } = blocks(leakyReluSlope);
    return {
      encoder: [...convolutionBlock(8), ...convolutionBlock(4), dense(representationSize)],
      decoder: [
        toMaps('mnist', 'representationSize', representationSize),
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
  'fashion-mnist': ({ representationSize, hiddenSizes, leakyReluSlope }) => {
    const [hidden = IMAGE_NETWORKS['fashion-mnist'].hiddenSizes[0]] = hiddenSizes;
    const { leakyRelu, denseBlock, convolutionBlock, deconvolutionBlock } = blocks(leakyReluSlope);
    return {
      encoder: [
        ...convolutionBlock(16),
        ...convolutionBlock(32),
        ...denseBlock(hidden),
        dense(representationSize),
      ],
      decoder: [
        dense(hidden),
        batchNormalization,
        toMaps('fashion-mnist', 'hiddenSizes', hidden),
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
  cifar10: ({ representationSize, leakyReluSlope }) => {
    const { leakyRelu, convolutionBlock, deconvolutionBlock } = blocks(leakyReluSlope);
    return {
      encoder: [
        ...convolutionBlock(32),
        ...convolutionBlock(64),
        ...convolutionBlock(128),
        dense(representationSize),
      ],
      decoder: [
        toMaps('cifar10', 'representationSize', representationSize),
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
  mlp: ({ hiddenSizes, representationSize, leakyReluSlope }, input) => {
    const { denseBlock } = blocks(leakyReluSlope);
    return {
      encoder: [...hiddenSizes.flatMap(denseBlock), dense(representationSize)],
      decoder: [...[...hiddenSizes].reverse().flatMap(denseBlock), dense(sampleSize(input)), sigmoid],
    };
  },
};

const batchNormalization: Layer = { type: 'batchNormalization' };
const upSampling: Layer = { type: 'upSampling' };
const sigmoid: Layer = { type: 'sigmoid' };

function dense(units: number): Layer {
  return { type: 'dense', units };
}

/** A layer of weights, batch normalisation and a leaky ReLU of this slope; of an encoder's convolutions, max-pooling behind. */
function blocks(slope = LEAKY_RELU_SLOPE) {
  const leakyRelu: Layer = { type: 'leakyRelu', slope };
  return {
    leakyRelu,
    denseBlock: (units: number): Layer[] => [dense(units), batchNormalization, leakyRelu],
    convolutionBlock: (filters: number): Layer[] => [
      { type: 'convolution', filters, kernel: 5, padding: 2 },
      batchNormalization,
      leakyRelu,
      { type: 'maxPooling' },
    ],
    deconvolutionBlock: (filters: number, padding: number, initializer?: 'xavier'): Layer[] => [
      deconvolution(filters, padding, initializer),
      batchNormalization,
      leakyRelu,
    ],
  };
}

function deconvolution(filters: number, padding: number, initializer?: 'xavier'): Layer {
  const layer = { type: 'transposedConvolution', filters, kernel: 5, padding } as const;
  return initializer ? { ...layer, initializer } : layer;
}

/** Decoders start from maps of 4 × 4, as many as the vector before them fills. */
function toMaps(network: string, option: string, size: number): Layer {
  if (size % 16 !== 0) {
    throw new UserError(
      `${option}: ${size} does not fit the ${network} network, whose decoder starts from maps of 4 × 4; give a multiple of 16`,
    );
  }
  return { type: 'reshape', shape: [size / 16, 4, 4] };
}

function requireHiddenLayers(network: ImageNetwork, hiddenSizes: readonly number[]): void {
  const most = IMAGE_NETWORKS[network].hiddenSizes.length;
  if (hiddenSizes.length <= most) return;
  throw new UserError(
    `hiddenSizes: [${hiddenSizes}] does not fit the ${network} network, which has ${most === 0 ? 'no' : 'one'} dense layer before its ` +
      'last; leave it out',
  );
}

/** @throws UserError where samples do not have the shape that a network takes */
export function requireImage(network: ImageNetwork, input: SampleShape): void {
  const expected = IMAGE_NETWORKS[network].shape;
  if (input.join() !== expected.join()) {
    throw new UserError(
      `network: ${network} takes samples of [${expected}], not [${input}]; choose another network`,
    );
  }
}
