import { describe, expect, test } from '@jest/globals';
import { type SampleShape, sampleSize } from '../data/dataset.js';
import { UserError } from '../errors.js';
import { randomStream } from '../random.js';
import { type Architecture, buildNetworks } from './architectures.js';
import { initialWeights } from './initialize.js';
import type { Layer, Network } from './network.js';
import { layerShapes } from './shapes.js';

/** A layer in short: C8 is a convolution with 8 filters, T4p3 a transposed one with padding 3, D32 a dense layer of 32 units. */
function short(layer: Layer): string {
  switch (layer.type) {
    case 'convolution':
      return `C${layer.filters}`;
    case 'transposedConvolution':
      return `T${layer.filters}p${layer.padding}`;
    case 'dense':
      return `D${layer.units}`;
    case 'reshape':
      return `R${layer.shape.join('x')}`;
    case 'batchNormalization':
      return 'BN';
    case 'leakyRelu':
      return 'LR';
    case 'maxPooling':
      return 'MP';
    case 'upSampling':
      return 'UP';
    case 'sigmoid':
      return 'S';
  }
}

const layersOf = ({ layers }: Network) => layers.map(short).join(' ');

/** The numbers of weights of the layers that have some. */
const weightsOf = (network: Network) =>
  initialWeights(network, randomStream(1, 'weights')).flatMap(({ kernel }) =>
    kernel ? [kernel.length] : [],
  );

interface Family {
  readonly architecture: Architecture;
  readonly input: SampleShape;
  /** As the paper's appendix lists them, in short. */
  readonly encoder: string;
  readonly decoder: string;
  readonly encoderWeights: readonly number[];
  readonly decoderWeights: readonly number[];
  /** The largest maps of the encoder and of the decoder on the way. */
  readonly shapes: readonly SampleShape[];
}

/** All kernels are 5 × 5; there are no biases, and batch normalization learns nothing. */
const FAMILIES: readonly Family[] = [
  {
    architecture: { network: 'mnist', hiddenSizes: [], representationSize: 32 },
    input: [1, 28, 28],
    encoder: 'C8 BN LR MP C4 BN LR MP D32',
    decoder: 'R2x4x4 LR UP T4p2 BN LR UP T8p3 BN LR UP T1p2 S',
    encoderWeights: [1 * 8 * 25, 8 * 4 * 25, 4 * 7 * 7 * 32],
    decoderWeights: [2 * 4 * 25, 4 * 8 * 25, 8 * 1 * 25],
    shapes: [
      [8, 28, 28],
      [8, 14, 14],
      [4, 14, 14],
      [4, 7, 7],
      [2, 4, 4],
      [4, 8, 8],
      [8, 14, 14],
    ],
  },
  {
    architecture: { network: 'fashion-mnist', hiddenSizes: [], representationSize: 64 },
    input: [1, 28, 28],
    encoder: 'C16 BN LR MP C32 BN LR MP D128 BN LR D64',
    decoder: 'D128 BN R8x4x4 LR UP T32p2 BN LR UP T16p3 BN LR UP T1p2 S',
    encoderWeights: [1 * 16 * 25, 16 * 32 * 25, 32 * 7 * 7 * 128, 128 * 64],
    decoderWeights: [64 * 128, 8 * 32 * 25, 32 * 16 * 25, 16 * 1 * 25],
    shapes: [
      [16, 28, 28],
      [16, 14, 14],
      [32, 14, 14],
      [32, 7, 7],
      [8, 4, 4],
      [32, 8, 8],
      [16, 14, 14],
    ],
  },
  {
    architecture: { network: 'cifar10', hiddenSizes: [], representationSize: 128 },
    input: [3, 32, 32],
    encoder: 'C32 BN LR MP C64 BN LR MP C128 BN LR MP D128',
    decoder: 'R8x4x4 LR T128p2 BN LR UP T64p2 BN LR UP T32p2 BN LR UP T3p2 S',
    encoderWeights: [3 * 32 * 25, 32 * 64 * 25, 64 * 128 * 25, 128 * 4 * 4 * 128],
    decoderWeights: [8 * 128 * 25, 128 * 64 * 25, 64 * 32 * 25, 32 * 3 * 25],
    shapes: [
      [32, 32, 32],
      [64, 16, 16],
      [128, 8, 8],
      [128, 4, 4],
      [8, 4, 4],
      [64, 8, 8],
      [32, 16, 16],
    ],
  },
  {
    // Satellite's.
    architecture: { network: 'mlp', hiddenSizes: [32, 16], representationSize: 8 },
    input: [36],
    encoder: 'D32 BN LR D16 BN LR D8',
    decoder: 'D16 BN LR D32 BN LR D36 S',
    encoderWeights: [36 * 32, 32 * 16, 16 * 8],
    decoderWeights: [8 * 16, 16 * 32, 32 * 36],
    shapes: [[32], [16]],
  },
];

describe.each(FAMILIES)('the network of $architecture.network', (family) => {
  const { architecture, input } = family;
  const { encoder, decoder } = buildNetworks(architecture, input);

  test('has the layers of the paper', () => {
    expect(layersOf(encoder)).toBe(family.encoder);
    expect(layersOf(decoder)).toBe(family.decoder);
    for (const layer of [...encoder.layers, ...decoder.layers]) {
      if (layer.type === 'convolution') expect(layer).toMatchObject({ kernel: 5, padding: 2 });
      if (layer.type === 'transposedConvolution') expect(layer.kernel).toBe(5);
    }
  });

  test('has as many weights', () => {
    expect(weightsOf(encoder)).toEqual(family.encoderWeights);
    expect(weightsOf(decoder)).toEqual(family.decoderWeights);
  });

  test('makes a representation of a sample, and a sample of that, by way of these shapes', () => {
    const [down, up] = [layerShapes(encoder), layerShapes(decoder)];
    expect(down.at(-1)).toEqual([architecture.representationSize]);
    expect(up.at(-1)).toEqual(input);
    for (const shape of family.shapes) expect([...down, ...up]).toContainEqual(shape);
  });
});

test("weights begin as PyTorch draws them: uniform, within 1/√fan_in, or within Xavier's bound in CIFAR-10's decoder", () => {
  const largest = ({ architecture, input }: Family, part: 'encoder' | 'decoder') =>
    initialWeights(buildNetworks(architecture, input)[part], randomStream(1, 'weights')).flatMap(
      ({ kernel }) => (kernel ? [kernel.reduce((most, value) => Math.max(most, Math.abs(value)), 0)] : []),
    );
  const near = (found: readonly number[], bounds: readonly number[]) => {
    expect(found).toHaveLength(bounds.length);
    for (const [i, bound] of bounds.entries()) {
      expect(found[i]).toBeLessThanOrEqual(Math.fround(bound));
      expect(found[i]).toBeGreaterThan(0.95 * bound);
    }
  };
  const [mnist, , cifar] = FAMILIES;
  const root = (inputs: number) => 1 / Math.sqrt(inputs);
  near(largest(mnist, 'encoder'), [root(25), root(8 * 25), root(4 * 7 * 7)]);
  near(largest(mnist, 'decoder'), [root(4 * 25), root(8 * 25), root(25)]);
  const xavier = (a: number, b: number) => Math.sqrt(2 / (1 + 0.01 ** 2)) * Math.sqrt(6 / (25 * (a + b)));
  near(largest(cifar, 'decoder'), [xavier(8, 128), xavier(128, 64), xavier(64, 32), xavier(32, 3)]);
});

test('batch normalization begins with mean 0 and variance 1 of each channel', () => {
  const { encoder } = buildNetworks(FAMILIES[0].architecture, [1, 28, 28]);
  const statistics = initialWeights(encoder, randomStream(1, 'weights'))[1];
  expect(statistics).toEqual({ mean: new Float32Array(8), variance: new Float32Array(8).fill(1) });
});

test('the slope of the leaky ReLU is that of every one, 0.01 where nothing is said', () => {
  const slopes = (architecture: Architecture, input: SampleShape) => {
    const { encoder, decoder } = buildNetworks(architecture, input);
    return [...encoder.layers, ...decoder.layers].flatMap((layer) =>
      layer.type === 'leakyRelu' ? [layer.slope] : [],
    );
  };
  for (const { architecture, input } of FAMILIES) {
    expect(new Set(slopes(architecture, input))).toEqual(new Set([0.01]));
    expect(new Set(slopes({ ...architecture, leakyReluSlope: 0.1 }, input))).toEqual(new Set([0.1]));
  }
});

test("Fashion-MNIST's dense layers may be 64 and 32 wide, as in the paper's text", () => {
  const { encoder, decoder } = buildNetworks(
    { network: 'fashion-mnist', hiddenSizes: [64], representationSize: 32 },
    [1, 28, 28],
  );
  expect(layersOf(encoder)).toBe('C16 BN LR MP C32 BN LR MP D64 BN LR D32');
  expect(layersOf(decoder)).toBe('D64 BN R4x4x4 LR UP T32p2 BN LR UP T16p3 BN LR UP T1p2 S');
});

test('Glorot weights are bounded by what goes in and out, in every layer', () => {
  const bound = (ins: number, outs: number) => Math.sqrt(6 / (ins + outs));
  for (const { architecture, input } of FAMILIES) {
    const { encoder, decoder } = buildNetworks(architecture, input);
    for (const network of [encoder, decoder]) {
      const shapes = layerShapes(network);
      const weights = initialWeights(network, randomStream(1, 'weights'), 'glorot');
      network.layers.forEach((layer, i) => {
        const { kernel } = weights[i];
        if (!kernel) return;
        const [ins, outs] =
          layer.type === 'dense'
            ? [sampleSize(shapes[i]), layer.units]
            : [25 * shapes[i][0], 25 * shapes[i + 1][0]];
        const greatest = kernel.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
        expect(greatest).toBeLessThanOrEqual(Math.fround(bound(ins, outs)));
        expect(greatest).toBeGreaterThan(0.9 * bound(ins, outs));
      });
    }
  }
});

test.each<[string, Architecture, SampleShape, string]>([
  [
    'images of another size',
    { network: 'mnist', hiddenSizes: [], representationSize: 32 },
    [1, 32, 32],
    'network: mnist takes samples of [1,28,28], not [1,32,32]',
  ],
  [
    'a representation that fills no maps',
    { network: 'cifar10', hiddenSizes: [], representationSize: 100 },
    [3, 32, 32],
    'representationSize: 100 does not fit the cifar10 network',
  ],
  [
    'hidden layers of a network that has none',
    { network: 'mnist', hiddenSizes: [64], representationSize: 32 },
    [1, 28, 28],
    'hiddenSizes: [64] does not fit the mnist network, which has no dense layer before its last',
  ],
  [
    'a hidden layer that fills no maps',
    { network: 'fashion-mnist', hiddenSizes: [100], representationSize: 32 },
    [1, 28, 28],
    'hiddenSizes: 100 does not fit the fashion-mnist network',
  ],
])('%s are refused', (_what, architecture, input, message) => {
  expect(() => buildNetworks(architecture, input)).toThrow(UserError);
  expect(() => buildNetworks(architecture, input)).toThrow(message);
});
