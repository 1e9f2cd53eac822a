import { beforeEach, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { Run } from '../config/run.js';
import type { Weights } from '../networks/network.js';
import { type Observer, schedule } from './schedule.js';
import type { Outcome } from './task.js';
import { DONE, FakeExecutor, gate, grouped, runOf, settle } from './testing/fakes.js';
import { CannotStart } from './worker-process.js';

const SHORT = { pretrainEpochs: 3 };
/** Runs by name: a and b share an autoencoder, d and e another, c needs none. */
const RUNS = {
  a: runOf('deep-sad', { eta: 1, ...SHORT }),
  b: runOf('deep-svdd', SHORT),
  c: runOf('deep-sad', { pretrain: false }),
  d: runOf('deep-sad', { eta: 1, ...SHORT }, { seed: 2 }),
  e: runOf('deep-sad', { eta: 2, ...SHORT }, { seed: 2 }),
};
const NAMES = new Map<Run, string>(Object.entries(RUNS).map(([name, run]) => [run, name]));
const { a, b, c, d, e } = RUNS;

let executor: FakeExecutor;
let outcomes: Map<string, Outcome>;
let abort: AbortController;
let drain: AbortController;
const observer: Observer = {
  started: () => {},
  progress: () => {},
  finished: (run, _worker, outcome) => outcomes.set(NAMES.get(run) ?? run.id, outcome),
};
const start = (runs: Run[], jobs: number) =>
  schedule(grouped(runs), executor, observer, { jobs, signal: abort.signal, draining: drain.signal });

beforeEach(() => {
  executor = new FakeExecutor(NAMES);
  outcomes = new Map();
  abort = new AbortController();
  drain = new AbortController();
});

describe('with one job', () => {
  test('runs go in their order, each autoencoder right before the first that needs it', async () => {
    await start([a, b, c, d, e], 1);
    expect(executor.log).toEqual([
      'pretrain a',
      'detect a from an autoencoder',
      'detect b from an autoencoder',
      'detect c',
      'pretrain d',
      'detect d from an autoencoder',
      'detect e from an autoencoder',
    ]);
  });
});

describe('with two jobs', () => {
  test('later runs go on while an autoencoder is trained, and who waits for it goes before them', async () => {
    const pretraining = gate<Weights>();
    const detection = gate<Outcome>();
    executor.pretrained = () => pretraining.passed;
    executor.detected = (run) => (run === c ? detection.passed : Promise.resolve(DONE));
    const all = start([a, b, c, d], 2);
    await settle();
    expect(executor.log).toEqual(['pretrain a', 'detect c']);
    pretraining.open([]);
    await settle();
    expect(executor.log.slice(2)).toEqual([
      'detect a from an autoencoder',
      'detect b from an autoencoder',
      'pretrain d',
      'detect d from an autoencoder',
    ]);
    detection.open(DONE);
    await all;
    expect([...outcomes.keys()]).toEqual(['a', 'b', 'd', 'c']);
  });

  test('nobody gets another autoencoder than with one', async () => {
    const autoencoders = async (jobs: number) => {
      const found = new Map<Run, number>();
      const shared = new FakeExecutor(NAMES);
      shared.pretrained = async (run) => [{ seed: Float32Array.of(run.seed) }];
      shared.detected = async (run, weights) => {
        found.set(run, weights?.[0].seed[0] ?? 0);
        return DONE;
      };
      await schedule(grouped([e, b, d, c, a]), shared, observer, {
        jobs,
        signal: abort.signal,
        draining: drain.signal,
      });
      return Object.fromEntries([...found].map(([run, seed]) => [NAMES.get(run), seed]));
    };
    expect(await autoencoders(1)).toEqual({ a: 1, b: 1, c: 0, d: 2, e: 2 });
    expect(await autoencoders(2)).toEqual({ a: 1, b: 1, c: 0, d: 2, e: 2 });
  });
});

describe('a failure', () => {
  test('of a run stops no other', async () => {
    executor.detected = async (run) => {
      if (run === a) throw new Error('worker exited with code: 1\n    at somewhere');
      return DONE;
    };
    await start([a, b, c], 1);
    expect(outcomes.get('a')).toEqual({
      status: 'failed',
      reason: 'worker exited with code: 1 at somewhere',
      seconds: {},
    });
    expect(outcomes.get('b')?.status).toBe('done');
    expect(outcomes.get('c')?.status).toBe('done');
  });

  test('of an autoencoder fails those that share it, and no other', async () => {
    executor.pretrained = async (run) => {
      if (run === a) throw new Error('the pretraining loss is NaN');
      return [];
    };
    await start([a, b, c, d], 2);
    const failed: Outcome = { status: 'failed', reason: 'the pretraining loss is NaN', seconds: {} };
    expect(outcomes.get('a')).toEqual(failed);
    expect(outcomes.get('b')).toEqual(failed);
    expect(executor.log).not.toContain('detect a');
    expect(outcomes.get('c')?.status).toBe('done');
    expect(outcomes.get('d')?.status).toBe('done');
  });
});

test('where no worker can be started, no run has failed, what runs is finished, and nothing more is started', async () => {
  const going = gate<Outcome>();
  executor.detected = (run) => (run === c ? going.passed : Promise.reject(new CannotStart('no memory')));
  const all = start([c, a, b, d], 2);
  await settle();
  going.open(DONE);
  await expect(all).rejects.toThrow(new CannotStart('no memory'));
  expect([...outcomes.keys()]).toEqual(['c']);
  expect(executor.log).toEqual(['detect c', 'pretrain a', 'detect a from an autoencoder']);
});

test('an abort starts and finishes nothing more', async () => {
  const detection = gate<Outcome>();
  executor.detected = (run) => (run === a ? detection.passed : Promise.resolve(DONE));
  const all = start([c, a, b, d], 1);
  await settle();
  expect([...outcomes.keys()]).toEqual(['c']);
  abort.abort();
  detection.fail(new Error('The task has been aborted'));
  await all;
  expect([...outcomes.keys()]).toEqual(['c']);
  expect(executor.log).not.toContain('detect b from an autoencoder');
  expect(executor.log).not.toContain('pretrain d');
});

test('draining finishes what runs, its autoencoder and all, and starts nothing more', async () => {
  const pretraining = gate<Weights>();
  executor.pretrained = () => pretraining.passed;
  const all = start([a, b, c, d], 1);
  await settle();
  drain.abort();
  pretraining.open([]);
  await all;
  expect(executor.log).toEqual(['pretrain a', 'detect a from an autoencoder']);
  expect([...outcomes.keys()]).toEqual(['a']);
});

test('no two runs have one slot, and no more runs than jobs go on', async () => {
  const ticks = fc.array(fc.nat({ max: 3 }), { minLength: 1, maxLength: 12 });
  await fc.assert(
    fc.asyncProperty(ticks, fc.integer({ min: 1, max: 4 }), async (delays, jobs) => {
      const runs = delays.map((_, seed) =>
        runOf('deep-sad', { pretrain: seed % 2 === 0, eta: 1 + seed }, { seed: seed >> 2 }),
      );
      const going = new Set<number>();
      const finished: Run[] = [];
      const wait = async (run: Run) => {
        for (let left = delays[runs.indexOf(run)]; left > 0; left--) await settle();
      };
      const delayed = new FakeExecutor(new Map());
      delayed.pretrained = async (run) => {
        await wait(run);
        return [];
      };
      delayed.detected = async (run) => {
        await wait(run);
        return DONE;
      };
      const watching: Observer = {
        started: (_run, worker) => {
          expect(worker).toBeGreaterThanOrEqual(0);
          expect(worker).toBeLessThan(jobs);
          expect(going).not.toContain(worker);
          going.add(worker);
        },
        progress: () => {},
        finished: (run, worker) => {
          expect(going.delete(worker)).toBe(true);
          finished.push(run);
        },
      };
      await schedule(grouped(runs), delayed, watching, {
        jobs,
        signal: abort.signal,
        draining: drain.signal,
      });
      expect(finished).toHaveLength(runs.length);
    }),
    { numRuns: 50 },
  );
});
