import { expect, test } from '@jest/globals';
import type { SampleShape } from '../data/dataset.js';
import { buildNetworks } from '../networks/architectures.js';
import type { Layer } from '../networks/network.js';
import { fuseLayers } from './fused-layers.js';
import {
  convolution,
  dense,
  leakyRelu,
  maxPooling,
  normalization,
  sigmoid,
  transposed,
  upSampling,
} from './testing/layers.js';

/** Fused layers in a line each. */
function fused(input: SampleShape, ...layers: Layer[]): string[] {
  return fuseLayers({ input, layers }).map((each) => {
    if (each.kind === 'sigmoid') return `sigmoid of [${each.input}]`;
    if (each.kind === 'product') {
      const { upSampled, layer, index } = each;
      return `${upSampled ? 'up ' : ''}${layer.type} ${index}: [${each.input}] to [${each.output}]`;
    }
    const { normalization, slope, maxPooling } = each;
    const parts = [`norm ${normalization}`, slope < 1 && `leaky ${slope}`, maxPooling && 'pool'];
    return `${parts.filter(Boolean).join(' ')} of [${each.input}]`;
  });
}

test('the layers of MNIST', () => {
  const shape: SampleShape = [1, 28, 28];
  const { encoder, decoder } = buildNetworks(
    { network: 'mnist', hiddenSizes: [], representationSize: 32 },
    shape,
  );
  expect(fused(shape, ...encoder.layers, ...decoder.layers)).toEqual([
    'convolution 0: [1,28,28] to [8,28,28]',
    'norm 1 leaky 0.01 pool of [8,28,28]',
    'convolution 4: [8,14,14] to [4,14,14]',
    'norm 5 leaky 0.01 pool of [4,14,14]',
    'dense 8: [4,7,7] to [32]',
    'norm undefined leaky 0.01 of [2,4,4]',
    'up transposedConvolution 12: [2,4,4] to [4,8,8]',
    'norm 13 leaky 0.01 of [4,8,8]',
    'up transposedConvolution 16: [4,8,8] to [8,14,14]',
    'norm 17 leaky 0.01 of [8,14,14]',
    'up transposedConvolution 20: [8,14,14] to [1,28,28]',
    'sigmoid of [1,28,28]',
  ]);
});

test('what follows each other is fused, each kind once', () => {
  const image: SampleShape = [2, 4, 4];
  expect(fused(image, leakyRelu, maxPooling, maxPooling)).toEqual([
    'norm undefined leaky 0.1 pool of [2,4,4]',
    'norm undefined pool of [2,2,2]',
  ]);
  expect(fused(image, normalization, maxPooling, leakyRelu, leakyRelu)).toEqual([
    'norm 0 pool of [2,4,4]',
    'norm undefined leaky 0.1 of [2,2,2]',
    'norm undefined leaky 0.1 of [2,2,2]',
  ]);
  expect(fused([3], dense(4), dense(5), sigmoid)).toEqual([
    'dense 0: [3] to [4]',
    'dense 1: [4] to [5]',
    'sigmoid of [5]',
  ]);
});

test('reshaping parts pooling from what has another shape, and nothing else', () => {
  const reshape: Layer = { type: 'reshape', shape: [2, 4, 4] };
  expect(fused([32], normalization, reshape, leakyRelu, maxPooling)).toEqual([
    'norm 0 leaky 0.1 of [32]',
    'norm undefined pool of [2,4,4]',
  ]);
  expect(fused([2, 4, 4], reshape, leakyRelu, maxPooling)).toEqual([
    'norm undefined leaky 0.1 pool of [2,4,4]',
  ]);
});

test('up-sampling belongs to the convolution behind it', () => {
  expect(fused([2, 3, 3], upSampling, transposed(4, 5, 2), upSampling, convolution(1, 3, 1))).toEqual([
    'up transposedConvolution 1: [2,3,3] to [4,6,6]',
    'up convolution 3: [4,6,6] to [1,12,12]',
  ]);
  for (const layers of [[upSampling], [upSampling, leakyRelu], [upSampling, upSampling]]) {
    expect(() => fused([2, 3, 3], ...layers)).toThrow('up-sampling must be followed by a convolution');
  }
});

test('nothing may read what a sigmoid has overwritten', () => {
  for (const behind of [dense(4), normalization, leakyRelu, sigmoid]) {
    expect(() => fused([3], dense(4), sigmoid, behind)).toThrow('a sigmoid must be the last layer');
  }
});
