import { sampleSize } from '../../data/dataset.js';
import type { Network, Weights } from '../../networks/network.js';
import type { Engine, Model, Training, TrainingTask } from '../engine.js';
import type { Ensemble, LaneTraining } from './ensemble.js';

/** An engine over a GPU. Those of one ensemble train together. */
export function createWebGpuEngine(ensemble: Ensemble): Engine {
  const { adapter, driver } = ensemble.gpu;
  return {
    name: 'webgpu',
    device: `${adapter}, ${driver}`,
    compile: (network, weights) => new WebGpuModel(ensemble, network, weights),
  };
}

class WebGpuModel implements Model {
  /** As they were given, until it is trained. */
  private readonly initial: Weights;
  private lane: Promise<LaneTraining> | undefined;
  private disposed = false;

  constructor(
    private readonly ensemble: Ensemble,
    private readonly network: Network,
    weights: Weights,
  ) {
    this.initial = copyOf(weights);
  }

  async weights(): Promise<Weights> {
    const { initial } = this;
    const lane = await this.lane;
    if (!lane) return copyOf(initial);
    const values = await lane.weights();
    const found: Record<string, Float32Array>[] = initial.map(() => ({}));
    for (const { layer, name, place, size } of lane.owner.program.weights) {
      found[layer][name] = values.slice(place, place + size);
    }
    return found;
  }

  async predict(samples: Float32Array): Promise<Float32Array> {
    if (samples.length % sampleSize(this.network.input) !== 0) throw new Error('samples of another shape');
    if (samples.length === 0) return new Float32Array();
    return this.ensemble.evaluate(this.network, await this.weights(), samples);
  }

  train(task: TrainingTask): Training {
    if (this.lane) throw new Error('a model is trained once');
    const lane = this.ensemble.train(this.network, this.initial, task);
    this.lane = lane;
    // Whoever waits for an epoch hears of it.
    lane.catch(() => {});
    return { epoch: async (order, rate) => (await lane).epoch(order, rate) };
  }

  dispose(): void {
    if (this.disposed) return;
    this.disposed = true;
    this.lane?.then(
      (lane) => this.ensemble.leave(lane),
      () => {},
    );
  }
}

function copyOf(weights: Weights): Weights {
  return weights.map((layer) =>
    Object.fromEntries(Object.entries(layer).map(([name, values]) => [name, values.slice()])),
  );
}
