import type { SampleShape } from '../../data/dataset.js';
import { BATCH_NORMALIZATION_EPSILON, BATCH_NORMALIZATION_MOMENTUM } from '../../networks/network.js';
import {
  alignedFloats,
  type BatchKernel,
  GROUP,
  groupsOf,
  type Kernels,
  type NormalizationPass,
} from './kernels.js';
import type { Stage, StageGradient } from './stage.js';

/** Running statistics of batch normalisation, one of each a channel. */
export interface RunningStatistics {
  readonly mean: Float32Array;
  readonly variance: Float32Array;
}

/** Batch normalisation, leaky ReLU and max-pooling, in this order and each optional, as one pass. */
export class NormalizationStage implements Stage {
  readonly output: Float32Array;
  private readonly pass: NormalizationPass;
  private readonly positions: number;
  private readonly mean: Float32Array;
  private readonly variance: Float32Array;
  private readonly scale: Float32Array;
  private readonly normalize: BatchKernel;
  private readonly normalizeBatch: BatchKernel;

  /**
   * @param capacity the most samples of a batch
   * @param parts the slope is that of the leaky ReLU, 1 where there is none
   * @param running present where the pass normalises
   */
  constructor(
    private readonly kernels: Kernels,
    private readonly input: Float32Array,
    inputShape: SampleShape,
    private readonly capacity: number,
    parts: { slope: number; maxPooling: boolean },
    private readonly running: RunningStatistics | undefined,
  ) {
    const [channels, height, width] = inputShape.length === 3 ? inputShape : [inputShape[0], 1, 1];
    this.positions = height * width;
    this.pass = {
      channels,
      height,
      width,
      normalize: running !== undefined,
      pool: parts.maxPooling,
      slope: parts.slope,
    };
    const outputs = parts.maxPooling ? Math.floor(height / 2) * Math.floor(width / 2) : this.positions;
    this.output = alignedFloats(kernels, groupsOf(capacity) * channels * outputs * GROUP);
    this.mean = new Float32Array(channels);
    this.variance = new Float32Array(channels);
    this.scale = new Float32Array(channels);
    const { pass, mean, variance, scale, output } = this;
    this.normalize = kernels.normalizeForward(capacity, pass, input, mean, scale, output);
    const epsilon = BATCH_NORMALIZATION_EPSILON;
    this.normalizeBatch = kernels.normalizeBatch(
      capacity,
      pass,
      epsilon,
      input,
      mean,
      variance,
      scale,
      output,
    );
  }

  forward(batch: number, training: boolean): void {
    if (this.running && training) {
      this.normalizeBatch(batch);
      this.moveRunningStatistics(batch, this.running);
      return;
    }
    if (this.running) this.useRunningStatistics(this.running);
    this.normalize(batch);
  }

  differentiate(gradient: Float32Array): StageGradient {
    const { kernels, capacity, pass, input, mean, scale } = this;
    const backward = kernels.normalizeBackward(capacity, pass, input, mean, scale, gradient);
    return { inputGradient: input, backward };
  }

  /** Moves the running statistics towards the batch's. */
  private moveRunningStatistics(batch: number, running: RunningStatistics): void {
    const { mean, variance } = this;
    const count = batch * this.positions;
    // As in PyTorch, running variances are of the population, so unbiased.
    const unbiased = count / Math.max(1, count - 1);
    const share = BATCH_NORMALIZATION_MOMENTUM;
    for (let c = 0; c < mean.length; c++) {
      running.mean[c] += share * (mean[c] - running.mean[c]);
      running.variance[c] += share * (variance[c] * unbiased - running.variance[c]);
    }
  }

  private useRunningStatistics(running: RunningStatistics): void {
    this.mean.set(running.mean);
    for (let c = 0; c < this.scale.length; c++) {
      this.scale[c] = 1 / Math.sqrt(running.variance[c] + BATCH_NORMALIZATION_EPSILON);
    }
  }
}
