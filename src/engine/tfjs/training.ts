import type { Tensor, Tensor1D, Variable } from '@tensorflow/tfjs';
import { sampleSize } from '../../data/dataset.js';
import { BATCH_NORMALIZATION_MOMENTUM } from '../../networks/network.js';
import { checkOrder, checkTask } from '../checks.js';
import type { Training, TrainingTask } from '../engine.js';
import { type Arithmetic, followBatch, lossOf } from '../objective.js';
import { Adam } from './adam.js';
import type { Statistics } from './batch-normalization.js';
import { batchShape, toChannelsLast } from './layers.js';
import { applyOperation, type Operation } from './operation.js';
import type { TensorFlow } from './tensorflow.js';
import type { TfjsNetwork } from './tfjs-network.js';

/** Training whose samples and results stay on the device: an epoch sends its order there and reads its losses back. */
export class TfjsTraining implements Training {
  private readonly tf: TensorFlow;
  /** One sample a row, images channels last. */
  private readonly samples: Variable;
  private readonly semiTargets: Variable;
  /** The hypersphere center, where that is the target. */
  private readonly center?: Variable;
  private readonly adam: Adam;
  /** Those of the objective, at the present step. */
  private readonly numbers: number[];
  private steps = 0;

  constructor(
    private readonly model: TfjsNetwork,
    private readonly task: TrainingTask,
  ) {
    const { tf, network, parameters } = model;
    checkTask(network, task);
    const { samples, semiTargets, objective, weightDecay } = task;
    const size = sampleSize(network.input);
    const resident = (make: () => Tensor) => model.resident(make);
    this.tf = tf;
    this.samples = resident(() => {
      const rows = tf.tensor2d(samples, [samples.length / size, size]);
      return toChannelsLast(tf, rows, network.input).reshape(rows.shape);
    });
    this.semiTargets = resident(() => tf.tensor1d(Float32Array.from(semiTargets)));
    const { target } = objective;
    if (typeof target === 'object') this.center = resident(() => tf.tensor1d(target.center.slice()));
    this.adam = new Adam(tf, parameters.trained, weightDecay, resident);
    this.numbers = [...objective.numbers];
  }

  async epoch(order: Uint32Array, learningRate: number): Promise<number> {
    checkOrder(this.task, order);
    const { tf } = this;
    const { batchSize, objective } = this.task;
    const batches = Array.from({ length: Math.ceil(order.length / batchSize) }, (_, i) =>
      order.subarray(i * batchSize, (i + 1) * batchSize),
    );
    const indices = tf.tensor1d(Int32Array.from(order), 'int32');
    const unread: Tensor[] = [];
    let total = 0;
    for (const [i, batch] of batches.entries()) {
      const measures = tf.tidy(() =>
        this.step(tf.slice(indices, i * batchSize, batch.length), batch.length, learningRate),
      );
      this.steps++;
      if (objective.follows) {
        const [found] = await this.read([measures]);
        total += this.loss(found, batch);
        followBatch(objective, this.numbers, this.steps, found);
      } else {
        unread.push(measures);
      }
    }
    indices.dispose();
    const found = await this.read(unread);
    for (const [i, measures] of found.entries()) total += this.loss(measures, batches[i]);
    return total / batches.length;
  }

  /** One step on the samples that `chosen` names; returns what the loss is a function of, a number each. */
  private step(chosen: Tensor1D, batch: number, learningRate: number): Tensor {
    const { tf, model, samples, semiTargets, center } = this;
    const { parameters, network } = model;
    const rows = tf.gather(samples as Tensor, chosen);
    const labels = tf.gather(semiTargets as Tensor, chosen);
    const { target } = this.task.objective;
    const toLoss = target === 'none' ? this.outputs(labels) : this.squaredDistances(center ?? rows, labels);
    const input = rows.reshape(batchShape(batch, network.input));
    const measured: Statistics[] = [];
    const { value: measures, grads } = tf.valueAndGrads((...weights) => {
      const output = model.forward(input, weights, (statistics) => measured.push(statistics));
      return applyOperation(tf, toLoss, output.reshape([batch, -1]));
    })(parameters.trainedTensors());

    this.adam.step(tf.concat(grads.map((gradient) => gradient.flatten())), learningRate);
    if (measured.length > 0) this.follow(measured, batch);
    return measures;
  }

  /** ‖output − target‖² of each sample; the gradient by the output is that of the batch's mean loss. */
  private squaredDistances(target: Tensor, semiTargets: Tensor): Operation {
    const { tf } = this;
    return {
      forward: (output) => {
        const difference = tf.sub(output, target);
        const value = tf.sum(tf.square(difference), 1);
        return { value, saved: [difference, value] };
      },
      gradient: (_ones, [difference, distances]) => {
        const factors = tf.mul(this.slopes(distances, semiTargets), 2 / distances.size);
        return tf.mul(difference, factors.rank === 0 ? factors : factors.expandDims(1));
      },
    };
  }

  /** The one output of each sample; the gradient by it is that of the batch's mean loss. */
  private outputs(semiTargets: Tensor): Operation {
    const { tf } = this;
    return {
      forward: (output) => {
        const value = output.reshape([-1]);
        return { value, saved: [value] };
      },
      gradient: (_ones, [value]) =>
        tf.mul(this.slopes(value, semiTargets), 1 / value.size).reshape([value.size, 1]),
    };
  }

  private slopes(measures: Tensor, semiTargets: Tensor): Tensor {
    const arithmetic = arithmeticOf(this.tf);
    const numbers = this.numbers.map(arithmetic.constant);
    return this.task.objective.slopeIn(arithmetic, measures, semiTargets, numbers);
  }

  /** Lets the running statistics follow those of a batch, which are disposed of. */
  private follow(measured: readonly Statistics[], batch: number): void {
    const { tf } = this;
    const { running } = this.model.parameters;
    const statistics = [...measured.map(({ mean }) => mean), ...measured.map(({ variance }) => variance)];
    const shares = this.model.parameters.statisticsShares(batch, BATCH_NORMALIZATION_MOMENTUM);
    running.assign(
      tf.add(
        tf.mul(running, 1 - BATCH_NORMALIZATION_MOMENTUM),
        tf.mul(tf.concat(statistics), tf.tensor1d(shares)),
      ),
    );
    tf.dispose(statistics);
  }

  /** The mean loss of a batch of which these are the squared distances, or outputs, by the present numbers. */
  private loss(measures: Float32Array, batch: Uint32Array): number {
    const { objective, semiTargets } = this.task;
    let sum = 0;
    for (const [i, measure] of measures.entries()) {
      sum += lossOf(objective, measure, semiTargets[batch[i]], this.numbers);
    }
    return sum / batch.length;
  }

  /** The squared distances, or outputs, of batches, of which the last alone may be incomplete, read at once; disposes of them. */
  private async read(vectors: Tensor[]): Promise<Float32Array[]> {
    const { tf } = this;
    if (vectors.length === 0) return [];
    const whole = tf.concat1d(vectors as Tensor1D[]);
    const values = await this.model.read(whole);
    tf.dispose([whole, ...vectors]);
    const { batchSize } = this.task;
    return vectors.map((_, i) => values.subarray(i * batchSize, (i + 1) * batchSize));
  }
}

/** Arithmetic on tensors. */
function arithmeticOf(tf: TensorFlow): Arithmetic<Tensor> {
  return {
    constant: (value) => tf.scalar(value),
    add: (a, b) => tf.add(a, b),
    multiply: (a, b) => tf.mul(a, b),
    divide: (a, b) => tf.div(a, b),
    softplus: (a) => tf.softplus(a),
    sigmoid: (a) => tf.sigmoid(a),
    bySign: (value, negative, zero, positive) =>
      tf.where(tf.less(value, 0), negative, tf.where(tf.greater(value, 0), positive, zero)),
  };
}
