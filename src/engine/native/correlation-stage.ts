import type { ImageShape } from '../../data/dataset.js';
import { grouped } from '../../grouped.js';
import { type CorrelationLayer, kernelOffset } from '../fused-layers.js';
import { type IndexLists, indexLists, type Pairs, packedPairs } from './index-lists.js';
import {
  alignedFloats,
  type BatchKernel,
  GROUP,
  groupsOf,
  type Kernels,
  type KernelTaps,
  type Planes,
} from './kernels.js';
import { everyOther, wholePlanes } from './planes.js';
import type { Stage, StageGradient } from './stage.js';
import { type AxisPhase, axisPhases } from './taps.js';

/**
 * A layer as out[o][y] = Σ w[o][i][k] · in[i][y + k + offset] along both axes, in terms of the input after up-sampling.
 * A transposed convolution is one with flipped taps.
 */
interface Correlation {
  readonly inputs: number;
  readonly outputs: number;
  readonly kernel: number;
  readonly offset: number;
  /** Where the layer's kernel (in PyTorch's order) holds the weight of a tap. */
  weightIndex(output: number, input: number, ky: number, kx: number): number;
}

function describe(layer: CorrelationLayer, inputs: number, outputs: number): Correlation {
  const { kernel } = layer;
  const offset = kernelOffset(layer);
  if (layer.type === 'convolution') {
    const weightIndex = (o: number, i: number, ky: number, kx: number) =>
      ((o * inputs + i) * kernel + ky) * kernel + kx;
    return { inputs, outputs, kernel, offset, weightIndex };
  }
  const flip = kernel - 1;
  const weightIndex = (o: number, i: number, ky: number, kx: number) =>
    ((i * outputs + o) * kernel + flip - ky) * kernel + flip - kx;
  return { inputs, outputs, kernel, offset, weightIndex };
}

/**
 * Phases of the output whose taps fall alike, as one correlation without up-sampling: from whole input planes to every second output
 * position.
 */
interface Phases {
  readonly outputPlanes: Planes;
  readonly forwardTaps: KernelTaps;
  readonly backwardTaps: KernelTaps;
  readonly backwardWeights: Float32Array;
  /** Their part of the packed gradient. */
  readonly gradient: Float32Array;
}

/** A convolution or transposed convolution, with the 2 × up-sampling before it where there is one. */
export class CorrelationStage implements Stage {
  readonly output: Float32Array;
  private readonly inputPlanes: Planes;
  private readonly phases: readonly Phases[];
  private readonly loads: (() => void)[] = [];
  private readonly correlations: BatchKernel[] = [];
  private readonly packedGradient: Float32Array;
  private readonly gradientLists: IndexLists;
  /** Whether the weight gradient's outer channels are the output's: the side with more channels keeps registers busy. */
  private readonly outputOuter: boolean;

  /**
   * @param input the buffer that the stage before writes
   * @param capacity the most samples of a batch
   * @param upSampled whether the layer sees its input up-sampled by 2
   * @param weights the layer's kernel, and `weightGradient` where its gradient goes
   */
  constructor(
    private readonly kernels: Kernels,
    layer: CorrelationLayer,
    private readonly input: Float32Array,
    inputShape: ImageShape,
    outputShape: ImageShape,
    private readonly capacity: number,
    upSampled: boolean,
    weights: Float32Array,
    private readonly weightGradient: Float32Array,
  ) {
    const [inputChannels, inputHeight, inputWidth] = inputShape;
    const [outputChannels, outputHeight, outputWidth] = outputShape;
    const correlation = describe(layer, inputChannels, outputChannels);
    const factor = upSampled ? 2 : 1;
    const { kernel, offset } = correlation;

    this.output = alignedFloats(
      kernels,
      groupsOf(capacity) * outputChannels * outputHeight * outputWidth * GROUP,
    );
    this.inputPlanes = wholePlanes(inputChannels, inputHeight, inputWidth);
    const wholeOutput = wholePlanes(outputChannels, outputHeight, outputWidth);
    this.outputOuter = outputChannels >= inputChannels;

    const rows = axisPhases(kernel, offset, outputHeight, factor);
    const columns = axisPhases(kernel, offset, outputWidth, factor);
    const phases = rows.flatMap((row) => columns.map((column) => ({ row, column })));
    const alike = grouped(phases, ({ row, column }) => [extentOf(row), extentOf(column)].join());
    const size = (part: typeof phases) =>
      part.reduce((sum, { row, column }) => sum + row.taps.length * column.taps.length, 0) *
      inputChannels *
      outputChannels;
    this.packedGradient = new Float32Array(size(phases));

    const gradientPairs: Pairs[] = [];
    let at = 0;
    this.phases = [...alike.values()].map((members) => {
      const [{ row, column }] = members;
      const count = size(members);
      const taps = members.map((phase) => new PhaseTaps(correlation, phase.row, phase.column));
      const start = at;
      for (const phase of taps) {
        gradientPairs.push(phase.gradientPairs(this.outputOuter, at));
        at += count / taps.length;
      }
      const outputPlanes = everyOther(
        wholeOutput,
        factor,
        row.outputs,
        column.outputs,
        members.map((phase) => ({ row: phase.row.phase, column: phase.column.phase })),
      );
      const [height, width] = [row.taps.length, column.taps.length];
      const forwardTaps = { height, width, offsetY: row.offset, offsetX: column.offset };
      const forwardWeights = new Float32Array(count);
      const backwardWeights = new Float32Array(count);
      this.loads.push(
        this.gather(weights, indexLists(count, forwardPairs(taps)), forwardWeights),
        this.gather(weights, indexLists(count, backwardPairs(taps)), backwardWeights),
      );
      this.correlations.push(
        kernels.correlate(
          capacity,
          forwardTaps,
          input,
          this.inputPlanes,
          this.output,
          outputPlanes,
          forwardWeights,
          false,
        ),
      );
      return {
        outputPlanes,
        forwardTaps,
        backwardTaps: { height, width, offsetY: 1 - height - row.offset, offsetX: 1 - width - column.offset },
        backwardWeights,
        gradient: this.packedGradient.subarray(start, at),
      };
    });
    this.gradientLists = indexLists(weights.length, (emit) => {
      for (const phasePairs of gradientPairs) phasePairs(emit);
    });
  }

  loadWeights(): void {
    for (const load of this.loads) load();
  }

  forward(batch: number): void {
    for (const correlate of this.correlations) correlate(batch);
  }

  differentiate(gradient: Float32Array, needed: boolean): StageGradient {
    const { kernels, capacity, input, inputPlanes, phases } = this;
    const atInput = [input, inputPlanes] as const;
    const weightGradients = phases.map(({ forwardTaps, backwardTaps, outputPlanes, gradient: target }) => {
      const atOutput = [gradient, outputPlanes] as const;
      return this.outputOuter
        ? kernels.correlateGradient(capacity, forwardTaps, ...atOutput, ...atInput, target)
        : kernels.correlateGradient(capacity, backwardTaps, ...atInput, ...atOutput, target);
    });
    const unpack = this.gather(this.packedGradient, this.gradientLists, this.weightGradient);
    const inputGradient = needed ? alignedFloats(kernels, input.length) : undefined;
    const correlations = inputGradient
      ? phases.map(({ backwardTaps, backwardWeights, outputPlanes }, i) =>
          kernels.correlate(
            capacity,
            backwardTaps,
            gradient,
            outputPlanes,
            inputGradient,
            inputPlanes,
            backwardWeights,
            i > 0,
          ),
        )
      : [];
    const backward = (batch: number) => {
      for (const weightGradient of weightGradients) weightGradient(batch);
      unpack();
      for (const correlate of correlations) correlate(batch);
    };
    return { inputGradient, backward };
  }

  private gather(
    source: Float32Array,
    { count, starts, indices }: IndexLists,
    target: Float32Array,
  ): () => void {
    return this.kernels.gatherSums(source, count, starts, indices, target);
  }
}

/** What phases have in common along an axis that are computed together. */
function extentOf({ taps, offset, outputs }: AxisPhase): string {
  return `${taps.length} ${offset} ${outputs}`;
}

/** Where the weights of one phase come from, and where its gradient goes. */
class PhaseTaps {
  readonly inputChannels: number;
  readonly outputChannels: number;
  /** Taps of the phase's kernel. */
  readonly count: number;
  private readonly width: number;

  constructor(
    private readonly correlation: Correlation,
    private readonly row: AxisPhase,
    private readonly column: AxisPhase,
  ) {
    this.inputChannels = correlation.inputs;
    this.outputChannels = correlation.outputs;
    this.width = column.taps.length;
    this.count = row.taps.length * this.width;
  }

  /** From this phase's part of the packed gradient, which starts at `start`, to the layer's kernel. */
  gradientPairs(outputOuter: boolean, start: number): Pairs {
    const taps = this.count;
    return (emit) => {
      for (let o = 0; o < this.outputChannels; o++) {
        for (let i = 0; i < this.inputChannels; i++) {
          for (let tap = 0; tap < taps; tap++) {
            const at = outputOuter
              ? (o * this.inputChannels + i) * taps + tap
              : (i * this.outputChannels + o) * taps + (taps - 1 - tap);
            this.eachSource(o, i, tap, (weight) => emit(weight, start + at));
          }
        }
      }
    };
  }

  /** The layer's weights that one tap of the phase sums. */
  eachSource(output: number, input: number, tap: number, each: (weight: number) => void): void {
    for (const y of this.row.taps[Math.floor(tap / this.width)]) {
      for (const x of this.column.taps[tap % this.width])
        each(this.correlation.weightIndex(output, input, y, x));
    }
  }
}

/**
 * From a layer's kernel to [block of outputs][input][ky][kx][output in block]. The outputs of phases computed together follow one
 * another.
 */
function forwardPairs(phases: readonly PhaseTaps[]): Pairs {
  const [{ inputChannels, outputChannels, count }] = phases;
  return packedPairs(phases.length * outputChannels, inputChannels, count, (o, i, tap, each) =>
    phases[Math.floor(o / outputChannels)].eachSource(o % outputChannels, i, tap, each),
  );
}

/**
 * From a layer's kernel to [phase][block of inputs][output][ky][kx][input in block] with the taps flipped: the gradient by the input is
 * a correlation too.
 */
function backwardPairs(phases: readonly PhaseTaps[]): Pairs {
  const [{ inputChannels, outputChannels, count }] = phases;
  return (emit) =>
    phases.forEach((phase, p) => {
      const pairs = packedPairs(inputChannels, outputChannels, count, (i, o, tap, each) =>
        phase.eachSource(o, i, count - 1 - tap, each),
      );
      pairs((target, source) => emit(p * inputChannels * outputChannels * count + target, source));
    });
}
