import type { Engine, Model, Training, TrainingTask, Weights } from '../src/engine/engine.js';
import type { Network } from '../src/networks/network.js';

/** An epoch as it was trained. */
export interface RecordedEpoch {
  /** Samples in the order of the batches. */
  readonly order: Uint32Array;
  readonly learningRate: number;
}

/** An engine that computes with another, and keeps the weights that its models start from and the epochs that they train. */
export class RecordingEngine implements Engine {
  readonly name: Engine['name'];
  readonly device: string;
  readonly starts: Weights[] = [];
  readonly epochs: RecordedEpoch[] = [];

  constructor(private readonly engine: Engine) {
    this.name = engine.name;
    this.device = engine.device;
  }

  compile(network: Network, weights: Weights): Model {
    this.starts.push(weights);
    const model = this.engine.compile(network, weights);
    return {
      weights: () => model.weights(),
      predict: (samples) => model.predict(samples),
      train: (task) => this.train(model, task),
    };
  }

  private train(model: Model, task: TrainingTask): Training {
    const training = model.train(task);
    return {
      epoch: (order, learningRate) => {
        this.epochs.push({ order, learningRate });
        return training.epoch(order, learningRate);
      },
    };
  }
}
