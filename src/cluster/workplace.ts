import { loadDataset } from '../data/registry.js';
import { type SharedDataset, shareDataset } from '../data/shared-dataset.js';
import { type FoundDevice, findDevice } from '../engine/device.js';
import type { DeviceName } from '../engine/registry.js';
import { UserError } from '../errors.js';
import type { RunRecord } from '../results/record.js';
import type { AutoencoderCache } from '../runner/autoencoder-cache.js';
import type { Bundle } from '../runner/bundles.js';
import { type RunGroup, runsOf } from '../runner/groups.js';
import { WorkerPool } from '../runner/workers.js';
import type { ExecutionOptions, Means } from '../sweep/execute.js';
import type { PlanSettings, SweepPlan } from './plan.js';

/** How a machine executes bundles, wherever they come from. */
export interface WorkOptions extends Pick<ExecutionOptions, 'draining' | 'signal' | 'secondsLeft'> {
  /** Tells this worker from others; the same for one that takes the place of another that was ended. */
  readonly name: string;
  /** How many runs execute at a time, where it is not what the plan says. */
  readonly jobs?: number | undefined;
  /** The folder of data files on this machine, where it is not that of the plan. */
  readonly dataDir?: string | undefined;
  /**
   * The trained autoencoders that are kept on this machine, as a plan asks for them.
   *
   * @param shared a folder that other machines see too, for what is not here
   */
  cacheFor(settings: PlanSettings, shared?: string): Promise<AutoencoderCache | undefined>;
  /**
   * Is told of each bundle before it is executed, and hears of its runs.
   *
   * @param log takes what is to be read where the sweep was submitted, where standard error is not
   */
  begin(bundle: Bundle, log?: (text: string) => void): ExecutionOptions['on'];
}

/** What a worker leaves. */
export interface WorkDone {
  readonly records: readonly RunRecord[];
  /** Runs that it answers for and that nobody executes, as for lack of time; undefined where that cannot be asked. */
  readonly left: number | undefined;
}

/**
 * Where bundles are executed one after the other: what they need is kept from one to the next, as far as that needs the same. Whoever makes it
 * closes it.
 */
export class Workplace {
  private readonly workers = new WorkerPool();
  /** By checksum, of the last bundle. */
  private readonly loaded = new Map<string, SharedDataset>();
  private readonly devices = new Map<DeviceName, FoundDevice>();

  /** @param dataDir the folder of data files; by default as `dataFolder` says */
  constructor(private readonly dataDir: string | undefined) {}

  /**
   * The data, the devices and the worker processes that groups need.
   *
   * @throws UserError where they are not here, or the data are other ones than those of the plan
   */
  async meansFor(groups: readonly RunGroup[], { datasets, diagnosed }: SweepPlan): Promise<Means> {
    const wanted = new Set(runsOf(groups).map(({ dataChecksum }) => dataChecksum));
    for (const checksum of this.loaded.keys()) {
      if (wanted.has(checksum)) continue;
      this.loaded.delete(checksum);
      // Its file takes space as long as a process has it open.
      await this.close();
    }
    for (const checksum of wanted) {
      if (this.loaded.has(checksum)) continue;
      const dataset = await loadDataset(datasets[checksum], this.dataDir);
      if (dataset.checksum !== checksum) {
        throw new UserError(
          `${dataset.name}: its files are other ones here than where the sweep was submitted`,
        );
      }
      this.loaded.set(checksum, shareDataset(dataset));
    }
    for (const name of new Set([...groups.map(({ device }) => device), 'cpu' as const])) {
      if (!this.devices.has(name)) this.devices.set(name, await findDevice(name));
    }
    const probed = new Set(diagnosed);
    return {
      datasets: new Map(this.loaded),
      devices: this.devices,
      workers: this.workers,
      diagnosed: ({ id }) => probed.has(id),
    };
  }

  /** Ends the worker processes; others are started for the next bundle, if there is one. */
  async close(): Promise<void> {
    await this.workers.close();
  }
}
