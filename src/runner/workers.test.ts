import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from '@jest/globals';
import type { Run } from '../config/run.js';
import type { Dataset } from '../data/dataset.js';
import type { Progress } from '../detectors/detector.js';
import type { Executor } from './task.js';
import { runOf } from './testing/fakes.js';
import { startWorkers } from './workers.js';

/** A worker that does what the normal class of a run says. */
const SCRIPT = `
  export async function detect({ run, dataset, port, autoencoder, modelDirectory }) {
    switch (run.normalClass) {
      case 'exit': process.exit(3);
      case 'crash': setImmediate(() => { throw new Error('a bolt from the blue'); }); await new Promise(() => {});
      case 'fill its memory': for (const kept = [];;) kept.push(new Array(1e6).fill(kept.length));
      case 'throw': throw new Error('the loss is NaN');
      case 'hang': port.postMessage({ phase: 'training', done: 0, total: 1 }); await new Promise(() => {});
      case 'spin': port.postMessage({ phase: 'training', done: 0, total: 1 }); for (;;);
    }
    port.postMessage({ phase: 'training', done: 1, total: 1 });
    Atomics.wait(new Int32Array(dataset.training.classes.buffer), 0, 0); // until the progress has arrived
    if (autoencoder) Atomics.add(new Int32Array(autoencoder[0].kernel.buffer), 0, 1);
    return { status: 'done', modelDirectory };
  }
`;

let directory: string;
let worker: URL;
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'workers-'));
  worker = pathToFileURL(join(directory, 'worker.mjs'));
  writeFileSync(worker, SCRIPT);
});
afterAll(() => rmSync(directory, { recursive: true }));

const dataset: Dataset = {
  name: 'cardio',
  shape: [1],
  classNames: ['normal', 'anomaly'],
  training: { count: 1, values: new Float64Array(), classes: new Uint8Array(new SharedArrayBuffer(4)) },
  checksum: 'ab'.repeat(32),
  defaults: { network: 'mlp', representationSize: 1 },
};

let abort: AbortController;
let executor: Executor;
beforeEach(async () => {
  abort = new AbortController();
  const options = {
    datasets: new Map([[dataset.checksum, dataset]]),
    threads: 1,
    device: 'cpu' as const,
    modelDirectory: (run: Run) => join('models', run.id),
    signal: abort.signal,
  };
  executor = await startWorkers(options, worker);
});
afterEach(() => executor.close());

const runThat = (normalClass: string): Run => runOf('deep-sad', {}, { normalClass });
const detect = (run: Run, report: (progress: Progress) => void = goOn) =>
  executor.detect(run, undefined, report);

/** Lets the worker go on, through the data set. */
function goOn(): void {
  const classes = new Int32Array(dataset.training.classes.buffer);
  Atomics.store(classes, 0, 1);
  Atomics.notify(classes, 0);
}

test('a thread sees the very data set and weights, sends progress, and knows where models go', async () => {
  const kernel = new Float32Array(new SharedArrayBuffer(4));
  const progress: Progress[] = [];
  const run = runThat('succeeds');
  const outcome = await executor.detect(run, [{ kernel }], (message) => {
    progress.push(message);
    goOn();
  });
  expect(outcome).toEqual({ status: 'done', modelDirectory: join('models', run.id) });
  expect(new Int32Array(kernel.buffer)[0]).toBe(1);
  expect(progress).toEqual([{ phase: 'training', done: 1, total: 1 }]);
});

test.each([
  ['throw', 'the loss is NaN'],
  ['exit', 'worker exited with code: 3'],
  ['crash', 'a bolt from the blue'],
  ['fill its memory', 'out of memory'],
])('a thread that does %s fails its run, and another goes on', async (behaviour, reason) => {
  await expect(detect(runThat(behaviour))).rejects.toThrow(reason);
  expect(await detect(runThat('succeeds'))).toMatchObject({ status: 'done' });
});

test.each(['hang', 'spin'])('an abort ends a thread that does %s', async (behaviour) => {
  await expect(detect(runThat(behaviour), () => abort.abort())).rejects.toThrow('aborted');
});
