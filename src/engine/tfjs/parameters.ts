import type { Tensor, Tensor1D, Variable } from '@tensorflow/tfjs';
import { type SampleShape, sampleSize } from '../../data/dataset.js';
import type { Layer, LayerWeights, Network, Weights } from '../../networks/network.js';
import { layerShapes } from '../../networks/shapes.js';
import type { Statistics } from './batch-normalization.js';
import type { TensorFlow } from './tensorflow.js';

/**
 * A network's weights on the device, in two arrays, so that one operation updates all layers: a GPU is fast at few large
 * operations.
 */
export class Parameters {
  /** Every kernel, one after the other in the layers' order, each as TensorFlow has it. */
  readonly kernels: Variable;
  /** The running means of all batch normalizations, then their running variances. */
  readonly running: Variable;
  private readonly kernelPlaces: readonly KernelPlace[];
  private readonly normalizations: readonly Normalization[];
  /** Channels of all batch normalizations together. */
  private readonly channels: number;
  private readonly layerCount: number;

  constructor(
    private readonly tf: TensorFlow,
    network: Network,
    weights: Weights,
    /** `TfjsNetwork.resident` */
    resident: (make: () => Tensor) => Variable,
  ) {
    const shapes = layerShapes(network);
    this.layerCount = network.layers.length;
    this.kernelPlaces = kernelPlaces(network, shapes);
    this.normalizations = normalizations(network, shapes);
    this.channels = this.normalizations.reduce((sum, { channels }) => sum + channels, 0);
    const joined = (arrays: Tensor[]) => (arrays.length > 0 ? tf.concat(arrays) : tf.zeros([0]));
    this.kernels = resident(() =>
      joined(
        this.kernelPlaces.map(({ layer, shape }) =>
          tf.transpose(tf.tensor4d(weights[layer].kernel.slice(), [...shape]), TO_TENSORFLOW).flatten(),
        ),
      ),
    );
    this.running = resident(() =>
      joined(
        ['mean', 'variance'].flatMap((name) =>
          this.normalizations.map(({ layer }) => tf.tensor1d(weights[layer][name].slice())),
        ),
      ),
    );
  }

  /** The kernel of each layer that has one, in the layers' order. */
  kernelTensors(): Tensor[] {
    return this.kernelPlaces.map(({ start, shape, dense }) => {
      const [a, b, ky, kx] = shape;
      const values = this.tf.slice(this.kernels as Tensor1D, start, a * b * ky * kx);
      return values.reshape(dense ? [b * ky * kx, a] : [ky, kx, b, a]);
    });
  }

  /** Spreads one thing for each kernel over the layers: undefined where a layer has no kernel. */
  byLayer<T>(ofKernels: readonly T[]): (T | undefined)[] {
    const layers = new Array<T | undefined>(this.layerCount).fill(undefined);
    this.kernelPlaces.forEach(({ layer }, i) => {
      layers[layer] = ofKernels[i];
    });
    return layers;
  }

  /** The running statistics of each layer; undefined where it does not normalize. */
  runningStatistics(): (Statistics | undefined)[] {
    const layers = new Array<Statistics | undefined>(this.layerCount).fill(undefined);
    const part = (start: number, size: number) => this.tf.slice(this.running as Tensor1D, start, size);
    for (const { layer, start, channels } of this.normalizations) {
      layers[layer] = { mean: part(start, channels), variance: part(this.channels + start, channels) };
    }
    return layers;
  }

  /**
   * What the running statistics take from those of a batch: for each entry of `running`, the factor of the batch's entry.
   *
   * @param momentum the share of a batch in the running statistics
   */
  statisticsShares(batch: number, momentum: number): Float32Array {
    const shares = new Float32Array(2 * this.channels).fill(momentum);
    for (const { start, channels, positions } of this.normalizations) {
      const count = batch * positions;
      // As in PyTorch, running variances are of the population, so unbiased.
      const unbiased = count / Math.max(1, count - 1);
      shares.fill(momentum * unbiased, this.channels + start, this.channels + start + channels);
    }
    return shares;
  }

  /** A copy of all weights, as `read` reads tensors. */
  async snapshot(read: (tensor: Tensor) => Promise<Float32Array>): Promise<Weights> {
    const { tf, channels } = this;
    const kernels = tf.tidy(() =>
      this.kernelTensors().map((kernel, i) => {
        const [a, b, ky, kx] = this.kernelPlaces[i].shape;
        return tf.transpose(kernel.reshape([ky, kx, b, a]), FROM_TENSORFLOW);
      }),
    );
    const running = await read(this.running);
    const layers: Record<string, Float32Array>[] = Array.from({ length: this.layerCount }, () => ({}));
    for (const [i, { layer }] of this.kernelPlaces.entries()) {
      layers[layer].kernel = await read(kernels[i]);
    }
    tf.dispose(kernels);
    for (const { layer, start, channels: own } of this.normalizations) {
      layers[layer].mean = running.slice(start, start + own);
      layers[layer].variance = running.slice(channels + start, channels + start + own);
    }
    return layers satisfies LayerWeights[];
  }
}

/** A kernel within the array of all. */
interface KernelPlace {
  readonly layer: number;
  readonly start: number;
  /** In PyTorch's order. That of a dense layer is a kernel as large as the image that it takes, or 1 × 1. */
  readonly shape: readonly [number, number, number, number];
  readonly dense: boolean;
}

/** From PyTorch's [out][in][y][x], or [in][out][y][x] where transposed, to TensorFlow's [y][x][in][out], or [y][x][out][in]. */
const TO_TENSORFLOW = [2, 3, 1, 0];
const FROM_TENSORFLOW = [3, 2, 0, 1];

function kernelPlaces({ layers }: Network, shapes: readonly SampleShape[]): KernelPlace[] {
  const places: KernelPlace[] = [];
  let start = 0;
  for (const [layer, description] of layers.entries()) {
    const shape = kernelShape(description, shapes[layer]);
    if (!shape) continue;
    places.push({ layer, start, shape, dense: description.type === 'dense' });
    start += shape.reduce((product, extent) => product * extent, 1);
  }
  return places;
}

function kernelShape(layer: Layer, input: SampleShape): KernelPlace['shape'] | undefined {
  switch (layer.type) {
    case 'dense':
      return input.length === 3 ? [layer.units, ...input] : [layer.units, input[0], 1, 1];
    case 'convolution':
      return [layer.filters, input[0], layer.kernel, layer.kernel];
    case 'transposedConvolution':
      return [input[0], layer.filters, layer.kernel, layer.kernel];
    default:
      return undefined;
  }
}

/** A batch normalization's part of the running means. */
interface Normalization {
  readonly layer: number;
  readonly start: number;
  readonly channels: number;
  /** Values of a sample in each channel. */
  readonly positions: number;
}

function normalizations({ layers }: Network, shapes: readonly SampleShape[]): Normalization[] {
  const found: Normalization[] = [];
  let start = 0;
  for (const [layer, { type }] of layers.entries()) {
    if (type !== 'batchNormalization') continue;
    const [channels] = shapes[layer];
    found.push({ layer, start, channels, positions: sampleSize(shapes[layer]) / channels });
    start += channels;
  }
  return found;
}
