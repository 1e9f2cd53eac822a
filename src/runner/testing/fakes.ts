import { setImmediate } from 'node:timers/promises';
import type { Run } from '../../config/run.js';
import type { DatasetDefaults } from '../../data/dataset.js';
import { detectorNamed } from '../../detectors/registry.js';
import type { FoundDevice } from '../../engine/device.js';
import type { Weights } from '../../networks/network.js';
import { exampleRun } from '../../results/testing/records.js';
import { autoencoderOf, groupRuns, type RunGroup } from '../groups.js';
import type { Executor, Outcome } from '../task.js';

const DEFAULTS: DatasetDefaults = { network: 'mlp', representationSize: 2, hiddenSizes: [4] };

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

/** Groups of runs on tables of three features. */
export function grouped(runs: readonly Run[]): RunGroup[] {
  return groupRuns(runs, new Map(runs.map(({ dataChecksum }) => [dataChecksum, { shape: [3] }])));
}

/** An executor that does nothing but what a test tells it, and keeps a log of it. */
export class FakeExecutor implements Executor {
  readonly engine = 'fake';
  readonly device = 'none';
  readonly log: string[] = [];
  closed = false;

  constructor(private readonly names: ReadonlyMap<Run, string>) {}

  execute: Executor['execute'] = async (run, autoencoder, watcher) => {
    const name = this.names.get(run);
    let start = autoencoder;
    if (!start && autoencoderOf(run)) {
      this.log.push(`pretrain ${name}`);
      start = { weights: await this.pretrained(run), losses: Float32Array.of(0.5, 0.25) };
      watcher.pretrained?.(start);
    }
    this.log.push(`detect ${name}${start ? ' from an autoencoder' : ''}`);
    return this.detected(run, start?.weights);
  };

  pretrained: (run: Run) => Promise<Weights> = async () => [{ kernel: Float32Array.of(1) }];

  detected: (run: Run, weights?: Weights) => Promise<Outcome> = async () => DONE;

  async close(): Promise<void> {
    this.closed = true;
  }
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
