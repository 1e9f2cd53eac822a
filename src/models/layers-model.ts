import { type SampleShape, sampleSize } from '../data/dataset.js';
import { elementCount } from '../data/formats/numeric-array.js';
import type { LayerWeights, Weights } from '../networks/network.js';
import { BATCH_NORMALIZATION_EPSILON, type Layer, type Network } from '../networks/network.js';
import { imageShape, layerShapes } from '../networks/shapes.js';
import { inverse, transpose } from './transpose.js';

/**
 * A network as a TensorFlow.js layers model, which plain `tf.loadLayersModel` reads. TensorFlow.js holds images channels last,
 * [height, width, channels], and so does the model at its input and output; vectors have the order of ours.
 */
export interface LayersModel {
  /** The content of model.json, which names the file of the weights. */
  readonly json: string;
  /** The content of that file. */
  readonly weights: Uint8Array;
}

/** The name of the weights' file, beside model.json. */
export const WEIGHTS_FILE = 'weights.bin';

/** A layer of the model as Keras describes it. */
interface LayerDescription {
  readonly class_name: string;
  readonly config: Readonly<Record<string, unknown>>;
}

/** An array of weights of the model, and where it comes from. */
interface Tensor {
  readonly name: string;
  /** Which layer of the network it belongs to, and what that layer calls it. */
  readonly layer: number;
  readonly key: string;
  /** The axes of the array as the network has it. */
  readonly shape: readonly number[];
  /** Which of these each axis of the model's array is. */
  readonly axes: readonly number[];
}

/** Writes a trained network as a layers model. */
export function toLayersModel(network: Network, weights: Weights): LayersModel {
  const tensors = tensorsOf(network);
  const json = {
    format: 'layers-model',
    generatedBy: 'deepsad',
    convertedBy: null,
    modelTopology: {
      class_name: 'Sequential',
      config: { name: 'network', layers: describeLayers(network) },
      keras_version: '2.15.0',
      backend: 'tensorflow',
    },
    weightsManifest: [
      {
        paths: [WEIGHTS_FILE],
        weights: tensors.map(({ name, shape, axes }) => ({
          name,
          shape: axes.map((axis) => shape[axis]),
          dtype: 'float32',
        })),
      },
    ],
  };
  const values = tensors.map(({ layer, key, shape, axes }) => transpose(weights[layer][key], shape, axes));
  return { json: JSON.stringify(json), weights: littleEndian(values) };
}

/**
 * The weights of a network, from the file that `toLayersModel` made of them.
 *
 * @returns undefined where the file has another length than such a network's
 */
export function fromLayersModel(network: Network, bytes: Uint8Array): Weights | undefined {
  const weights = network.layers.map((): Record<string, Float32Array> => ({}));
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const tensors = tensorsOf(network);
  const sizes = tensors.map(({ shape }) => elementCount(shape));
  if (bytes.length !== 4 * sizes.reduce((total, size) => total + size, 0)) return undefined;
  let offset = 0;
  tensors.forEach(({ layer, key, shape, axes }, i) => {
    const values = Float32Array.from({ length: sizes[i] }, (_, j) => view.getFloat32(offset + 4 * j, true));
    offset += 4 * values.length;
    weights[layer][key] = transpose(
      values,
      axes.map((axis) => shape[axis]),
      inverse(axes),
    );
  });
  return weights satisfies readonly LayerWeights[];
}

function littleEndian(arrays: readonly Float32Array[]): Uint8Array {
  const bytes = new Uint8Array(4 * arrays.reduce((total, { length }) => total + length, 0));
  const view = new DataView(bytes.buffer);
  let offset = 0;
  for (const values of arrays) {
    for (const value of values) {
      view.setFloat32(offset, value, true);
      offset += 4;
    }
  }
  return bytes;
}

const nameOf = (layer: Layer, index: number) => `${layer.type}_${index + 1}`;

/** The arrays of the model in the order of their file. */
function tensorsOf(network: Network): Tensor[] {
  const shapes = layerShapes(network);
  return network.layers.flatMap((layer, i): Tensor[] => {
    const [inputs] = shapes[i];
    const tensor = (key: string, name: string, shape: number[], axes: number[]): Tensor => ({
      name: `${nameOf(layer, i)}/${name}`,
      layer: i,
      key,
      shape,
      axes,
    });
    switch (layer.type) {
      case 'dense':
        return [
          tensor('kernel', 'kernel', [layer.units, sampleSize(shapes[i])], [1, 0]),
          ...(layer.bias ? [tensor('bias', 'bias', [layer.units], [0])] : []),
        ];
      case 'convolution':
        return [
          tensor('kernel', 'kernel', [layer.filters, inputs, layer.kernel, layer.kernel], [2, 3, 1, 0]),
        ];
      case 'transposedConvolution':
        return [
          tensor('kernel', 'kernel', [inputs, layer.filters, layer.kernel, layer.kernel], [2, 3, 1, 0]),
        ];
      case 'batchNormalization':
        return [
          tensor('mean', 'moving_mean', [inputs], [0]),
          tensor('variance', 'moving_variance', [inputs], [0]),
        ];
      default:
        return [];
    }
  });
}

function describeLayers(network: Network): LayerDescription[] {
  const shapes = layerShapes(network);
  const input = {
    class_name: 'InputLayer',
    config: {
      batch_input_shape: [null, ...channelsLast(network.input)],
      dtype: 'float32',
      sparse: false,
      name: 'samples',
    },
  };
  return [input, ...network.layers.flatMap((layer, i) => describeLayer(layer, nameOf(layer, i), shapes[i]))];
}

/** The layers that compute what one of ours does. */
function describeLayer(layer: Layer, name: string, input: SampleShape): LayerDescription[] {
  const described = (className: string, config: Readonly<Record<string, unknown>>, suffix = '') => ({
    class_name: className,
    config: { name: `${name}${suffix}`, trainable: true, ...config },
  });
  /** Makes a vector of an image, channels first as our networks flatten them. */
  const flatten = () =>
    input.length === 1
      ? []
      : [described('Permute', { dims: [3, 1, 2] }, '_channels_first'), described('Flatten', {}, '_flatten')];
  switch (layer.type) {
    case 'dense':
      return [
        ...flatten(),
        described('Dense', { units: layer.units, activation: 'linear', use_bias: layer.bias === true }),
      ];
    case 'reshape': {
      if (layer.shape.length === 1) return flatten();
      return [
        ...flatten(),
        described('Reshape', { target_shape: [...layer.shape] }),
        described('Permute', { dims: [2, 3, 1] }, '_channels_last'),
      ];
    }
    case 'convolution': {
      const { same, padding } = paddingOf(layer);
      return [
        ...(same ? [] : [described('ZeroPadding2D', { padding, ...CHANNELS_LAST }, '_padding')]),
        described('Conv2D', convolutionConfig(layer, same)),
      ];
    }
    case 'transposedConvolution': {
      const { same, padding } = paddingOf(layer);
      return [
        described('Conv2DTranspose', convolutionConfig(layer, same)),
        ...(same ? [] : [described('Cropping2D', { cropping: padding, ...CHANNELS_LAST }, '_cropping')]),
      ];
    }
    case 'batchNormalization':
      return [
        described('BatchNormalization', {
          axis: -1,
          momentum: 0.9,
          epsilon: BATCH_NORMALIZATION_EPSILON,
          center: false,
          scale: false,
        }),
      ];
    case 'leakyRelu':
      return [described('LeakyReLU', { alpha: layer.slope })];
    case 'maxPooling':
      return [
        described('MaxPooling2D', {
          pool_size: [2, 2],
          strides: [2, 2],
          padding: 'valid',
          ...CHANNELS_LAST,
        }),
      ];
    case 'upSampling':
      return [described('UpSampling2D', { size: [2, 2], interpolation: 'nearest', ...CHANNELS_LAST })];
    case 'sigmoid':
      return [described('Activation', { activation: 'sigmoid' })];
  }
}

const CHANNELS_LAST = { data_format: 'channels_last' };

type Convolution = Extract<Layer, { readonly padding: number }>;

/** Whether a padding keeps the extent of an image; if not, what to pad or crop on each side. */
function paddingOf({ kernel, padding }: Convolution) {
  return {
    same: 2 * padding === kernel - 1,
    padding: [
      [padding, padding],
      [padding, padding],
    ],
  };
}

function convolutionConfig({ filters, kernel }: Convolution, same: boolean) {
  return {
    filters,
    kernel_size: [kernel, kernel],
    strides: [1, 1],
    padding: same ? 'same' : 'valid',
    activation: 'linear',
    use_bias: false,
    ...CHANNELS_LAST,
  };
}

function channelsLast(shape: SampleShape): number[] {
  if (shape.length === 1) return [...shape];
  const [channels, height, width] = imageShape(shape);
  return [height, width, channels];
}
