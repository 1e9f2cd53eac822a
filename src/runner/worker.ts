import { memoize } from 'es-toolkit/function/memoize';
import { type Run, splitKey } from '../config/run.js';
import type { Dataset } from '../data/dataset.js';
import { type PreparedData, prepare } from '../data/prepare.js';
import { openDataset } from '../data/shared-dataset.js';
import { openEngine } from '../engine/device.js';
import { executeRun } from './execute-run.js';
import { serve } from './serve.js';

const open = memoize(openDataset, { getCacheKey: ({ descriptor }) => descriptor });

// A process that loads this module executes runs.
serve(async ({ run, dataset, device, autoencoder, modelDirectory }, reports) => {
  const engine = await openEngine(device);
  return executeRun(run, open(dataset), engine, { ...reports, autoencoder, modelDirectory, split });
});

let latest: { readonly key: string; readonly data: PreparedData } | undefined;

/** The data of a run; that of the previous one where it has the same split. */
function split(dataset: Dataset, run: Run): PreparedData {
  const key = splitKey(run);
  if (latest?.key !== key) {
    latest = undefined; // frees its memory before the next is made
    latest = { key, data: prepare(dataset, run) };
  }
  return latest.data;
}
