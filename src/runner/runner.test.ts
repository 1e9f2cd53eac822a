import { beforeEach, expect, test } from '@jest/globals';
import type { Run } from '../config/run.js';
import { VERSION } from '../package.js';
import type { RunRecord } from '../results/record.js';
import { commonBuild } from './build.js';
import { type RunnerEvent, type RunOptions, runAll } from './runner.js';
import type { Outcome } from './task.js';
import { DEVICES, DONE, FakeExecutor, gate, grouped, runOf, settle } from './testing/fakes.js';
import type { WorkerOptions } from './workers.js';

const RUNS = [1, 2, 3].map((seed) => runOf('deep-sad', { pretrain: false }, { seed }));
const [first, second, third] = RUNS;
const NAMES = new Map<Run, string>(RUNS.map((run) => [run, `seed ${run.seed}`]));

let executor: FakeExecutor;
let kept: RunRecord[];
let events: RunnerEvent[];
let abort: AbortController;
let started: WorkerOptions | undefined;

beforeEach(() => {
  executor = new FakeExecutor(NAMES);
  kept = [];
  events = [];
  abort = new AbortController();
  started = undefined;
});

async function run(options: Partial<Omit<RunOptions, 'workers'>> = {}, groups = grouped(RUNS)) {
  const all: RunOptions = {
    datasets: new Map(),
    jobs: 1,
    devices: DEVICES,
    workers: {
      build: 'ab',
      async start(given) {
        started = given;
        return executor;
      },
    },
    signal: abort.signal,
    keep: async (record) => {
      kept.push(record);
    },
    on: (event) => events.push(event),
    ...options,
  };
  const records = await runAll(groups, all);
  return [...records.values()];
}

/** The record that the fake executor's outcome makes of a run. */
const done = (of: Run) => ({
  ...of,
  ...DONE,
  engine: 'native',
  device: 'avx2',
  version: VERSION,
  build: commonBuild(),
});

test('each run has a record, and it is kept as it finishes', async () => {
  const slow = gate<Outcome>();
  executor.detected = (of) => (of === first ? slow.passed : Promise.resolve(DONE));
  const all = run({ jobs: 2 });
  await settle();
  expect(kept).toEqual([second, third].map(done));
  slow.open(DONE);
  expect(await all).toEqual([second, third, first].map(done));
  expect(kept).toEqual([second, third, first].map(done));
  expect(events.map((event) => event.type)).toEqual([
    ...['started', 'started', 'started', 'finished', 'finished', 'finished'],
  ]);
});

test('what workers say of all runs is an event', async () => {
  await run();
  started?.notice('the GPU failed');
  expect(events.at(-1)).toEqual({ type: 'notice', text: 'the GPU failed' });
});

test('workers are no more than the runs need, and none where there are no runs', async () => {
  await run({ jobs: 8 });
  expect(started?.capacities.get('cpu')?.slots).toBe(3);
  started = undefined;
  expect(await run({}, [])).toEqual([]);
  expect(started).toBeUndefined();
});

test('a failed run has a record with its reason', async () => {
  executor.detected = async (of) => {
    if (of === second) throw new Error('the worker process ended with exit code 1');
    return DONE;
  };
  const records = await run();
  expect(records.map((record) => record.status)).toEqual(['done', 'failed', 'done']);
  expect(kept[1]).toMatchObject({ id: second.id, reason: 'the worker process ended with exit code 1' });
});

test('failing fast starts nothing after a failure, and finishes what runs', async () => {
  const slow = gate<Outcome>();
  executor.detected = (of) => (of === second ? slow.passed : Promise.reject(new Error('no memory')));
  const all = run({ jobs: 2, failFast: true });
  await settle();
  slow.open(DONE);
  expect((await all).map((record) => record.status)).toEqual(['failed', 'done']);
  expect(executor.log).toEqual(['detect seed 1', 'detect seed 2']);
});

test('draining finishes what runs', async () => {
  const drain = new AbortController();
  const slow = gate<Outcome>();
  executor.detected = () => slow.passed;
  const all = run({ draining: drain.signal });
  await settle();
  drain.abort();
  slow.open(DONE);
  expect(await all).toEqual([done(first)]);
});

test('an abort leaves the records of what is done', async () => {
  const slow = gate<Outcome>();
  executor.detected = (of) => (of === second ? slow.passed : Promise.resolve(DONE));
  const all = run();
  await settle();
  abort.abort();
  slow.fail(new Error('The task has been aborted'));
  expect(await all).toEqual([done(first)]);
  expect(kept).toEqual([done(first)]);
});

test('the next run starts while a record is kept, and records are kept one at a time', async () => {
  const writing = gate<void>();
  const keep = async (record: RunRecord) => {
    if (record.id === first.id) await writing.passed;
    kept.push(record);
  };
  const all = run({ keep });
  await settle();
  expect(executor.log).toHaveLength(3);
  expect(kept).toEqual([]);
  expect(events.filter(({ type }) => type === 'finished')).toEqual([]);
  writing.open();
  expect(await all).toEqual(RUNS.map(done));
  expect(kept).toEqual(RUNS.map(done));
});

test('where records cannot be kept, what runs is stopped and nothing more started', async () => {
  executor.detected = (of) =>
    of === first
      ? Promise.resolve(DONE)
      : new Promise((_, reject) => {
          started?.signal.addEventListener('abort', () => reject(new Error('aborted')));
        });
  const keep = async () => {
    throw new Error('no space left on device');
  };
  await expect(run({ keep })).rejects.toThrow('no space left on device');
  expect(executor.log).toEqual(['detect seed 1', 'detect seed 2']);
  expect(started?.signal.aborted).toBe(true);
});

test('a record says what trained the network, and the CPU where that computed the rest', async () => {
  const runs = ['deep-sad', 'kde-hybrid', 'kde'].map((name) => runOf(name));
  const records = new Map((await run({}, grouped(runs, 'webgpu'))).map((record) => [record.id, record]));
  const [deep, hybrid, shallow] = runs.map(({ id }) => records.get(id));
  expect(deep).toMatchObject({ engine: 'webgpu', device: 'webgpu, a GPU, driver 1' });
  expect(hybrid).toMatchObject({ engine: 'webgpu', device: 'webgpu, a GPU, driver 1; avx2' });
  expect(shallow).toMatchObject({ engine: 'native', device: 'avx2' });
  const natively = await run({}, grouped(runs));
  expect(natively.map(({ engine, device }) => [engine, device])).toEqual(runs.map(() => ['native', 'avx2']));
});

test('each event says on which device, and slots of devices have numbers of their own', async () => {
  const hybrid = runOf('kde-hybrid');
  await run({}, grouped([hybrid, runOf('kde')], 'webgpu'));
  const ofRuns = events.flatMap((event) => (event.type === 'notice' ? [] : [event]));
  const slots = new Map(ofRuns.map(({ worker, device }) => [worker, device]));
  expect([...slots.values()].sort()).toEqual(['cpu', 'webgpu']);
  const ofHybrid = ofRuns.filter((event) => event.run === hybrid);
  expect(ofHybrid.map(({ type, device }) => `${type} on ${device}`)).toEqual([
    'started on webgpu',
    'started on cpu',
    'finished on cpu',
  ]);
});
