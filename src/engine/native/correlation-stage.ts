import type { SampleShape } from '../../data/dataset.js';
import { sampleSize } from '../../data/dataset.js';
import type { Layer } from '../../networks/network.js';
import { type IndexLists, indexLists } from './index-lists.js';
import { GROUP, groupsOf, type Kernels } from './kernels.js';
import type { Stage } from './stage.js';
import { type AxisPhase, axisPhases } from './taps.js';

/** Layers that are correlations of their input with their weights. */
export type CorrelationLayer = Extract<Layer, { type: 'convolution' | 'transposedConvolution' | 'dense' }>;

/** Output channels are packed in blocks of this many, as native/kernels.h says. */
const CHANNEL_BLOCK = 8;

/**
 * A layer as out[o][y] = Σ w[o][i][k] · in[i][y + k + offset] along both axes, in terms of the input after up-sampling.
 * A transposed convolution is one with flipped taps, a dense layer one on planes of a single position.
 */
interface Correlation {
  readonly inputs: readonly [channels: number, height: number, width: number];
  readonly outputs: readonly [channels: number, height: number, width: number];
  readonly kernel: number;
  readonly offset: number;
  /** Where the layer's kernel (in PyTorch's order) holds the weight of a tap. */
  weightIndex(output: number, input: number, ky: number, kx: number): number;
}

function describe(layer: CorrelationLayer, input: SampleShape, output: SampleShape): Correlation {
  if (layer.type === 'dense') {
    const size = sampleSize(input);
    return {
      inputs: [size, 1, 1],
      outputs: [layer.units, 1, 1],
      kernel: 1,
      offset: 0,
      weightIndex: (o, i) => o * size + i,
    };
  }
  if (input.length !== 3 || output.length !== 3) throw new Error(`a ${layer.type} layer needs an image`);
  const { kernel, padding } = layer;
  if (layer.type === 'convolution') {
    const weightIndex = (o: number, i: number, ky: number, kx: number) =>
      ((o * input[0] + i) * kernel + ky) * kernel + kx;
    return { inputs: input, outputs: output, kernel, offset: -padding, weightIndex };
  }
  const flip = kernel - 1;
  const weightIndex = (o: number, i: number, ky: number, kx: number) =>
    ((i * output[0] + o) * kernel + flip - ky) * kernel + flip - kx;
  return { inputs: input, outputs: output, kernel, offset: padding - flip, weightIndex };
}

/** One phase of the output: a correlation without up-sampling, from whole input planes to every second output position. */
interface Phase {
  readonly outputPlanes: Int32Array;
  readonly forwardExtent: Int32Array;
  readonly forwardWeights: Float32Array;
  readonly forwardLists: IndexLists;
  readonly backwardExtent: Int32Array;
  readonly backwardWeights: Float32Array;
  readonly backwardLists: IndexLists;
  /** This phase's part of the packed gradient. */
  readonly gradient: Float32Array;
}

/** A convolution, transposed convolution or dense layer, with the 2 × up-sampling before it where there is one. */
export class CorrelationStage implements Stage {
  readonly output: Float32Array;
  private readonly inputGradient: Float32Array;
  private readonly inputPlanes: Int32Array;
  private readonly phases: readonly Phase[];
  private readonly gradientLists: IndexLists;
  private readonly packedGradient: Float32Array;
  /** Whether the weight gradient's outer channels are the output's: the side with more channels keeps registers busy. */
  private readonly outputOuter: boolean;

  /**
   * @param input the buffer that the stage before writes, of `groups` groups
   * @param upSampled whether the layer sees its input up-sampled by 2
   * @param weights the layer's kernel, and `weightGradient` where its gradient goes
   */
  constructor(
    private readonly kernels: Kernels,
    layer: CorrelationLayer,
    private readonly input: Float32Array,
    inputShape: SampleShape,
    outputShape: SampleShape,
    groups: number,
    upSampled: boolean,
    private readonly weights: Float32Array,
    private readonly weightGradient: Float32Array,
  ) {
    const correlation = describe(layer, inputShape, outputShape);
    const [inputChannels, inputHeight, inputWidth] = correlation.inputs;
    const [outputChannels, outputHeight, outputWidth] = correlation.outputs;
    const factor = upSampled ? 2 : 1;
    const { kernel, offset } = correlation;

    this.output = new Float32Array(groups * outputChannels * outputHeight * outputWidth * GROUP);
    this.inputGradient = new Float32Array(groups * inputChannels * inputHeight * inputWidth * GROUP);
    this.inputPlanes = wholePlanes(inputChannels, inputHeight, inputWidth);
    this.outputOuter = outputChannels >= inputChannels;

    const rows = axisPhases(kernel, offset, outputHeight, factor);
    const columns = axisPhases(kernel, offset, outputWidth, factor);
    const pairs = rows.flatMap((row) => columns.map((column) => ({ row, column })));
    const pairSize = ({ row, column }: (typeof pairs)[number]) =>
      inputChannels * outputChannels * row.taps.length * column.taps.length;
    this.packedGradient = new Float32Array(pairs.reduce((sum, pair) => sum + pairSize(pair), 0));

    const gradientSources: number[][] = Array.from(weights, () => []);
    let at = 0;
    this.phases = pairs.map(({ row, column }) => {
      const size = pairSize({ row, column });
      const taps = new PhaseTaps(correlation, row, column);
      taps.collectGradientSources(this.outputOuter, at, gradientSources);
      const phase: Phase = {
        outputPlanes: phasePlanes(outputChannels, outputHeight, outputWidth, row, column, factor),
        forwardExtent: Int32Array.of(row.taps.length, column.taps.length, row.offset, column.offset),
        forwardWeights: new Float32Array(size),
        forwardLists: taps.forwardLists(),
        backwardExtent: Int32Array.of(
          row.taps.length,
          column.taps.length,
          1 - row.taps.length - row.offset,
          1 - column.taps.length - column.offset,
        ),
        backwardWeights: new Float32Array(size),
        backwardLists: taps.backwardLists(),
        gradient: this.packedGradient.subarray(at, at + size),
      };
      at += size;
      return phase;
    });
    this.gradientLists = indexLists(gradientSources);
  }

  loadWeights(): void {
    for (const { forwardLists, forwardWeights, backwardLists, backwardWeights } of this.phases) {
      this.gather(this.weights, forwardLists, forwardWeights);
      this.gather(this.weights, backwardLists, backwardWeights);
    }
  }

  forward(batch: number): void {
    for (const { forwardExtent, forwardWeights, outputPlanes } of this.phases) {
      this.kernels.correlate(
        groupsOf(batch),
        forwardExtent,
        this.input,
        this.inputPlanes,
        this.output,
        outputPlanes,
        forwardWeights,
        false,
      );
    }
  }

  backward(batch: number, gradient: Float32Array, needed: boolean): Float32Array {
    const groups = groupsOf(batch);
    const { kernels, input, inputPlanes } = this;
    for (const { forwardExtent, backwardExtent, outputPlanes, gradient: target } of this.phases) {
      if (this.outputOuter) {
        kernels.correlateGradient(groups, forwardExtent, gradient, outputPlanes, input, inputPlanes, target);
      } else {
        kernels.correlateGradient(groups, backwardExtent, input, inputPlanes, gradient, outputPlanes, target);
      }
    }
    this.gather(this.packedGradient, this.gradientLists, this.weightGradient);
    if (needed) {
      this.phases.forEach(({ backwardExtent, backwardWeights, outputPlanes }, i) => {
        kernels.correlate(
          groups,
          backwardExtent,
          gradient,
          outputPlanes,
          this.inputGradient,
          inputPlanes,
          backwardWeights,
          i > 0,
        );
      });
    }
    return this.inputGradient;
  }

  private gather(source: Float32Array, { count, starts, indices }: IndexLists, target: Float32Array): void {
    this.kernels.gatherSums(source, count, starts, indices, target);
  }
}

/** Where the weights of one phase come from, in each of the orders that the kernels want. */
class PhaseTaps {
  private readonly inputChannels: number;
  private readonly outputChannels: number;
  private readonly height: number;
  private readonly width: number;

  constructor(
    private readonly correlation: Correlation,
    private readonly row: AxisPhase,
    private readonly column: AxisPhase,
  ) {
    this.inputChannels = correlation.inputs[0];
    this.outputChannels = correlation.outputs[0];
    this.height = row.taps.length;
    this.width = column.taps.length;
  }

  /** [block of outputs][input][ky][kx][output in block]. */
  forwardLists(): IndexLists {
    return this.packed(this.outputChannels, this.inputChannels, (o, i, ky, kx) => this.sources(o, i, ky, kx));
  }

  /** [block of inputs][output][ky][kx][input in block], taps flipped: the gradient by the input is a correlation too. */
  backwardLists(): IndexLists {
    return this.packed(this.inputChannels, this.outputChannels, (i, o, ky, kx) =>
      this.sources(o, i, this.height - 1 - ky, this.width - 1 - kx),
    );
  }

  /** Notes for each weight where the packed gradient, which starts at `start`, holds its parts. */
  collectGradientSources(outputOuter: boolean, start: number, sources: number[][]): void {
    const taps = this.height * this.width;
    for (let o = 0; o < this.outputChannels; o++) {
      for (let i = 0; i < this.inputChannels; i++) {
        for (let tap = 0; tap < taps; tap++) {
          const at = outputOuter
            ? (o * this.inputChannels + i) * taps + tap
            : (i * this.outputChannels + o) * taps + (taps - 1 - tap);
          for (const weight of this.sources(o, i, Math.floor(tap / this.width), tap % this.width)) {
            sources[weight].push(start + at);
          }
        }
      }
    }
  }

  private packed(
    outer: number,
    inner: number,
    sources: (outer: number, inner: number, ky: number, kx: number) => number[],
  ): IndexLists {
    const lists: number[][] = [];
    for (let first = 0; first < outer; first += CHANNEL_BLOCK) {
      const end = Math.min(outer, first + CHANNEL_BLOCK);
      for (let i = 0; i < inner; i++) {
        for (let ky = 0; ky < this.height; ky++) {
          for (let kx = 0; kx < this.width; kx++) {
            for (let o = first; o < end; o++) lists.push(sources(o, i, ky, kx));
          }
        }
      }
    }
    return indexLists(lists);
  }

  /** The layer's weights that one tap of the phase sums. */
  private sources(output: number, input: number, ky: number, kx: number): number[] {
    return this.row.taps[ky].flatMap((y) =>
      this.column.taps[kx].map((x) => this.correlation.weightIndex(output, input, y, x)),
    );
  }
}

/** All positions of contiguous planes, as the kernels take it: [offset, group, channel, row, column, channels, height, width]. */
function wholePlanes(channels: number, height: number, width: number): Int32Array {
  const plane = height * width * GROUP;
  return Int32Array.of(0, channels * plane, plane, width * GROUP, GROUP, channels, height, width);
}

/** The positions of one phase. */
function phasePlanes(
  channels: number,
  height: number,
  width: number,
  row: AxisPhase,
  column: AxisPhase,
  factor: number,
): Int32Array {
  const plane = height * width * GROUP;
  return Int32Array.of(
    (row.phase * width + column.phase) * GROUP,
    channels * plane,
    plane,
    factor * width * GROUP,
    factor * GROUP,
    channels,
    row.outputs,
    column.outputs,
  );
}
