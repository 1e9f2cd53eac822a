import type { Engine } from '../engine.js';
import type { Backend } from './backends.js';
import { TfjsModel } from './tfjs-model.js';

/**
 * The engine of TensorFlow.js on a backend. What it computes agrees with the native engine to the rounding of single precision.
 */
export function createTfjsEngine({ tf, adapter, errors }: Backend): Engine {
  return {
    name: 'tfjs',
    device: adapter,
    compile: (network, weights) => new TfjsModel(tf, network, weights, errors),
  };
}
