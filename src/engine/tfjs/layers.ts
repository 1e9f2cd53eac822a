import type { Tensor, Tensor2D, Tensor4D } from '@tensorflow/tfjs';
import type { SampleShape } from '../../data/dataset.js';
import { sampleSize } from '../../data/dataset.js';
import type { Layer } from '../../networks/network.js';
import { batchNormalization, normalize, type Statistics } from './batch-normalization.js';
import { applyOperation, type Operation } from './operation.js';
import type { TensorFlow } from './tensorflow.js';

/** What a layer computes with besides its input. */
export interface LayerState {
  /** In TensorFlow's order: see `Parameters`. */
  readonly kernel?: Tensor | undefined;
  readonly bias?: Tensor | undefined;
  /** What batch normalization uses where it is not to use the statistics of the batch. */
  readonly running?: Statistics | undefined;
  /** Is given the statistics that batch normalization took from the batch, to be disposed of. */
  readonly measured?: ((statistics: Statistics) => void) | undefined;
}

/**
 * The output of one layer for a batch, differentiable by the input, the kernel and the bias. Images lie channels last, as TensorFlow's
 * kernels want them: [batch][y][x][channel].
 *
 * @param shape the shape of a sample that enters the layer, as `Network` has it
 */
export function applyLayer(
  tf: TensorFlow,
  layer: Layer,
  input: Tensor,
  shape: SampleShape,
  { kernel, bias, running, measured }: LayerState,
): Tensor {
  const batch = input.shape[0];
  switch (layer.type) {
    case 'dense': {
      const product = tf.matMul(input.reshape([batch, sampleSize(shape)]), kernel as Tensor2D);
      return bias ? tf.add(product, bias) : product;
    }
    case 'convolution':
      return convolve(tf, layer, input as Tensor4D, kernel as Tensor4D);
    case 'transposedConvolution':
      return convolveTransposed(tf, layer, input as Tensor4D, kernel as Tensor4D);
    case 'batchNormalization':
      return running
        ? normalize(tf, input, running)
        : applyOperation(tf, batchNormalization(tf, measured), input);
    case 'leakyRelu':
      return tf.leakyRelu(input, layer.slope);
    case 'maxPooling':
      return tf.maxPool(input as Tensor4D, 2, 2, 'valid');
    case 'upSampling':
      return applyOperation(tf, upSampling(tf), input);
    case 'reshape':
      return toChannelsLast(tf, toChannelsFirst(tf, input, shape), layer.shape);
    case 'sigmoid':
      return tf.sigmoid(input);
  }
}

/** A layer's kernel width and padding. */
type Extent = Readonly<Record<'kernel' | 'padding', number>>;

/** Whether the padding keeps the height and width. libtensorflow knows this padding and none, so any other is an operation more. */
function keepsSize({ kernel, padding }: Extent): boolean {
  return 2 * padding === kernel - 1;
}

function convolve(tf: TensorFlow, layer: Extent, images: Tensor4D, kernel: Tensor4D): Tensor {
  if (keepsSize(layer)) return tf.conv2d(images, kernel, 1, 'same');
  const sides: [number, number] = [layer.padding, layer.padding];
  const padded = layer.padding === 0 ? images : tf.pad(images, [[0, 0], sides, sides, [0, 0]]);
  return tf.conv2d(padded, kernel, 1, 'valid');
}

function convolveTransposed(tf: TensorFlow, layer: Extent, images: Tensor4D, kernel: Tensor4D): Tensor {
  const [batch, height, width] = images.shape;
  const channels = kernel.shape[2];
  if (keepsSize(layer)) {
    return tf.conv2dTranspose(images, kernel, [batch, height, width, channels], 1, 'same');
  }
  const growth = layer.kernel - 1;
  const whole = tf.conv2dTranspose(
    images,
    kernel,
    [batch, height + growth, width + growth, channels],
    1,
    'valid',
  );
  const { padding } = layer;
  const kept = growth - 2 * padding;
  return tf.slice(whole, [0, padding, padding, 0], [batch, height + kept, width + kept, channels]);
}

/**
 * Nearest-neighbour up-sampling to twice the height and width. The gradient of tfjs-backend-cpu 4.22 would not do: it is wrong for all
 * samples but the first.
 */
function upSampling(tf: TensorFlow): Operation {
  return {
    forward: (input) => {
      const [, height, width] = input.shape;
      const value = tf.image.resizeNearestNeighbor(input as Tensor4D, [2 * height, 2 * width]);
      return { value, saved: [] };
    },
    gradient: (dy) => tf.mul(tf.avgPool(dy as Tensor4D, 2, 2, 'valid'), 4),
  };
}

/** The shape of a batch of such samples, images channels last. */
export function batchShape(batch: number, shape: SampleShape): number[] {
  if (shape.length === 1) return [batch, shape[0]];
  const [channels, height, width] = shape;
  return [batch, height, width, channels];
}

/** A batch whose samples are flat, images channel by channel, with images channels last. */
export function toChannelsLast(tf: TensorFlow, flat: Tensor, shape: SampleShape): Tensor {
  if (shape.length === 1) return flat;
  const batch = flat.shape[0];
  const [channels, height, width] = shape;
  if (channels === 1) return flat.reshape(batchShape(batch, shape));
  return tf.transpose(flat.reshape([batch, channels, height, width]), [0, 2, 3, 1]);
}

/** The inverse of `toChannelsLast`. */
export function toChannelsFirst(tf: TensorFlow, input: Tensor, shape: SampleShape): Tensor {
  const planes = shape.length === 1 || shape[0] === 1 ? input : tf.transpose(input, [0, 3, 1, 2]);
  return planes.reshape([input.shape[0], sampleSize(shape)]);
}
