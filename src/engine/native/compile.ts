import { sampleSize } from '../../data/dataset.js';
import type { Network } from '../../networks/network.js';
import { imageShape, layerShapes } from '../../networks/shapes.js';
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
}

/**
 * Turns a network's layers into stages. Batch normalisation, leaky ReLU and max-pooling that follow each other become one;
 * up-sampling becomes part of the convolution after it; reshaping is free.
 *
 * @param gradient where the gradient by `parameters.values` goes
 * @param capacity the most samples of a batch
 * @throws Error where up-sampling is not followed by a convolution
 */
export function compileStages(
  kernels: Kernels,
  network: Network,
  parameters: Parameters,
  gradient: Float32Array,
  capacity: number,
): Pipeline {
  const { layers } = network;
  const shapes = layerShapes(network);
  const gradients = parameters.parts(gradient);
  const input = alignedFloats(kernels, groupsOf(capacity) * sampleSize(network.input) * GROUP);
  const stages: Stage[] = [];
  let buffer: Float32Array = input;
  const add = (stage: Stage) => {
    stages.push(stage);
    buffer = stage.output;
  };

  let i = 0;
  /** The slope of the leaky ReLU at i, or behind a reshaping there, which it moves past; 1 where there is none. */
  const takeSlope = (): number => {
    const at = layers[i]?.type === 'reshape' ? i + 1 : i;
    const activation = layers[at];
    if (activation?.type !== 'leakyRelu') return 1;
    i = at + 1;
    return activation.slope;
  };
  /** Whether the layer at i is a pooling, which it moves past. */
  const takePooling = (): boolean => {
    if (layers[i]?.type !== 'maxPooling') return false;
    i++;
    return true;
  };

  while (i < layers.length) {
    const first = i;
    const upSampled = layers[i].type === 'upSampling';
    if (upSampled) i++;
    const layer = layers[i];
    if (upSampled && layer?.type !== 'convolution' && layer?.type !== 'transposedConvolution') {
      throw new Error('up-sampling is compiled into the convolution after it, and there is none');
    }
    i++;
    switch (layer.type) {
      case 'dense':
        add(
          new DenseStage(
            kernels,
            buffer,
            sampleSize(shapes[first]),
            layer.units,
            capacity,
            parameters.layers[first],
            gradients[first],
          ),
        );
        break;
      case 'convolution':
      case 'transposedConvolution':
        add(
          new CorrelationStage(
            kernels,
            layer,
            buffer,
            imageShape(shapes[first]),
            imageShape(shapes[i]),
            capacity,
            upSampled,
            parameters.layers[i - 1].kernel,
            gradients[i - 1].kernel,
          ),
        );
        break;
      case 'batchNormalization':
      case 'leakyRelu':
      case 'maxPooling': {
        const running =
          layer.type === 'batchNormalization' ? runningStatistics(parameters, first) : undefined;
        const slope =
          layer.type === 'leakyRelu' ? layer.slope : layer.type === 'maxPooling' ? 1 : takeSlope();
        const maxPooling = layer.type === 'maxPooling' || takePooling();
        add(new NormalizationStage(kernels, buffer, shapes[first], capacity, { slope, maxPooling }, running));
        break;
      }
      case 'sigmoid':
        add(new SigmoidStage(kernels, buffer, sampleSize(shapes[first]), capacity));
        break;
      case 'reshape':
        // Values lie channels first, in every shape.
        break;
    }
  }
  const outputGradient = alignedFloats(kernels, buffer.length);
  const backwards = waysBack(stages, outputGradient);
  return { capacity, input, stages, output: buffer, outputGradient, backwards };
}

function waysBack(stages: readonly Stage[], outputGradient: Float32Array): BatchKernel[] {
  const backwards: BatchKernel[] = [];
  let gradient: Float32Array | undefined = outputGradient;
  for (let i = stages.length - 1; i >= 0 && gradient; i--) {
    const { inputGradient, backward } = stages[i].differentiate(gradient, i > 0);
    backwards.unshift(backward);
    gradient = inputGradient;
  }
  return backwards;
}

function runningStatistics(parameters: Parameters, layer: number): RunningStatistics {
  const { mean, variance } = parameters.layers[layer];
  return { mean, variance };
}
