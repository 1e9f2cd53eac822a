import type { Engine, Model, Training, TrainingTask } from '../src/engine/engine.js';
import type { Network, Weights } from '../src/networks/network.js';

/** An epoch as another trained it. */
export interface ReplayedEpoch {
  /** Samples in the order of the batches. */
  readonly order: Uint32Array;
  readonly learningRate: number;
}

/** What another drew. */
export interface Replay {
  /** The kernels of the models in the order in which they are compiled, one after the other; a model without any keeps its own. */
  readonly starts: readonly (Float32Array | undefined)[];
  /** In the order in which they are trained. */
  readonly epochs: readonly ReplayedEpoch[];
}

/** An engine that computes with another, from the initial weights and in the batches that someone else drew. */
export class ReplayingEngine implements Engine {
  readonly name: Engine['name'];
  readonly device: string;
  private compiled = 0;
  private trained = 0;

  constructor(
    private readonly engine: Engine,
    private readonly replay: Replay,
  ) {
    this.name = engine.name;
    this.device = engine.device;
  }

  compile(network: Network, weights: Weights): Model {
    const start = this.replay.starts[this.compiled++];
    const model = this.engine.compile(network, start ? withKernels(weights, start) : weights);
    return {
      weights: () => model.weights(),
      predict: (samples) => model.predict(samples),
      train: (task) => this.train(model, task),
      dispose: () => model.dispose(),
    };
  }

  private train(model: Model, task: TrainingTask): Training {
    const training = model.train(task);
    return {
      epoch: () => {
        const { order, learningRate } = this.replay.epochs[this.trained++];
        return training.epoch(order, learningRate);
      },
    };
  }
}

function withKernels(weights: Weights, kernels: Float32Array): Weights {
  let at = 0;
  return weights.map((layer) => {
    if (!layer.kernel) return layer;
    const kernel = kernels.slice(at, at + layer.kernel.length);
    at += kernel.length;
    return { ...layer, kernel };
  });
}
