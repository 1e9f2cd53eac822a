import { copyOf, type Network, type Weights } from '../../networks/network.js';
import { checkOrder, checkTask, sampleCount } from '../checks.js';
import { DeviceLost, type Engine, type Model, type Training, type TrainingTask } from '../engine.js';
import type { Ensemble } from './ensemble.js';
import { failureOf, type Gpu } from './gpu.js';
import type { LaneTraining } from './training-block.js';

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
  /** As they are on the host: as they were given, or as its training left them. */
  private kept: Weights;
  private trained = false;
  /** Where it is trained, from when that begins until it ends. */
  private lane: Promise<LaneTraining> | undefined;

  constructor(
    private readonly ensemble: Ensemble,
    private readonly network: Network,
    weights: Weights,
  ) {
    this.kept = copyOf(weights);
  }

  async weights(): Promise<Weights> {
    const { kept, ensemble, lane: training } = this;
    if (!training) return copyOf(kept);
    const { lane, values } = await onGpu(ensemble.gpu, async () => {
      const lane = await training;
      return { lane, values: await lane.weights() };
    });
    const found: Record<string, Float32Array>[] = kept.map(() => ({}));
    for (const { layer, name, place, size } of lane.owner.program.weights) {
      found[layer][name] = values.slice(place, place + size);
    }
    return found;
  }

  async predict(samples: Float32Array): Promise<Float32Array> {
    if (sampleCount(this.network, samples) === 0) return new Float32Array();
    const weights = await this.weights();
    const inLane = this.lane !== undefined;
    return onGpu(this.ensemble.gpu, () => this.ensemble.evaluate(this.network, weights, samples, inLane));
  }

  train(task: TrainingTask): Training {
    if (this.trained) throw new Error('a model is trained once');
    checkTask(this.network, task);
    this.trained = true;
    const lane = this.ensemble.train(this.network, this.kept, task);
    this.lane = lane;
    // Whoever waits for an epoch hears of it.
    lane.catch(() => {});
    const { gpu } = this.ensemble;
    return {
      epoch: async (order, rate) => {
        checkOrder(task, order);
        return onGpu(gpu, async () => (await lane).epoch(order, rate));
      },
      end: async () => {
        this.kept = await this.weights();
        this.dispose();
      },
    };
  }

  dispose(): void {
    this.lane?.then(
      (lane) => this.ensemble.leave(lane),
      () => {},
    );
    this.lane = undefined;
  }
}

/** What the GPU is asked for; rejects with `DeviceLost` where that fails since the GPU has. */
async function onGpu<T>(gpu: Gpu, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const failure = await failureOf(gpu);
    if (failure === undefined) throw error;
    // All that wait for it hear of it now, not each at its next step.
    gpu.device.destroy();
    throw new DeviceLost(`the GPU failed: ${failure}`);
  }
}
