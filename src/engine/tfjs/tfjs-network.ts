import type { Tensor, Variable } from '@tensorflow/tfjs';
import { sampleSize } from '../../data/dataset.js';
import type { Network, Weights } from '../../networks/network.js';
import { layerShapes } from '../../networks/shapes.js';
import { sampleCount } from '../checks.js';
import type { Model } from '../engine.js';
import type { Statistics } from './batch-normalization.js';
import { applyLayer, toChannelsFirst, toChannelsLast } from './layers.js';
import { Parameters } from './parameters.js';
import type { TensorFlow } from './tensorflow.js';

/** Samples that an evaluation takes at once. */
const EVALUATION_BATCH = 512;

/** A network and its weights in TensorFlow.js operations: a model but for its training. */
export class TfjsNetwork implements Omit<Model, 'train'> {
  readonly parameters: Parameters;
  /** All that outlives an operation. */
  private readonly variables: Variable[] = [];

  constructor(
    readonly tf: TensorFlow,
    readonly network: Network,
    weights: Weights,
  ) {
    this.parameters = new Parameters(tf, network, weights, (make) => this.resident(make));
  }

  /** A variable that stays on the device as long as the model does. */
  resident(make: () => Tensor): Variable {
    const variable = this.tf.tidy(() => this.tf.variable(make(), false));
    this.variables.push(variable);
    return variable;
  }

  /**
   * The network's output for a batch laid out as `toChannelsLast` does.
   *
   * @param weights those of `Parameters.trainedTensors`
   * @param measured is given the statistics of the batch at each batch normalization, which uses them; where it is absent,
   *   running statistics are used
   */
  forward(batch: Tensor, weights: readonly Tensor[], measured?: (statistics: Statistics) => void): Tensor {
    const { tf, network, parameters } = this;
    const shapes = layerShapes(network);
    const trained = parameters.byLayer(weights);
    const running = measured ? [] : parameters.runningStatistics();
    return network.layers.reduce(
      (input, layer, i) =>
        applyLayer(tf, layer, input, shapes[i], { ...trained[i], running: running[i], measured }),
      batch,
    );
  }

  /** The values of a tensor. */
  async read(tensor: Tensor): Promise<Float32Array> {
    return (await tensor.data()) as Float32Array;
  }

  weights(): Promise<Weights> {
    return this.parameters.snapshot((tensor) => this.read(tensor));
  }

  async predict(samples: Float32Array): Promise<Float32Array> {
    const { tf, network, parameters } = this;
    const shapes = layerShapes(network);
    const [inputShape, outputShape] = [shapes[0], shapes[shapes.length - 1]];
    const [inputSize, outputSize] = [sampleSize(inputShape), sampleSize(outputShape)];
    const count = sampleCount(network, samples);
    const predictions = new Float32Array(count * outputSize);
    for (let first = 0; first < count; first += EVALUATION_BATCH) {
      const chosen = samples.slice(first * inputSize, (first + EVALUATION_BATCH) * inputSize);
      const output = tf.tidy(() => {
        const rows = tf.tensor2d(chosen, [chosen.length / inputSize, inputSize]);
        const input = toChannelsLast(tf, rows, inputShape);
        return toChannelsFirst(tf, this.forward(input, parameters.trainedTensors()), outputShape);
      });
      predictions.set(await this.read(output), first * outputSize);
      output.dispose();
    }
    return predictions;
  }

  dispose(): void {
    this.tf.dispose(this.variables);
  }
}
