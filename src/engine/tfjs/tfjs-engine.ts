import type { Engine, Model, Training, TrainingTask } from '../engine.js';
import type { Backend } from './backends.js';
import { TfjsNetwork } from './tfjs-network.js';
import { TfjsTraining } from './training.js';

/**
 * The engine of TensorFlow.js on a backend. What it computes agrees with the native engine to the rounding of single precision.
 */
export function createTfjsEngine({ tf, adapter }: Backend): Engine {
  return {
    name: 'tfjs',
    device: adapter,
    compile: (network, weights) => new TfjsModel(tf, network, weights),
  };
}

class TfjsModel extends TfjsNetwork implements Model {
  train(task: TrainingTask): Training {
    return new TfjsTraining(this, task);
  }
}
