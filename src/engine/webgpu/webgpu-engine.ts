import { sampleSize } from '../../data/dataset.js';
import type { Network, Weights } from '../../networks/network.js';
import type { Engine, Model, Training, TrainingTask } from '../engine.js';
import { Ensemble, type EnsembleOptions, type LaneTraining } from './ensemble.js';
import { type Gpu, openGpu } from './gpu.js';

/** An engine over a GPU, whose models train together: those of all engines that are made of one ensemble. */
export function createWebGpuEngine(gpu: Gpu, options: EnsembleOptions): Engine {
  const ensemble = new Ensemble(gpu, options);
  return {
    name: 'webgpu',
    device: gpu.adapter,
    compile: (network, weights) => new WebGpuModel(ensemble, network, weights),
  };
}

/** Opens the GPU and makes an engine over it. */
export async function openWebGpuEngine(options: EnsembleOptions): Promise<Engine> {
  return createWebGpuEngine(await openGpu(), options);
}

class WebGpuModel implements Model {
  private initial: Weights;
  private lane: LaneTraining | undefined;

  constructor(
    private readonly ensemble: Ensemble,
    private readonly network: Network,
    weights: Weights,
  ) {
    this.initial = copyOf(weights);
  }

  async weights(): Promise<Weights> {
    const { lane, initial } = this;
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
    this.lane = this.ensemble.train(this.network, this.initial, task);
    const { lane } = this;
    return { epoch: (order, rate) => lane.epoch(order, rate) };
  }

  dispose(): void {
    this.lane?.dispose();
    this.lane = undefined;
  }
}

function copyOf(weights: Weights): Weights {
  return weights.map((layer) =>
    Object.fromEntries(Object.entries(layer).map(([name, values]) => [name, values.slice()])),
  );
}
