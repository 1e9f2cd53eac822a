import { UserError } from '../../errors.js';
import { loadAddon } from '../../native.js';

/** A kernel bound to its arrays: computes with the first `batch` of the samples that they have room for, at least one. */
export type BatchKernel = (batch: number) => void;

/**
 * Planes of channels inside an array, which may be a strided part of larger planes: one of the phases of an up-sampled image, or several of
 * the same extent, each with all channels. Strides, and where the phases begin, count floats.
 */
export interface Planes {
  readonly group: number;
  readonly channel: number;
  readonly row: number;
  readonly column: number;
  readonly channels: number;
  readonly height: number;
  readonly width: number;
  /** Where each begins. */
  readonly phases: readonly number[];
}

/** The taps of a kernel, and where the first falls for the first output. */
export interface KernelTaps {
  readonly height: number;
  readonly width: number;
  readonly offsetY: number;
  readonly offsetX: number;
}

/** One pass of batch normalisation, leaky ReLU and 2 × 2 max-pooling, each of which may be absent. */
export interface NormalizationPass {
  readonly channels: number;
  readonly height: number;
  readonly width: number;
  readonly normalize: boolean;
  readonly pool: boolean;
  /** Of the leaky ReLU; 1 where there is none. */
  readonly slope: number;
}

/**
 * The C++ kernels (native/), as one instruction set computes them. A batch is laid out in groups of 16 samples, a group as
 * [channel][y][x][16]; lanes past the batch's end are padding. Every function checks its arrays' lengths and throws a
 * RangeError where one is too short.
 *
 * The kernels of a network are bound: they take the most samples of a batch (`capacity`), geometry and arrays, and return the
 * function that a step calls.
 */
export interface Kernels {
  /**
   * out[o][y][x] = Σ w[o][i][ky][kx] · in[i][y + ky + offsetY][x + kx + offsetX], taps outside the input left out: see
   * `CorrelationStage` for how layers become correlations.
   */
  correlate(
    capacity: number,
    taps: KernelTaps,
    input: Float32Array,
    inputPlanes: Planes,
    output: Float32Array,
    outputPlanes: Planes,
    weights: Float32Array,
    accumulate: boolean,
  ): BatchKernel;
  /** gradient[a][b][ky][kx] = Σ a[y][x] · b[y + ky + offsetY][x + kx + offsetX]. */
  correlateGradient(
    capacity: number,
    taps: KernelTaps,
    a: Float32Array,
    aPlanes: Planes,
    b: Float32Array,
    bPlanes: Planes,
    gradient: Float32Array,
  ): BatchKernel;
  /** target[t] = Σ source[indices[j]] over starts[t] ≤ j < starts[t + 1], at least one each. */
  gatherSums(
    source: Float32Array,
    count: number,
    starts: Int32Array,
    indices: Int32Array,
    target: Float32Array,
  ): () => void;
  /** Packs the weights [output][input] of a dense layer for `correlate`: forward, and for the gradient by the input. */
  packDense(
    inputs: number,
    outputs: number,
    weights: Float32Array,
    forward: Float32Array,
    backward: Float32Array,
  ): () => void;
  /** y[output] = Σ weights[output][input] · x[input], the weights packed forward. */
  denseForward(
    capacity: number,
    inputs: number,
    outputs: number,
    x: Float32Array,
    weights: Float32Array,
    y: Float32Array,
  ): BatchKernel;
  /**
   * gradient[output][input] = Σ over samples of dy[output] · x[input] and, where there is a dx, dx by the weights packed backward;
   * `scratch` as long as `denseScratch` says.
   */
  denseBackward(
    capacity: number,
    inputs: number,
    outputs: number,
    x: Float32Array,
    dy: Float32Array,
    weights: Float32Array,
    scratch: Float32Array,
    gradient: Float32Array,
    dx: Float32Array | undefined,
  ): BatchKernel;
  /** y[output] += bias[output]. */
  addBias(capacity: number, outputs: number, bias: Float32Array, y: Float32Array): BatchKernel;
  /** gradient[output] = Σ over samples of dy[output]. */
  biasGradient(capacity: number, outputs: number, dy: Float32Array, gradient: Float32Array): BatchKernel;
  /** y = pool(leakyRelu((x − mean) · scale)), each part as `pass` says. */
  normalizeForward(
    capacity: number,
    pass: NormalizationPass,
    x: Float32Array,
    mean: Float32Array,
    scale: Float32Array,
    y: Float32Array,
  ): BatchKernel;
  /** The same by the mean, the biased variance and the scale 1/√(variance + ε) of each channel over the batch, which it writes. */
  normalizeBatch(
    capacity: number,
    pass: NormalizationPass,
    epsilon: number,
    x: Float32Array,
    mean: Float32Array,
    variance: Float32Array,
    scale: Float32Array,
    y: Float32Array,
  ): BatchKernel;
  /** Replaces x by the loss's gradient by x. */
  normalizeBackward(
    capacity: number,
    pass: NormalizationPass,
    x: Float32Array,
    mean: Float32Array,
    scale: Float32Array,
    dy: Float32Array,
  ): BatchKernel;
  /** Replaces values by their sigmoids. */
  sigmoidForward(capacity: number, features: number, x: Float32Array): BatchKernel;
  /** Replaces the gradient by y by that by x. */
  sigmoidBackward(capacity: number, features: number, y: Float32Array, dy: Float32Array): BatchKernel;
  /** ‖output − target‖² of each sample; the target is one point where `shared`, else laid out like the output. */
  squaredDistances(
    capacity: number,
    features: number,
    shared: boolean,
    output: Float32Array,
    target: Float32Array,
    distances: Float32Array,
  ): BatchKernel;
  /** gradient = 2 · weights[sample] · (output − target), 0 in padding lanes. */
  distanceGradient(
    capacity: number,
    features: number,
    shared: boolean,
    output: Float32Array,
    target: Float32Array,
    weights: Float32Array,
    gradient: Float32Array,
  ): BatchKernel;
  /** Σ log(1 + e^logit) − target · logit of each sample: the cross-entropy of targets in [0, 1], laid out like the logits. */
  crossEntropies(
    capacity: number,
    features: number,
    logits: Float32Array,
    target: Float32Array,
    entropies: Float32Array,
  ): BatchKernel;
  /** gradient = weights[sample] · (sigmoid(logit) − target), 0 in padding lanes. */
  crossEntropyGradient(
    capacity: number,
    features: number,
    logits: Float32Array,
    target: Float32Array,
    weights: Float32Array,
    gradient: Float32Array,
  ): BatchKernel;
  /** Steps of Adam; a correction is 1 − βᵗ. */
  adam(
    weights: Float32Array,
    gradient: Float32Array,
    moment1: Float32Array,
    moment2: Float32Array,
  ): (learningRate: number, weightDecay: number, correction1: number, correction2: number) => void;
  /**
   * Draws latents z = μ + σ ε of samples with `count` each.
   *
   * @param softplus whether log σ² = log(1 + eᵃ), and not a
   * @param outputs of each sample the means, then as many a
   * @param noises ε, which become σ ε
   * @param latents receive z, `slopes` the derivatives of log σ² by a, and `divergences` Σ (z² − ε² − log σ²) / 2 of each sample
   */
  drawLatents(
    count: number,
    softplus: boolean,
    outputs: Float32Array,
    noises: Float64Array,
    latents: Float32Array,
    slopes: Float64Array,
    divergences: Float64Array,
  ): void;
  /** Brings the samples that `order` names, one a row, into groups of `width` features, as those from `first` on. */
  gatherBatch(
    batch: number,
    features: number,
    samples: Float32Array,
    order: Uint32Array,
    groups: Float32Array,
    first: number,
    width: number,
  ): void;
  /** Brings these features of groups back into rows. */
  scatterBatch(
    batch: number,
    features: number,
    groups: Float32Array,
    first: number,
    width: number,
    samples: Float32Array,
  ): void;
  /**
   * out[i][j] = ‖a_i − b_j‖² for `countA` and `countB` points in rows of so many features.
   *
   * @param center a point in their midst: the nearer it is to them, the more distances can be made from inner products
   */
  pairwiseDistances(
    countA: number,
    countB: number,
    features: number,
    a: Float32Array,
    b: Float32Array,
    center: Float32Array,
    out: Float32Array,
  ): void;
  /** out[i][j] = ‖x_i − x_j‖² for `count` points in rows of so many features, with a center as above. */
  symmetricDistances(
    count: number,
    features: number,
    points: Float32Array,
    center: Float32Array,
    out: Float32Array,
  ): void;
  /** out = exp(−γ · distances), to within a few units in the last place; both may be the same array. */
  radialBasis(gamma: number, distances: Float32Array, out: Float32Array): void;
  /**
   * Among the samples [from, to): the one of least projection whose coefficient is below `high`, the one of greatest projection
   * whose coefficient is above `low`, and the range of all projections. Of equals the first.
   *
   * @param found receives [up, its projection, down, its projection, least projection, greatest]; −1 and ±∞ where there is none
   */
  findExtremes(
    from: number,
    to: number,
    low: number,
    high: number,
    coefficients: Float64Array,
    projections: Float64Array,
    found: Float64Array,
  ): void;
  /**
   * Among the samples [from, to) whose coefficient is above `low` and whose projection is above that of the sample `growing`: the
   * one of greatest gain, slope² / curvature of the step along which it shrinks as `growing` grows. Of equals the first.
   *
   * @param row the kernel matrix's of `growing`
   * @param found receives [index, gain]; −1 where there is none
   */
  findPartner(
    from: number,
    to: number,
    low: number,
    growing: number,
    coefficients: Float64Array,
    projections: Float64Array,
    row: Float32Array,
    diagonal: Float32Array,
    found: Float64Array,
  ): void;
  /** sums += factorA · rowA + factorB · rowB. */
  addRows(
    count: number,
    sums: Float64Array,
    factorA: number,
    rowA: Float32Array,
    factorB: number,
    rowB: Float32Array,
  ): void;
  /** Σ coefficients · values. */
  weightedSum(count: number, coefficients: Float64Array, values: Float32Array): number;
  /**
   * Sums of Gaussians: sums[k] = Σ exp((nearest − d²) · precision)^(2^k), k < levels (at most 16), over the squared distances d² but those
   * of the samples [from, to). What is below e⁻⁵⁰ counts as 0.
   *
   * @returns the nearest, which is the least of these d²; ∞ where there are none
   */
  gaussianSums(
    from: number,
    to: number,
    precision: number,
    levels: number,
    distances: Float32Array,
    sums: Float64Array,
  ): number;
  /** How many floats past the start of a cache line an array begins. */
  lineOffset(array: Float32Array): number;
  /** The core's peak of fused multiply-adds in GFLOP/s, measured on registers alone. */
  measureFmaPeak(): number;
}

/** Samples in a group, innermost in every kernel's layout; native/kernels.h states it. */
export const GROUP = 16;

/** How many groups hold this many samples. */
export function groupsOf(batch: number): number {
  return Math.ceil(batch / GROUP);
}

/** How many floats `denseBackward` works in. */
export function denseScratch(batch: number, inputs: number, outputs: number): number {
  const padded = groupsOf(inputs) * GROUP;
  return padded * batch + outputs * batch + padded * outputs;
}

/** Channels in a block of packed weights. */
export const CHANNEL_BLOCK = 8;

/** Floats in a cache line, the widest vector too. */
const LINE = 16;

/** Zeros that begin on a cache line, so that no vector of a group straddles two. */
export function alignedFloats(kernels: Kernels, length: number): Float32Array {
  const buffer = new ArrayBuffer((length + LINE) * Float32Array.BYTES_PER_ELEMENT);
  const past = kernels.lineOffset(new Float32Array(buffer));
  return new Float32Array(buffer, ((LINE - past) % LINE) * Float32Array.BYTES_PER_ELEMENT, length);
}

/** Forces an instruction set, for tests and for comparing machines. */
const OVERRIDE = 'DEEPSAD_INSTRUCTION_SET';

/** The instruction sets that the kernels are compiled for and this machine can run, fastest first. */
export function instructionSets(): string[] {
  return loadAddon().instructionSets();
}

/**
 * The kernels of the fastest instruction set, or of the one that the environment variable DEEPSAD_INSTRUCTION_SET names.
 *
 * @throws UserError where the kernels are not built or the machine cannot run the named set
 */
export function loadKernels(wanted = process.env[OVERRIDE]): { instructionSet: string; kernels: Kernels } {
  const addon = loadAddon();
  const supported = addon.instructionSets();
  const instructionSet = wanted || supported[0];
  if (!supported.includes(instructionSet)) {
    throw new UserError(
      `${OVERRIDE}: this machine cannot run ${instructionSet}; it runs ${supported.join(', ')}`,
    );
  }
  return { instructionSet, kernels: addon.kernels(instructionSet) as Kernels };
}
