import { type IndexLists, indexLists } from './index-lists.js';
import { GROUP, groupsOf, type Kernels } from './kernels.js';
import { CHANNEL_BLOCK, packedPairs } from './packing.js';
import { wholePlanes } from './planes.js';
import type { Stage } from './stage.js';

/** One tap that falls on the position itself. */
const SINGLE_TAP = Int32Array.of(1, 1, 0, 0);

/** A dense layer: a correlation of planes of a single position, with as many channels as the layer has inputs. */
export class DenseStage implements Stage {
  readonly output: Float32Array;
  private readonly inputGradient: Float32Array;
  private readonly inputPlanes: Int32Array;
  private readonly outputPlanes: Int32Array;
  private readonly forwardWeights: Float32Array;
  private readonly forwardLists: IndexLists;
  private readonly backwardWeights: Float32Array;
  private readonly backwardLists: IndexLists;
  private readonly blocks: number;
  /** [block of 16 inputs][sample][16]. */
  private readonly inputRows: Float32Array;
  /** [block of 8 outputs][sample][8]. */
  private readonly gradientRows: Float32Array;
  /** [block of 16 inputs][output][16]. */
  private readonly packedGradient: Float32Array;

  /**
   * @param input the buffer that the stage before writes, of `groups` groups
   * @param weights the layer's kernel, and `weightGradient` where its gradient goes
   */
  constructor(
    private readonly kernels: Kernels,
    private readonly input: Float32Array,
    private readonly inputs: number,
    private readonly outputs: number,
    groups: number,
    private readonly weights: Float32Array,
    private readonly weightGradient: Float32Array,
  ) {
    this.output = new Float32Array(groups * outputs * GROUP);
    this.inputGradient = new Float32Array(groups * inputs * GROUP);
    this.inputPlanes = wholePlanes(inputs, 1, 1);
    this.outputPlanes = wholePlanes(outputs, 1, 1);
    this.forwardWeights = new Float32Array(weights.length);
    this.backwardWeights = new Float32Array(weights.length);
    this.forwardLists = indexLists(
      weights.length,
      packedPairs(outputs, inputs, 1, (o, i, _tap, each) => each(o * inputs + i)),
    );
    this.backwardLists = indexLists(
      weights.length,
      packedPairs(inputs, outputs, 1, (i, o, _tap, each) => each(o * inputs + i)),
    );
    this.blocks = Math.ceil(inputs / GROUP);
    this.inputRows = new Float32Array(this.blocks * GROUP * groups * GROUP);
    this.gradientRows = new Float32Array(outputs * groups * GROUP);
    this.packedGradient = new Float32Array(this.blocks * outputs * GROUP);
  }

  loadWeights(): void {
    const { kernels, weights, forwardLists, backwardLists } = this;
    kernels.gatherSums(
      weights,
      weights.length,
      forwardLists.starts,
      forwardLists.indices,
      this.forwardWeights,
    );
    kernels.gatherSums(
      weights,
      weights.length,
      backwardLists.starts,
      backwardLists.indices,
      this.backwardWeights,
    );
  }

  forward(batch: number): void {
    const { kernels, input, inputPlanes, output, outputPlanes, forwardWeights } = this;
    kernels.correlate(
      groupsOf(batch),
      SINGLE_TAP,
      input,
      inputPlanes,
      output,
      outputPlanes,
      forwardWeights,
      false,
    );
  }

  backward(batch: number, gradient: Float32Array, needed: boolean): Float32Array {
    this.findWeightGradient(batch, gradient);
    if (needed) {
      const { kernels, inputGradient, inputPlanes, outputPlanes, backwardWeights } = this;
      const groups = groupsOf(batch);
      kernels.correlate(
        groups,
        SINGLE_TAP,
        gradient,
        outputPlanes,
        inputGradient,
        inputPlanes,
        backwardWeights,
        false,
      );
    }
    return this.inputGradient;
  }

  /**
   * Σ over samples s of gradient[s][o] · input[s][i]. With samples in the place of channels and inputs in the lanes this is a
   * correlation too, whose "weights" are the output's gradients.
   */
  private findWeightGradient(batch: number, gradient: Float32Array): void {
    const { kernels, input, inputs, outputs, blocks, inputRows, gradientRows, packedGradient, outputPlanes } =
      this;
    kernels.transposeLanes(batch, inputs, GROUP, true, input, inputRows);
    kernels.transposeLanes(batch, outputs, CHANNEL_BLOCK, false, gradient, gradientRows);
    const samplePlanes = wholePlanes(batch, 1, 1);
    kernels.correlate(
      blocks,
      SINGLE_TAP,
      inputRows,
      samplePlanes,
      packedGradient,
      outputPlanes,
      gradientRows,
      false,
    );
    kernels.transposeLanes(inputs, outputs, 1, false, packedGradient, this.weightGradient);
  }
}
