import { appendFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import type { Run } from '../config/run.js';
import { VERSION } from '../package.js';
import { appendRecords, readRecords } from '../results/records.js';
import { exampleRecord } from '../results/testing/records.js';
import { type RunnerEvent, type RunOptions, runAll } from './runner.js';
import type { Outcome } from './task.js';
import { DONE, FakeExecutor, gate, runOf, settle } from './testing/fakes.js';
import type { WorkerOptions } from './workers.js';

const RUNS = [1, 2, 3].map((seed) => runOf('deep-sad', { pretrain: false }, { seed }));
const [first, second, third] = RUNS;
const NAMES = new Map<Run, string>(RUNS.map((run) => [run, `seed ${run.seed}`]));

let experimentDir: string;
let file: string;
let executor: FakeExecutor;
let events: RunnerEvent[];
let abort: AbortController;
let started: WorkerOptions | undefined;

beforeEach(() => {
  experimentDir = join(mkdtempSync(join(tmpdir(), 'runner-')), 'experiment');
  file = join(experimentDir, 'runs.jsonl');
  executor = new FakeExecutor(NAMES);
  events = [];
  abort = new AbortController();
  started = undefined;
});
afterEach(() => rmSync(join(experimentDir, '..'), { recursive: true }));

function run(options: Partial<RunOptions> = {}, runs = RUNS) {
  const on = (event: RunnerEvent) => events.push(event);
  const all: RunOptions = {
    datasets: new Map(),
    jobs: 1,
    device: 'cpu',
    experimentDir,
    saveModels: false,
    signal: abort.signal,
    on,
    ...options,
  };
  return runAll(runs, all, async (given) => {
    started = given;
    return executor;
  });
}

/** The record that the fake executor's outcome makes of a run. */
const done = (of: Run) => ({ ...of, ...DONE, engine: 'fake', device: 'none', version: VERSION });

test('records come back in the order of the runs, and lie in the file as they finished', async () => {
  const slow = gate<Outcome>();
  executor.detected = (of) => (of === first ? slow.passed : Promise.resolve(DONE));
  const all = run({ jobs: 2 });
  await settle();
  slow.open(DONE);
  expect(await all).toEqual(RUNS.map(done));
  expect(readRecords(file).records).toEqual([second, third, first].map(done));
  expect(executor.closed).toBe(true);
  expect(events.map((event) => event.type)).toEqual([
    ...['started', 'started', 'finished', 'started', 'finished', 'finished'],
  ]);
});

test('threads are no more than the runs need, and models go beside the records', async () => {
  await run({ jobs: 8, saveModels: true });
  expect(started).toMatchObject({ threads: 3, modelsDirectory: join(experimentDir, 'models') });
});

test('a repeated call executes nothing', async () => {
  const before = await run();
  started = undefined;
  events = [];
  expect(await run()).toEqual(before);
  expect(started).toBeUndefined();
  expect(events).toEqual([{ type: 'resumed', records: before }]);
});

test('only what is missing or failed is executed', async () => {
  mkdirSync(experimentDir);
  const other = exampleRecord({ seed: 9 });
  const failed = exampleRecord({ ...second }, { status: 'failed', reason: 'out of memory' });
  appendRecords(file, [other, failed, done(third)]);
  expect(await run()).toEqual(RUNS.map(done));
  expect(executor.log).toEqual(['detect seed 1', 'detect seed 2']);
  expect(events[0]).toEqual({ type: 'resumed', records: [done(third)] });
  expect(readRecords(file).records).toEqual([other, done(second), done(third), done(first)]);
});

test('a line that was cut off in writing is reported and its run repeated', async () => {
  mkdirSync(experimentDir);
  appendRecords(file, [done(first)]);
  appendFileSync(file, JSON.stringify(done(second)).slice(0, 50));
  expect(await run()).toEqual(RUNS.map(done));
  expect(events[0]).toEqual({ type: 'resumed', records: [done(first)], tornLine: 2 });
  expect(readFileSync(file, 'utf8').split('\n').slice(0, -1)).toHaveLength(3);
});

test('a failed run has a record with its reason', async () => {
  executor.detected = async (of) => {
    if (of === second) throw new Error('worker exited with code: 1');
    return DONE;
  };
  const records = await run();
  expect(records.map((record) => record.status)).toEqual(['done', 'failed', 'done']);
  expect(readRecords(file).records[1]).toMatchObject({ id: second.id, reason: 'worker exited with code: 1' });
});

test('an abort leaves the records of what is done', async () => {
  const slow = gate<Outcome>();
  executor.detected = (of) => (of === second ? slow.passed : Promise.resolve(DONE));
  const all = run();
  await settle();
  abort.abort();
  slow.fail(new Error('The task has been aborted'));
  expect(await all).toEqual([done(first)]);
  expect(readRecords(file).records).toEqual([done(first)]);
  expect(executor.closed).toBe(true);
});

test('a file in the place of the folder is refused', async () => {
  writeFileSync(experimentDir, '');
  await expect(run()).rejects.toThrow(`cannot create the folder ${experimentDir}: `);
});

test('where records cannot be kept, nothing more is executed', async () => {
  executor.detected = async () => {
    mkdirSync(file);
    return DONE;
  };
  await expect(run()).rejects.toThrow(`cannot write ${file}: `);
  expect(executor.log).toEqual(['detect seed 1']);
  expect(started?.signal.aborted).toBe(true);
  expect(executor.closed).toBe(true);
});
