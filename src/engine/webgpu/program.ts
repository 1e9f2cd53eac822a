import { sampleSize } from '../../data/dataset.js';
import {
  BATCH_NORMALIZATION_EPSILON,
  BATCH_NORMALIZATION_MOMENTUM,
  type Network,
  TRAINED_WEIGHTS,
} from '../../networks/network.js';
import { layerShapes } from '../../networks/shapes.js';
import { type FusedLayers, fuseLayers } from '../fused-layers.js';
import type { Objective } from '../objective.js';
import { slopeExpression } from './formula.js';
import { type Product, productOf } from './geometry.js';
import { aligned, placeTensors, type Tensor } from './layout.js';
import { correlateTile, gradientTile, type Tiling } from './tiles.js';

/** The files in kernels/. */
export type KernelName =
  | 'gather'
  | 'correlate'
  | 'dense'
  | 'measure'
  | 'statistics'
  | 'activate'
  | 'distance'
  | 'objective'
  | 'output-gradient'
  | 'normalize-sums'
  | 'normalize-apply'
  | 'weight-gradient'
  | 'dense-gradient'
  | 'adam'
  | 'scatter';

/** Those that make gradients by weights, to which the arena is bound to be read alone. */
export const GRADIENT_KERNELS: ReadonlySet<KernelName> = new Set(['weight-gradient', 'dense-gradient']);

/** A kernel with its constants, and the workgroups of a lane. */
export interface Dispatch {
  readonly kernel: KernelName;
  readonly constants: Readonly<Record<string, unknown>>;
  readonly x: number;
  readonly y: number;
}

/** Where a layer's weights lie in a slot. */
export interface WeightPlace {
  readonly layer: number;
  readonly name: (typeof TRAINED_WEIGHTS)[number] | 'mean' | 'variance';
  readonly place: number;
  readonly size: number;
}

/** What comes back of each lane. */
export interface Results {
  /** Floats that a lane leaves in a round. */
  readonly size: number;
  /** The most rounds of a submit. */
  readonly rounds: number;
  /** The most submits under way. */
  readonly submits: number;
}

/** A network as dispatches over lanes: the same for any number of them. */
export interface Program {
  /** Places for the samples of a batch. */
  readonly samples: number;
  /** Floats of a lane, and of a slot for weights. */
  readonly lane: number;
  /** Floats of a lane's gradients by the weights, which lie apart. */
  readonly gradients: number;
  readonly slot: number;
  readonly weights: readonly WeightPlace[];
  /** Floats that a sample has, and the network makes of it. */
  readonly inputSize: number;
  readonly outputSize: number;
  readonly dispatches: readonly Dispatch[];
  readonly results: Results;
}

/** A program that takes training steps. */
export interface TrainingProgram extends Program {
  /** What a lane keeps from step to step: moments of Adam (two, each as long as what is trained), numbers of the objective, the center. */
  readonly moments: readonly [number, number];
  readonly parameters: number;
  readonly numbers: number;
  readonly center: number | undefined;
}

/** Bytes of a lane's results, and of what they are read through. */
export function bytesOfResults({ size, rounds, submits }: Results): number {
  return 4 * size * rounds * (1 + submits);
}

/** What a lane of a program takes of the memory, but for its plan, which is some hundred bytes. */
export function bytesOfLane({ lane, slot, gradients, results }: Program): number {
  return 4 * (lane + slot + gradients) + bytesOfResults(results);
}

/** How many lanes of a program fit into so many bytes, and into buffers of a device. */
export function lanesWithin(program: Program, memory: number, largestBuffer: number): number {
  const { lane, slot, gradients } = program;
  const held = Math.floor(largestBuffer / (4 * Math.max(lane + slot, gradients)));
  return Math.min(held, Math.floor(memory / bytesOfLane(program)));
}

/** Numbers that an objective can have. */
export const NUMBER_COUNT = 8;

/** The most rounds of a submit of training, and submits under way: the GPU has work while the host reads the losses of what is done. */
const ROUNDS = 16;
const SUBMITS = 2;

/** Outputs over which one workgroup measures distances. */
const DISTANCE_PART = 32;
/** Elements of a workgroup of a kernel that goes through a tensor one by one. */
const ELEMENTS = 1024;
/** Workgroups that every GPU takes along a dimension. */
export const MOST_GROUPS = 65_535;
/** Bytes of workgroup memory for weights: with what else a kernel has there, less than the 16 KB that every GPU offers. */
const STAGED = 6400;

/** The places for samples of a batch: a power of two from 32 to 128, above it a multiple of that. */
export function samplePlaces(batch: number): number {
  return batch > 128 ? 128 * Math.ceil(batch / 128) : Math.max(32, 2 ** (32 - Math.clz32(batch - 1)));
}

/** The steps of training a network on batches of up to so many samples. */
export function trainingProgram(
  network: Network,
  batch: number,
  objective: Objective,
  tiling: Tiling,
): TrainingProgram {
  const build = new Builder(network, samplePlaces(batch), tiling);
  const { samples } = build;
  const kept = [build.kept(build.parameters), build.kept(build.parameters)] as const;
  const numbers = build.kept(NUMBER_COUNT);
  const kind = typeof objective.target === 'object' ? 'center' : objective.target;
  if (kind === 'none' && (build.outputSize !== 1 || build.sigmoid)) {
    throw new Error('a loss without a target is of one output, which is no sigmoid');
  }
  const center = kind === 'center' ? build.kept(build.outputSize) : undefined;
  const input = build.gather();
  const tape = build.forward(input, true);
  const output = tape.length > 0 ? tape[tape.length - 1].output : input;

  const size = build.outputSize;
  // An activation that the sigmoid is behind is asked on the way back what it gave.
  const isSpare = tape.at(-1)?.kind === 'product';
  const predicted = build.sigmoid && !isSpare ? build.tensor(size * samples) : output;
  const ends = {
    OUTPUT: output,
    PREDICTED: predicted,
    SIZE: size,
    SIGMOID: build.sigmoid,
    TARGET_KIND: kind,
  };
  const target = kind === 'input' ? { INPUT: input } : { CENTER: center };
  const parts = Math.ceil(size / DISTANCE_PART);
  const distances = build.tensor(parts * samples);
  const factors = build.tensor(samples);
  build.add('distance', { ...ends, ...target, DISTANCES: distances }, parts, build.blocks);
  build.add('objective', {
    ...{ DISTANCES: distances, PARTS: parts, FACTORS: factors, NUMBERS: numbers, NUMBER_COUNT },
    SLOPE: slopeExpression(objective),
    // The derivative of a squared distance by what it is the square of, but for that.
    DERIVATIVE: kind === 'none' ? 1 : 2,
    FOLLOWS: objective.follows,
  });
  // In place of the output, where no layer needs that to go back.
  const gradient = isSpare ? output : build.tensor(size * samples);
  const elements = Math.ceil((size * samples) / ELEMENTS);
  build.addRows('output-gradient', { ...ends, ...target, FACTORS: factors, TARGET: gradient }, elements);
  build.backward(tape, gradient, kept);
  const results = { size: samples + NUMBER_COUNT, rounds: ROUNDS, submits: SUBMITS };
  return {
    ...build.finish(results),
    moments: [kept[0].place, kept[1].place],
    parameters: build.parameters,
    numbers: numbers.place,
    center: center?.place,
  };
}

/** The evaluation of a network on chunks of so many samples. */
export function evaluationProgram(network: Network, samples: number, tiling: Tiling): Program {
  const build = new Builder(network, samples, tiling);
  const input = build.gather();
  const tape = build.forward(input, false);
  const constants = {
    OUTPUT: tape.at(-1)?.output ?? input,
    SIZE: build.outputSize,
    SIGMOID: build.sigmoid,
  };
  build.add('scatter', constants, Math.ceil(build.outputSize / 32), samples / 32);
  return build.finish({ size: samples * build.outputSize, rounds: 1, submits: 1 });
}

/** A layer of weights, or what follows one up to the next: normalisation, leaky ReLU and pooling, or some of them. */
type Stage =
  | {
      readonly kind: 'product';
      readonly product: Product;
      readonly weights: number;
      readonly bias: number | undefined;
    }
  | {
      readonly kind: 'activation';
      readonly channels: number;
      readonly height: number;
      readonly width: number;
      /** Where the running statistics lie in a slot, where it normalises. */
      readonly running: number | undefined;
      readonly slope: number;
      readonly pooled: boolean;
    };

type Activation = Extract<Stage, { kind: 'activation' }>;

/** A stage on the way forward: what it read and wrote, and what it keeps for the way back. */
type Passed =
  | {
      readonly kind: 'product';
      readonly stage: Extract<Stage, { kind: 'product' }>;
      readonly input: Tensor;
      readonly output: Tensor;
    }
  | {
      readonly kind: 'activation';
      readonly stage: Activation;
      readonly input: Tensor;
      readonly output: Tensor;
      readonly norm: Tensor | undefined;
      /** Whether the gradient may take the place of the input. */
      readonly ownsInput: boolean;
    };

interface Parts {
  readonly tensor: Tensor;
  readonly count: number;
}

class Builder {
  readonly weights: WeightPlace[] = [];
  /** Floats of all that is trained. */
  readonly parameters: number;
  readonly inputSize: number;
  readonly outputSize: number;
  readonly sigmoid: boolean;
  /** Blocks of samples that are a workgroup each. */
  readonly blocks: number;
  private readonly block: number;
  private readonly stages: readonly Stage[];
  private readonly slot: number;
  private readonly tensors: Tensor[] = [];
  private gradients = 0;
  private readonly dispatches: Dispatch[] = [];

  /** @throws Error as `fuseLayers` */
  constructor(
    network: Network,
    readonly samples: number,
    private readonly tiling: Tiling,
  ) {
    this.block = Math.min(samples, 128);
    this.blocks = samples / this.block;
    const fused = fuseLayers(network);
    this.sigmoid = fused.at(-1)?.kind === 'sigmoid';
    this.inputSize = sampleSize(network.input);
    this.outputSize = sampleSize(layerShapes(network)[network.layers.length]);
    let place = 0;
    const weigh = (layer: number, name: WeightPlace['name'], size: number) => {
      this.weights.push({ layer, name, place, size });
      place += size;
    };
    for (const each of fused) {
      if (each.kind !== 'product') continue;
      const sizes = { kernel: kernelSize(each), bias: biasSize(each) };
      for (const name of TRAINED_WEIGHTS) if (sizes[name] > 0) weigh(each.index, name, sizes[name]);
    }
    this.parameters = place;
    for (const each of fused) {
      if (each.kind !== 'activation' || each.normalization === undefined) continue;
      weigh(each.normalization, 'mean', each.input[0]);
      weigh(each.normalization, 'variance', each.input[0]);
    }
    this.slot = aligned(place);
    this.stages = fused.flatMap((each) => stageOf(each, this.weights));
  }

  tensor(size: number): Tensor {
    const tensor = { size, first: Number.POSITIVE_INFINITY, last: -1, place: -1 };
    this.tensors.push(tensor);
    return tensor;
  }

  /** A tensor that outlives the step. */
  kept(size: number): Tensor {
    const tensor = this.tensor(size);
    tensor.first = 0;
    tensor.last = Number.POSITIVE_INFINITY;
    return tensor;
  }

  /** Adds a dispatch of so many workgroups, in as many rows as it takes (`blockOf` in kernels/common.wgsl). */
  addRows(kernel: KernelName, constants: Readonly<Record<string, unknown>>, groups: number): void {
    this.add(kernel, constants, Math.min(groups, MOST_GROUPS), Math.ceil(groups / MOST_GROUPS));
  }

  /** Adds a dispatch, which uses the tensors among its constants. */
  add(kernel: KernelName, constants: Readonly<Record<string, unknown>>, x = 1, y = 1): void {
    const moment = this.dispatches.length;
    for (const tensor of tensorsIn(constants)) {
      tensor.first = Math.min(tensor.first, moment);
      tensor.last = Math.max(tensor.last, moment);
    }
    const common = { SAMPLES: this.samples, SAMPLE_BLOCK: this.block, BLOCKS: this.blocks };
    this.dispatches.push({ kernel, constants: { ...common, ...constants }, x, y });
  }

  gather(): Tensor {
    const input = this.tensor(this.inputSize * this.samples);
    const size = this.inputSize;
    this.add('gather', { INPUT: input, SIZE: size }, Math.ceil(size / 32), this.samples / 32);
    return input;
  }

  forward(input: Tensor, training: boolean): Passed[] {
    const tape: Passed[] = [];
    let current = input;
    let parts: Parts | undefined;
    let maxima: Tensor | undefined;
    this.stages.forEach((stage, i) => {
      const next = this.stages[i + 1];
      const follower = next?.kind === 'activation' ? next : undefined;
      if (stage.kind === 'product') {
        const read = current;
        ({ output: current, parts, maxima } = this.multiply(stage, read, follower, training));
        tape.push({ kind: 'product', stage, input: read, output: current });
      } else {
        const passed = this.activate(
          stage,
          current,
          tape.at(-1)?.kind === 'product',
          parts,
          maxima,
          training,
        );
        current = passed.output;
        tape.push(passed);
      }
    });
    return tape;
  }

  /** A layer of weights forward, with the statistics and maxima that what follows it needs, where the kernel can make them. */
  private multiply(
    { product, weights, bias }: Extract<Stage, { kind: 'product' }>,
    input: Tensor,
    follower: Activation | undefined,
    training: boolean,
  ): { output: Tensor; parts: Parts | undefined; maxima: Tensor | undefined } {
    const { samples } = this;
    const output = this.tensor(product.outputs * product.outputHeight * product.outputWidth * samples);
    const ends = { SOURCE: input, TARGET: output, WEIGHTS: weights };
    if (product.dense) {
      this.dense({ ...ends, BIAS: bias, BACK: false, CHANNELS: product.inputs, V: product.outputs });
      return { output, parts: undefined, maxima: undefined };
    }
    const { factor, rows, columns, outputs, outputHeight, outputWidth } = product;
    const channels = outputs * factor * factor;
    const tile = correlateTile(
      this.tiling,
      channels,
      rows,
      columns,
      follower?.pooled === true && factor === 1,
    );
    const tiles = Math.ceil(rows / tile.rows) * Math.ceil(columns / tile.columns) * this.blocks;
    const measured = training && follower?.running !== undefined;
    const count = tiles * factor * factor;
    const parts = measured ? { tensor: this.tensor(3 * outputs * count), count } : undefined;
    const poolable =
      follower?.pooled === true && factor === 1 && tile.rows % 2 === 0 && tile.columns % 2 === 0;
    const windows = Math.floor(outputHeight / 2) * Math.floor(outputWidth / 2);
    const maxima = poolable ? this.tensor(outputs * windows * samples) : undefined;
    this.correlate(product, tile, {
      ...ends,
      ...{ BACK: false, CHANNELS: product.inputs, SH: product.inputHeight, SW: product.inputWidth },
      ...{ V: channels, QH: rows, QW: columns, TH: outputHeight, TW: outputWidth },
      ...{ T: product.taps, STRIDE: 1, OFFSET: product.first, SHIFT: product.shift },
      ...{ MEASURE: measured, PARTIALS: parts?.tensor, PARTIAL_COUNT: count },
      ...{ POOL: poolable, MAXIMA: maxima, RAW: training || !poolable },
    });
    return { output, parts, maxima };
  }

  /** The gradient by the input of a layer of weights. */
  private goBack(
    { product, weights }: Extract<Stage, { kind: 'product' }>,
    gradient: Tensor,
    target: Tensor,
  ): void {
    const ends = { SOURCE: gradient, TARGET: target, WEIGHTS: weights };
    const {
      inputs,
      inputHeight,
      inputWidth,
      outputs,
      outputHeight,
      outputWidth,
      factor,
      taps,
      first,
      shift,
    } = product;
    if (product.dense) {
      this.dense({ ...ends, BIAS: undefined, BACK: true, CHANNELS: outputs, V: inputs });
      return;
    }
    const offset = factor === 1 ? -(first + taps - 1) : -2 * (taps - 1 + first) - shift;
    this.correlate(product, correlateTile(this.tiling, inputs, inputHeight, inputWidth, false), {
      ...ends,
      ...{ BACK: true, CHANNELS: outputs, SH: outputHeight, SW: outputWidth },
      ...{ V: inputs, QH: inputHeight, QW: inputWidth, TH: inputHeight, TW: inputWidth },
      ...{ T: factor * taps, STRIDE: factor, OFFSET: offset, SHIFT: 0 },
      ...{ MEASURE: false, PARTIALS: undefined, PARTIAL_COUNT: 0, POOL: false, MAXIMA: undefined, RAW: true },
    });
  }

  private correlate(
    { kernel, transposed, factor, inputs, outputs }: Product,
    tile: ReturnType<typeof correlateTile>,
    constants: Readonly<Record<string, unknown>> & {
      CHANNELS: number;
      V: number;
      QH: number;
      QW: number;
      T: number;
    },
  ): void {
    const { CHANNELS, V, QH, QW, T } = constants;
    const chunk = Math.max(1, Math.min(CHANNELS, Math.floor(STAGED / (4 * T * T * tile.channels))));
    this.add(
      'correlate',
      {
        ...constants,
        ...{ KERNEL: kernel, TRANSPOSED: transposed, FACTOR: factor, INPUTS: inputs, OUTPUTS: outputs },
        ...{ OT: tile.channels, YT: tile.rows, PT: tile.columns, CHUNK: chunk },
      },
      Math.ceil(QH / tile.rows) * Math.ceil(QW / tile.columns) * this.blocks,
      Math.ceil(V / tile.channels),
    );
  }

  private dense(constants: Readonly<Record<string, unknown>> & { CHANNELS: number; V: number }): void {
    const OT = Math.min(16, 4 * Math.ceil(constants.V / 4));
    const CHUNK = Math.min(8 * Math.ceil(constants.CHANNELS / 8), 64);
    this.add('dense', { ...constants, OT, CHUNK, UNROLL: 8 }, this.blocks, Math.ceil(constants.V / OT));
  }

  /** Normalisation, leaky ReLU and pooling forward, in place where what enters is a product's own. */
  private activate(
    stage: Activation,
    input: Tensor,
    ownsInput: boolean,
    parts: Parts | undefined,
    maxima: Tensor | undefined,
    training: boolean,
  ): Passed {
    const { channels, height, width, running, slope, pooled } = stage;
    const plane = height * width;
    const norm = running === undefined ? undefined : this.tensor(2 * channels);
    if (norm) {
      const constants = {
        ...{ NORM: norm, RUNNING: running, CHANNELS: channels, PLANE: plane, TRAINING: training },
        ...{ EPSILON: BATCH_NORMALIZATION_EPSILON, MOMENTUM: BATCH_NORMALIZATION_MOMENTUM },
      };
      if (training) {
        const { tensor, count } = ownsInput && parts ? parts : this.measure(input, channels, plane);
        this.add('statistics', { ...constants, PARTIALS: tensor, PARTIAL_COUNT: count }, channels);
      } else {
        this.add('statistics', constants, Math.ceil(channels / 64));
      }
    }
    const smaller = pooled ? Math.floor(height / 2) * Math.floor(width / 2) : plane;
    const source = pooled && ownsInput && maxima ? maxima : input;
    const size = channels * smaller * this.samples;
    const output = source === maxima || (!pooled && ownsInput) ? source : this.tensor(size);
    this.addRows(
      'activate',
      {
        ...{
          SOURCE: source,
          TARGET: output,
          WINDOWS: pooled && source === input,
          NORMALIZED: norm !== undefined,
        },
        ...{ NORM: norm, CHANNELS: channels, PLANE: smaller, SH: height, SW: width, SLOPE: slope },
      },
      Math.ceil(size / ELEMENTS),
    );
    return { kind: 'activation', stage, input, output, norm, ownsInput };
  }

  private measure(input: Tensor, channels: number, plane: number): Parts {
    const POSITIONS = 16;
    const count = Math.ceil(plane / POSITIONS) * this.blocks;
    const tensor = this.tensor(3 * channels * count);
    this.add(
      'measure',
      { SOURCE: input, PARTIALS: tensor, PARTIAL_COUNT: count, PLANE: plane, POSITIONS },
      count,
      channels,
    );
    return { tensor, count };
  }

  /** The way back through what was passed, from the gradient by its output, and the step of Adam. */
  backward(tape: readonly Passed[], gradient: Tensor, moments: readonly [Tensor, Tensor]): void {
    const firstProduct = tape.findIndex(({ kind }) => kind === 'product');
    const layers: object[] = [];
    let current = gradient;
    for (let i = tape.length - 1; i >= firstProduct && firstProduct >= 0; i--) {
      const passed = tape[i];
      if (passed.kind === 'activation') {
        current = this.activationBackward(passed, current);
      } else {
        layers.push(...this.weightGradients(passed.stage, passed.input, current));
        if (i > firstProduct) {
          const { inputs, inputHeight, inputWidth } = passed.stage.product;
          const target = this.tensor(inputs * inputHeight * inputWidth * this.samples);
          this.goBack(passed.stage, current, target);
          current = target;
        }
      }
    }
    this.addRows(
      'adam',
      { layers, PARAMETERS: this.parameters, MOMENT1: moments[0], MOMENT2: moments[1] },
      Math.ceil(this.parameters / 64),
    );
  }

  private activationBackward(
    { stage, input, output, norm, ownsInput }: Extract<Passed, { kind: 'activation' }>,
    gradient: Tensor,
  ): Tensor {
    const { channels, height, width, slope, pooled } = stage;
    const plane = height * width;
    const smaller = pooled ? Math.floor(height / 2) * Math.floor(width / 2) : plane;
    const back = norm ? this.tensor(2 * channels) : undefined;
    const common = { ACTIVE: output, GRADIENT: gradient, SLOPE: slope, PLANE: smaller, CHANNELS: channels };
    if (norm) this.add('normalize-sums', { ...common, BACK: back, RAW_PLANE: plane }, channels);
    const target = !pooled ? gradient : ownsInput ? input : this.tensor(channels * plane * this.samples);
    const threads = channels * (pooled ? Math.ceil(height / 2) * Math.ceil(width / 2) : plane) * this.samples;
    this.addRows(
      'normalize-apply',
      {
        ...common,
        ...{ NORMALIZED: norm !== undefined, NORM: norm, BACK: back, POOLED: pooled },
        ...{ SOURCE: pooled ? input : undefined, TARGET: target, SH: height, SW: width },
      },
      Math.ceil(threads / (pooled ? ELEMENTS / 4 : ELEMENTS)),
    );
    return target;
  }

  /** The gradients by the weights of a layer; returns what Adam has to know of each. */
  private weightGradients(
    { product, weights, bias }: Extract<Stage, { kind: 'product' }>,
    input: Tensor,
    upper: Tensor,
  ): object[] {
    const { inputs, inputHeight, inputWidth, outputs, outputHeight, outputWidth } = product;
    const { kernel, transposed, factor, taps, shift, first, rows, columns } = product;
    const channels = outputs * factor * factor;
    const size = outputs * inputs * kernel * kernel;
    const common = { kernel, transposed, factor, taps, outputs, inputs, weights, size };
    if (product.dense) {
      const gradient = this.gradient(size);
      const ofBias = bias === undefined ? undefined : this.gradient(outputs);
      this.add(
        'dense-gradient',
        { UPPER: upper, INPUT: input, GRADIENT: gradient, BIAS: ofBias, OUTPUTS: outputs, INPUTS: inputs },
        Math.ceil(inputs / 64),
        Math.ceil(outputs / 64),
      );
      const ofKernel = { ...common, gradient, slices: 1 };
      if (bias === undefined) return [ofKernel];
      return [ofKernel, { ...ofKernel, inputs: 1, weights: bias, size: outputs, gradient: ofBias }];
    }
    const tile = gradientTile(this.tiling, product);
    // Not every GPU takes more than 256 threads a workgroup.
    const width = 64 * Math.ceil(taps / tile.kernelRows) > 256 ? 32 : Math.min(64, this.samples);
    const slices = Math.ceil(rows / tile.rows);
    const gradient = this.gradient(slices * channels * inputs * taps * taps);
    this.add(
      'weight-gradient',
      {
        ...{ UPPER: upper, INPUT: input, GRADIENT: gradient, V: channels, INPUTS: inputs },
        ...{ IH: inputHeight, IW: inputWidth, OH: outputHeight, OW: outputWidth, QH: rows, QW: columns },
        ...{ T: taps, FACTOR: factor, SHIFT: shift, OFFSET: first, WIDTH: width },
        ...{ OT: tile.outputs, IT: tile.inputs, KR: tile.kernelRows, XU: tile.columns },
        ...{ ROWS: tile.rows, SLICES: slices },
      },
      slices * Math.ceil(inputs / tile.inputs),
      Math.ceil(channels / tile.outputs),
    );
    return [{ ...common, gradient, slices }];
  }

  /** The place of a layer's gradient by its weights. */
  private gradient(size: number): number {
    const place = this.gradients;
    this.gradients += aligned(size);
    return place;
  }

  /** The program, once all dispatches are there. */
  finish(results: Results): Program {
    const lane = placeTensors(this.tensors.filter(({ last }) => last >= 0));
    const dispatches = this.dispatches.map((dispatch) => ({
      ...dispatch,
      constants: {
        ...{ LANE: lane, GRADIENT_LANE: this.gradients, GRADIENTS: GRADIENT_KERNELS.has(dispatch.kernel) },
        ...(placed(dispatch.constants) as Record<string, unknown>),
      },
    }));
    const { samples, slot, gradients, weights, inputSize, outputSize } = this;
    return { samples, lane, gradients, slot, weights, inputSize, outputSize, dispatches, results };
  }
}

type FusedProduct = Extract<FusedLayers, { kind: 'product' }>;

function kernelSize({ layer, input }: FusedProduct): number {
  return layer.type === 'dense'
    ? layer.units * sampleSize(input)
    : layer.filters * input[0] * layer.kernel ** 2;
}

function biasSize({ layer }: FusedProduct): number {
  return layer.type === 'dense' && layer.bias ? layer.units : 0;
}

/** What the program makes of fused layers; nothing of a sigmoid, which belongs to what reads the output. */
function stageOf(fused: FusedLayers, weights: readonly WeightPlace[]): Stage[] {
  const placeOf = (layer: number, name: WeightPlace['name']) =>
    weights.find((each) => each.layer === layer && each.name === name)?.place;
  switch (fused.kind) {
    case 'product': {
      const { layer, index, upSampled, input, output } = fused;
      const product = productOf(layer, input, output, upSampled ? 2 : 1);
      const [kernel, bias] = [placeOf(index, 'kernel') as number, placeOf(index, 'bias')];
      return [{ kind: 'product', product, weights: kernel, bias }];
    }
    case 'activation': {
      const { normalization, slope, maxPooling, input } = fused;
      const [channels, height = 1, width = 1] = input;
      const running = normalization === undefined ? undefined : placeOf(normalization, 'mean');
      return [{ kind: 'activation', channels, height, width, running, slope, pooled: maxPooling }];
    }
    case 'sigmoid':
      return [];
  }
}

function isTensor(value: unknown): value is Tensor {
  return typeof value === 'object' && value !== null && 'place' in value;
}

function tensorsIn(value: unknown): Tensor[] {
  if (isTensor(value)) return [value];
  if (typeof value !== 'object' || value === null) return [];
  return Object.values(value).flatMap(tensorsIn);
}

/** The same with the place of each tensor instead of it. */
function placed(value: unknown): unknown {
  if (isTensor(value)) return value.place;
  if (Array.isArray(value)) return value.map(placed);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, placed(each)]));
}
