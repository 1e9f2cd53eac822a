import { sampleSize } from '../../data/dataset.js';
import type { LayerWeights, Network } from '../../networks/network.js';
import { imageShape } from '../../networks/shapes.js';
import { type FusedLayers, fuseLayers } from '../fused-layers.js';
import { CorrelationStage } from './correlation-stage.js';
import { DenseStage } from './dense-stage.js';
import { alignedFloats, type BatchKernel, GROUP, groupsOf, type Kernels } from './kernels.js';
import { NormalizationStage, type RunningStatistics } from './normalization-stage.js';
import type { Parameters } from './parameters.js';
import { SigmoidStage } from './sigmoid-stage.js';
import type { Stage } from './stage.js';

/** A network as stages with their buffers. */
export interface Pipeline {
  /** The most samples of a batch. */
  readonly capacity: number;
  /** Where a batch is put. */
  readonly input: Float32Array;
  readonly stages: readonly Stage[];
  /** Where the last stage leaves its results. */
  readonly output: Float32Array;
  /** Where the loss's gradient by the output is put. */
  readonly outputGradient: Float32Array;
  /** The ways back of the stages, in the stages' order. */
  readonly backwards: readonly BatchKernel[];
  /** Where the gradient by the input goes, where that is needed. */
  readonly inputGradient: Float32Array | undefined;
}

/**
 * Turns a network into stages, one for layers that are fused.
 *
 * @param gradient where the gradient by `parameters.values` goes
 * @param capacity the most samples of a batch
 * @param inputNeeded whether the gradient by the input is
 * @throws Error as `fuseLayers`
 */
export function compileStages(
  kernels: Kernels,
  network: Network,
  parameters: Parameters,
  gradient: Float32Array,
  capacity: number,
  inputNeeded = false,
): Pipeline {
  const gradients = parameters.parts(gradient);
  const input = alignedFloats(kernels, groupsOf(capacity) * sampleSize(network.input) * GROUP);
  const stages: Stage[] = [];
  let buffer: Float32Array = input;
  for (const fused of fuseLayers(network)) {
    const stage = compileStage(kernels, fused, buffer, parameters, gradients, capacity);
    stages.push(stage);
    buffer = stage.output;
  }
  const outputGradient = alignedFloats(kernels, buffer.length);
  const back = waysBack(stages, outputGradient, inputNeeded);
  return { capacity, input, stages, output: buffer, outputGradient, ...back };
}

function compileStage(
  kernels: Kernels,
  fused: FusedLayers,
  input: Float32Array,
  parameters: Parameters,
  gradients: readonly LayerWeights[],
  capacity: number,
): Stage {
  const size = sampleSize(fused.input);
  switch (fused.kind) {
    case 'product': {
      const { layer, index, upSampled, output } = fused;
      const [weights, gradient] = [parameters.layers[index], gradients[index]];
      if (layer.type === 'dense')
        return new DenseStage(kernels, input, size, layer.units, capacity, weights, gradient);
      return new CorrelationStage(
        kernels,
        layer,
        input,
        imageShape(fused.input),
        imageShape(output),
        capacity,
        upSampled,
        weights.kernel,
        gradient.kernel,
      );
    }
    case 'activation': {
      const { normalization, slope, maxPooling } = fused;
      const running = normalization === undefined ? undefined : runningStatistics(parameters, normalization);
      const follows = { slope, maxPooling };
      return new NormalizationStage(kernels, input, fused.input, capacity, follows, running);
    }
    case 'sigmoid':
      return new SigmoidStage(kernels, input, size, capacity);
  }
}

function waysBack(
  stages: readonly Stage[],
  outputGradient: Float32Array,
  inputNeeded: boolean,
): Pick<Pipeline, 'backwards' | 'inputGradient'> {
  const backwards: BatchKernel[] = [];
  let gradient: Float32Array | undefined = outputGradient;
  for (let i = stages.length - 1; i >= 0 && gradient; i--) {
    const { inputGradient, backward } = stages[i].differentiate(gradient, i > 0 || inputNeeded);
    backwards.unshift(backward);
    gradient = inputGradient;
  }
  return { backwards, inputGradient: inputNeeded ? gradient : undefined };
}

function runningStatistics(parameters: Parameters, layer: number): RunningStatistics {
  const { mean, variance } = parameters.layers[layer];
  return { mean, variance };
}
