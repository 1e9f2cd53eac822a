import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Run } from '../src/config/run.js';
import type { Dataset } from '../src/data/dataset.js';
import { shareDataset } from '../src/data/shared-dataset.js';
import { detectorNamed } from '../src/detectors/registry.js';
import { findDevice } from '../src/engine/device.js';
import { randomStream } from '../src/random.js';
import type { RunRecord } from '../src/results/record.js';
import { exampleRun } from '../src/results/testing/records.js';
import { AutoencoderCache } from '../src/runner/autoencoder-cache.js';
import { groupRuns } from '../src/runner/groups.js';
import { type RunnerEvent, type RunOptions, runAll } from '../src/runner/runner.js';
import { WorkerPool, withWorkers } from '../src/runner/workers.js';
import { childrenOf } from './testing/program.js';

// Workers load compiled code: `npm test` builds it first.

/** Two clusters of 4 features: 160 normal samples, 40 anomalies. */
function clusters(): Dataset {
  const count = 200;
  const random = randomStream(1, 'clusters');
  const values = new Float64Array(count * 4);
  const classes = new Uint8Array(count);
  for (let i = 0; i < count; i++) {
    classes[i] = i % 5 === 0 ? 1 : 0;
    for (let feature = 0; feature < 4; feature++) {
      values[4 * i + feature] = random.uniform(-1, 1) + (classes[i] && feature % 2 ? 0.7 : 0);
    }
  }
  return {
    name: 'clusters',
    shape: [4],
    classNames: ['normal', 'anomaly'],
    training: { count, values, classes },
    checksum: 'ab'.repeat(32),
    defaults: { network: 'mlp', representationSize: 2, hiddenSizes: [4] },
  };
}

const dataset = shareDataset(clusters());
const GIVEN = { epochs: 5, batchSize: 16, learningRate: 0.01 };

function runOf(detector: string, seed: number, given: Readonly<Record<string, unknown>> = GIVEN): Run {
  const options = detectorNamed(detector).resolve(given, dataset.defaults, dataset.shape);
  return exampleRun({
    dataset: dataset.name,
    dataChecksum: dataset.checksum,
    labeledAnomalyRatio: 0.05,
    pollutionRatio: 0.05,
    detector: { name: detector, options },
    seed,
  });
}

const RUNS = [1, 2].flatMap((seed) => [
  runOf('autoencoder', seed),
  runOf('deep-svdd', seed, { ...GIVEN, pretrainEpochs: 5 }),
  runOf('deep-sad', seed, { ...GIVEN, pretrainEpochs: 5 }),
  runOf('deep-sad', seed, { ...GIVEN, pretrain: false }),
]);

let directory: string;
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'workers-'));
});
afterAll(() => rmSync(directory, { recursive: true }));

/** Executes runs and keeps their models in the folder of that name. */
async function run(
  name: string,
  runs: readonly Run[],
  options: Partial<Omit<RunOptions, 'workers'>> = {},
): Promise<RunRecord[]> {
  const datasets = new Map([[dataset.checksum, dataset]]);
  const all: Omit<RunOptions, 'workers'> = {
    datasets,
    jobs: 1,
    devices: new Map([['cpu', await findDevice('cpu')]]),
    modelDirectory: ({ id }) => join(directory, name, id),
    signal: new AbortController().signal,
    on: () => {},
    ...options,
  };
  const groups = groupRuns(runs, datasets, 'cpu');
  const records = await withWorkers((workers) => runAll(groups, { ...all, workers }));
  return runs.flatMap(({ id }) => records.get(id) ?? []);
}

const withoutSeconds = (records: readonly RunRecord[]) =>
  records.map((record) => ({ ...record, seconds: {} }));

test('one worker and two give the same records and the same models, bit for bit', async () => {
  const one = await run('one', RUNS, { jobs: 1 });
  const two = await run('two', RUNS, { jobs: 2 });
  expect(one.map((record) => [record.id, record.status])).toEqual(RUNS.map((run) => [run.id, 'done']));
  expect(withoutSeconds(two)).toEqual(withoutSeconds(one));
  for (const { id, counts } of one) {
    const scores = (name: string) => readFileSync(join(directory, name, id, 'scores.csv'), 'utf8');
    const model = (name: string) => {
      const folder = join(directory, name, id);
      return Object.fromEntries(readdirSync(folder).map((file) => [file, readFileSync(join(folder, file))]));
    };
    expect(scores('two')).toBe(scores('one'));
    expect(model('two')).toEqual(model('one'));
    const { testNormal = 0, testAnomalies = 0 } = counts ?? {};
    expect(scores('one').split('\n')).toHaveLength(testNormal + testAnomalies + 2);
  }
});

test('a run alone gives what it gives among others that share its autoencoder', async () => {
  const all = await run('all', RUNS, { jobs: 2 });
  for (const index of [2, 5]) {
    const [alone] = await run(`alone ${index}`, [RUNS[index]]);
    expect(withoutSeconds([alone])).toEqual(withoutSeconds([all[index]]));
    expect(alone.seconds.pretraining).toBeGreaterThan(0);
  }
  expect(all[2].seconds.pretraining).toBe(0);
});

test('runs that one process executes at a time give what they give one by one', async () => {
  const alone = await run('one by one', RUNS);
  const datasets = new Map([[dataset.checksum, dataset]]);
  const pool = new WorkerPool();
  const started = await pool.start({
    datasets,
    capacities: new Map([['cpu', { slots: RUNS.length, together: true }]]),
    modelDirectory: ({ id }) => join(directory, 'together', id),
    diagnosed: () => false,
    variables: {},
    signal: new AbortController().signal,
    notice: () => {},
  });
  try {
    const outcomes = RUNS.map((each) => started.execute(each, 'cpu', undefined, { progress: () => {} }));
    if (process.platform === 'linux') expect(childrenOf(process.pid)).toHaveLength(1);
    for (const [i, { trace: _, ...outcome }] of (await Promise.all(outcomes)).entries()) {
      expect(alone[i]).toMatchObject({ ...outcome, seconds: expect.anything() });
    }
  } finally {
    await pool.close();
  }
});

test('an autoencoder from the cache gives what it gave when it was trained', async () => {
  const cache = new AutoencoderCache(join(directory, 'cache'), 1e6);
  const trained = await run('training', [RUNS[2]], { cache: async () => cache });
  const [other, cached] = await run('cached', [RUNS[1], RUNS[2]], { cache: async () => cache });
  expect(withoutSeconds([cached])).toEqual(withoutSeconds(trained));
  expect(trained[0].seconds.pretraining).toBeGreaterThan(0);
  expect([other.seconds.pretraining, cached.seconds.pretraining]).toEqual([0, 0]);
});

test('a run that diverges is recorded as failed, and the others are done', async () => {
  const diverging = runOf('deep-sad', 1, { ...GIVEN, pretrain: false, learningRate: 1e38 });
  const records = await run('diverging', [diverging, RUNS[0]]);
  expect(records.map((record) => record.status)).toEqual(['failed', 'done']);
  expect(records[0]).toMatchObject({ reason: expect.stringMatching(/^(the training loss is|collapsed: )/) });
});

const onLinux = process.platform === 'linux' ? test : test.skip;

onLinux('a worker that is killed fails its run, and the others are done', async () => {
  const long = runOf('deep-sad', 5, { ...GIVEN, pretrain: false, epochs: 1_000_000 });
  const records = await run('killed', [long, ...RUNS.slice(0, 3)], {
    on: (event) => {
      if (event.type === 'progress' && event.run === long) {
        for (const worker of childrenOf(process.pid)) process.kill(worker, 'SIGKILL');
      }
    },
  });
  expect(records.map(({ status }) => status)).toEqual(['failed', 'done', 'done', 'done']);
  expect(records[0]).toMatchObject({ reason: 'the worker process was ended by SIGKILL (out of memory?)' });
});

test('progress tells of every phase', async () => {
  const events: RunnerEvent[] = [];
  await run('progress', [runOf('deep-sad', 3, { ...GIVEN, pretrainEpochs: 5 })], {
    on: (event) => events.push(event),
  });
  expect(events[0].type).toBe('started');
  expect(events.at(-1)?.type).toBe('finished');
  const phases = events.flatMap((event) => (event.type === 'progress' ? [event.progress.phase] : []));
  expect(phases).toContain('pretraining');
});

test('an abort in the middle keeps what is done and leaves no model half written', async () => {
  const abort = new AbortController();
  const long = runOf('deep-sad', 4, { ...GIVEN, pretrain: false, epochs: 1_000_000 });
  const records = await run('aborted', [RUNS[3], long], {
    signal: abort.signal,
    on: (event) => {
      if (event.type === 'progress' && event.run === long) abort.abort();
    },
  });
  expect(records.map((record) => record.id)).toEqual([RUNS[3].id]);
  expect(existsSync(join(directory, 'aborted', long.id))).toBe(false);
});
