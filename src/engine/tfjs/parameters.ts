import type { Tensor, Tensor1D, Variable } from '@tensorflow/tfjs';
import { type SampleShape, sampleSize } from '../../data/dataset.js';
import { elementCount } from '../../data/formats/numeric-array.js';
import {
  type Layer,
  type LayerWeights,
  type Network,
  TRAINED_WEIGHTS,
  type Weights,
} from '../../networks/network.js';
import { layerShapes } from '../../networks/shapes.js';
import type { Statistics } from './batch-normalization.js';
import type { TensorFlow } from './tensorflow.js';

/**
 * A network's weights on the device, in two arrays, so that one operation updates all layers: a GPU is fast at few large
 * operations.
 */
export class Parameters {
  /** Every kernel and bias, one after the other in the layers' order, each as TensorFlow has it. */
  readonly trained: Variable;
  /** The running means of all batch normalizations, then their running variances. */
  readonly running: Variable;
  private readonly places: readonly TrainedPlace[];
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
    this.places = trainedPlaces(network, shapes);
    this.normalizations = normalizations(network, shapes);
    this.channels = this.normalizations.reduce((sum, { channels }) => sum + channels, 0);
    const joined = (arrays: Tensor[]) => (arrays.length > 0 ? tf.concat(arrays) : tf.zeros([0]));
    this.trained = resident(() =>
      joined(
        this.places.map(({ layer, name, shape }) =>
          tf.transpose(tf.tensor4d(weights[layer][name].slice(), [...shape]), TO_TENSORFLOW).flatten(),
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

  /** The kernel, then the bias, of each layer that has them, in the layers' order. */
  trainedTensors(): Tensor[] {
    return this.places.map(({ start, shape, dense }) => {
      const [a, b, ky, kx] = shape;
      const values = this.tf.slice(this.trained as Tensor1D, start, a * b * ky * kx);
      return values.reshape(dense ? [b * ky * kx, a] : [ky, kx, b, a]);
    });
  }

  /** Spreads one thing for each of `trainedTensors` over the layers, by name. */
  byLayer<T>(ofTrained: readonly T[]): Partial<Record<TrainedPlace['name'], T>>[] {
    const layers = Array.from(
      { length: this.layerCount },
      (): Partial<Record<TrainedPlace['name'], T>> => ({}),
    );
    this.places.forEach(({ layer, name }, i) => {
      layers[layer][name] = ofTrained[i];
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
    const trained = tf.tidy(() =>
      this.trainedTensors().map((weights, i) => {
        const [a, b, ky, kx] = this.places[i].shape;
        return tf.transpose(weights.reshape([ky, kx, b, a]), FROM_TENSORFLOW);
      }),
    );
    const running = await read(this.running);
    const layers: Record<string, Float32Array>[] = Array.from({ length: this.layerCount }, () => ({}));
    for (const [i, { layer, name }] of this.places.entries()) {
      layers[layer][name] = await read(trained[i]);
    }
    tf.dispose(trained);
    for (const { layer, start, channels: own } of this.normalizations) {
      layers[layer].mean = running.slice(start, start + own);
      layers[layer].variance = running.slice(channels + start, channels + start + own);
    }
    return layers satisfies LayerWeights[];
  }
}

/** A kernel or bias within the array of all. */
interface TrainedPlace {
  readonly layer: number;
  readonly name: (typeof TRAINED_WEIGHTS)[number];
  readonly start: number;
  /** In PyTorch's order. That of a dense layer is a kernel as large as the image that it takes, or 1 × 1; its bias is one of a single input. */
  readonly shape: readonly [number, number, number, number];
  readonly dense: boolean;
}

/** From PyTorch's [out][in][y][x], or [in][out][y][x] where transposed, to TensorFlow's [y][x][in][out], or [y][x][out][in]. */
const TO_TENSORFLOW = [2, 3, 1, 0];
const FROM_TENSORFLOW = [3, 2, 0, 1];

function trainedPlaces({ layers }: Network, shapes: readonly SampleShape[]): TrainedPlace[] {
  const places: TrainedPlace[] = [];
  let start = 0;
  for (const [layer, description] of layers.entries()) {
    const dense = description.type === 'dense';
    const shapeOf = {
      kernel: kernelShape(description, shapes[layer]),
      bias: dense && description.bias ? ([description.units, 1, 1, 1] as const) : undefined,
    };
    for (const name of TRAINED_WEIGHTS) {
      const shape = shapeOf[name];
      if (!shape) continue;
      places.push({ layer, name, start, shape, dense });
      start += elementCount(shape);
    }
  }
  return places;
}

function kernelShape(layer: Layer, input: SampleShape): TrainedPlace['shape'] | undefined {
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
