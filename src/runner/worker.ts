import { memoize } from 'es-toolkit/function/memoize';
import { type Run, splitKey } from '../config/run.js';
import type { Dataset } from '../data/dataset.js';
import { type PreparedData, prepare } from '../data/prepare.js';
import type { ScaledWholes } from '../data/scaling.js';
import { openDataset } from '../data/shared-dataset.js';
import { openEngine } from '../engine/device.js';
import type { Engine } from '../engine/engine.js';
import { executeRun, pretrainRun } from './execute-run.js';
import { serve } from './serve.js';

// A process that loads this module executes runs.
serve(async (device, options) => {
  // What stands in the way of one engine stands in that of all.
  await openEngine(device, options);
  const going = async <T>(work: (engine: Engine) => Promise<T>) => {
    const engine = await openEngine(device, options);
    count++;
    try {
      return await work(engine);
    } finally {
      count--;
    }
  };
  return {
    execute: ({ run, dataset, ...task }, reports) =>
      going((engine) => executeRun(run, open(dataset), engine, { ...reports, ...task, split })),
    pretrain: ({ run, dataset }, progress) =>
      going((engine) => pretrainRun(run, open(dataset), engine, { progress, split })),
  };
});

const open = memoize(openDataset, { getCacheKey: ({ descriptor }) => descriptor });

/** How many runs go on. */
let count = 0;
/** The latest data of as many splits, the last used last. */
const splits = new Map<string, PreparedData>();
/** What these share, for no run writes to its data. */
const wholes: ScaledWholes = new WeakMap();

/** The data of a run, made anew where no run of late has had the same split. */
function split(dataset: Dataset, run: Run): PreparedData {
  const key = splitKey(run);
  const known = splits.get(key);
  splits.delete(key);
  // What goes frees its memory before the next is made.
  for (const oldest of splits.keys()) if (splits.size >= count) splits.delete(oldest);
  const data = known ?? prepare(dataset, run, wholes);
  splits.set(key, data);
  return data;
}
