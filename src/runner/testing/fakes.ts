import { setImmediate } from 'node:timers/promises';
import type { Run } from '../../config/run.js';
import type { DatasetDefaults, DatasetOutline } from '../../data/dataset.js';
import { detectorNamed } from '../../detectors/registry.js';
import type { FoundDevice } from '../../engine/device.js';
import type { DeviceName } from '../../engine/registry.js';
import type { Weights } from '../../networks/network.js';
import { exampleRun } from '../../results/testing/records.js';
import type { Capacities, Capacity } from '../capacity.js';
import { autoencoderOf, groupRuns, type RunGroup } from '../groups.js';
import type { Executor, Outcome, TrainedAutoencoder } from '../task.js';

const DEFAULTS: DatasetDefaults = { network: 'mlp', representationSize: 2, hiddenSizes: [4] };

/** What is known of a table of three features. */
export const TABLE: DatasetOutline = {
  name: 'cardio',
  shape: [3],
  classNames: ['normal', 'anomaly'],
  training: { count: 1000 },
  checksum: '',
  defaults: DEFAULTS,
};

/** A run of a detector with resolved options. */
export function runOf(
  detector: string,
  given: Readonly<Record<string, unknown>> = {},
  fields: Parameters<typeof exampleRun>[0] = {},
): Run {
  const options = detectorNamed(detector).resolve(given, DEFAULTS, [3]);
  return exampleRun({ detector: { name: detector, options }, ...fields });
}

export const DONE: Outcome = {
  status: 'done',
  auroc: 0.9,
  averagePrecision: 0.5,
  seconds: { data: 1, pretraining: 0, training: 2, scoring: 3 },
};

/** A device that was found. */
export const CPU: FoundDevice = {
  name: 'cpu',
  engine: 'native',
  available: true,
  adapter: 'avx2',
  software: false,
  details: {},
};

/** A GPU that was found, on which runs go on together. */
export const GPU: FoundDevice = {
  name: 'webgpu',
  engine: 'webgpu',
  available: true,
  adapter: 'a GPU, driver 1',
  software: false,
  details: {},
};

/** By name. */
export const DEVICES: ReadonlyMap<DeviceName, FoundDevice> = new Map([
  ['cpu', CPU],
  ['webgpu', GPU],
]);

/** So many runs at a time on the CPU, and in lanes of a GPU. */
export function capacities(onCpu: number, inLanes = 0): Capacities {
  const found = new Map<DeviceName, Capacity>([['cpu', { slots: onCpu, together: false }]]);
  return inLanes > 0 ? new Map([['webgpu', { slots: inLanes, together: true }], ...found]) : found;
}

/** Groups of runs on tables of three features. */
export function grouped(runs: readonly Run[], device: DeviceName = 'cpu'): RunGroup[] {
  return groupRuns(runs, new Map(runs.map(({ dataChecksum }) => [dataChecksum, { shape: [3] }])), device);
}

/** An executor that does nothing but what a test tells it, and keeps a log of it. */
export class FakeExecutor implements Executor {
  readonly log: string[] = [];

  constructor(private readonly names: ReadonlyMap<Run, string>) {}

  execute: Executor['execute'] = async (run, device, autoencoder, watcher) => {
    let start = autoencoder;
    if (!start && autoencoderOf(run)) {
      this.note('pretrain', run, device);
      start = await this.trained(run);
      watcher.pretrained?.(start);
    }
    this.note('detect', run, device, start ? ' from an autoencoder' : '');
    return this.detected(run, start?.weights);
  };

  pretrain: Executor['pretrain'] = async (run, device) => {
    this.note('pretrain', run, device, ' alone');
    return { autoencoder: await this.trained(run), seconds: 5 };
  };

  private async trained(run: Run): Promise<TrainedAutoencoder> {
    return { weights: await this.pretrained(run), losses: Float32Array.of(0.5, 0.25) };
  }

  private note(what: string, run: Run, device: DeviceName, how = ''): void {
    this.log.push(`${what} ${this.names.get(run)}${how}${device === 'cpu' ? '' : ` on ${device}`}`);
  }

  pretrained: (run: Run) => Promise<Weights> = async () => [{ kernel: Float32Array.of(1) }];

  detected: (run: Run, weights?: Weights) => Promise<Outcome> = async () => DONE;
}

/** A promise that is settled from outside. */
export interface Gate<T> {
  readonly passed: Promise<T>;
  open(value: T): void;
  fail(error: Error): void;
}

export function gate<T>(): Gate<T> {
  let open: Gate<T>['open'] = () => {};
  let fail: Gate<T>['fail'] = () => {};
  const passed = new Promise<T>((resolve, reject) => {
    open = resolve;
    fail = reject;
  });
  return { passed, open, fail };
}

/** Lets everything go on that waits for nothing from outside. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 5; turn++) await setImmediate();
}
