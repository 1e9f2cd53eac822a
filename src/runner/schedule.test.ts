import { beforeEach, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { Run } from '../config/run.js';
import type { Weights } from '../networks/network.js';
import type { Capacities } from './capacity.js';
import type { RunGroup } from './groups.js';
import { type Observer, schedule } from './schedule.js';
import type { Outcome } from './task.js';
import { capacities, DONE, FakeExecutor, type Gate, gate, grouped, runOf, settle } from './testing/fakes.js';
import { CannotStart, ProcessEnded } from './worker-process.js';

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
const start = (runs: Run[], jobs: number) => onDevices(grouped(runs), capacities(jobs));
const onDevices = (groups: RunGroup[], capacities: Capacities) =>
  schedule(groups, executor, observer, { capacities, signal: abort.signal, draining: drain.signal });

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
        capacities: capacities(jobs),
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

  test('for want of memory says what to ask less of', async () => {
    executor.detected = () => Promise.reject(new Error('std::bad_alloc'));
    await start([a], 1);
    const reason =
      'more memory is needed than there is (std::bad_alloc); choose smaller options or less data';
    expect(outcomes.get('a')).toEqual({ status: 'failed', reason, seconds: {} });
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

test('a process that ends fails its run, but not where an end was asked for, of which it is told too', async () => {
  const detections = new Map([a, c].map((run) => [run, gate<Outcome>()]));
  executor.detected = (run) => (detections.get(run) as Gate<Outcome>).passed;
  const all = start([a, c], 2);
  await settle();
  detections.get(a)?.fail(new ProcessEnded('the process ended'));
  await settle();
  drain.abort();
  detections.get(c)?.fail(new ProcessEnded('the process ended'));
  await all;
  expect([...outcomes.keys()]).toEqual(['a']);
});

describe('on a GPU and the CPU at once', () => {
  const h = runOf('kde-hybrid', SHORT);
  const i = runOf('kde-hybrid', SHORT, { seed: 2 });
  const s = runOf('kde');
  const t = runOf('kde', {}, { seed: 2 });
  for (const [name, run] of Object.entries({ h, i, s, t })) NAMES.set(run, name);

  test('both begin with their longest, and neither waits for the other', async () => {
    const detection = gate<Outcome>();
    executor.detected = (run) => (run === c ? detection.passed : Promise.resolve(DONE));
    const all = onDevices([...grouped([c], 'webgpu'), ...grouped([s, t])], capacities(1, 1));
    await settle();
    expect(executor.log).toEqual(['detect c on webgpu', 'detect s', 'detect t']);
    expect([...outcomes.keys()]).toEqual(['s', 't']);
    detection.open(DONE);
    await all;
  });

  test('a solver holds up no lane, and its lane is free once its autoencoder is trained', async () => {
    const solved = gate<Outcome>();
    executor.detected = (run) => (run === h ? solved.passed : Promise.resolve(DONE));
    const all = onDevices(grouped([h, a, b, i], 'webgpu'), capacities(1, 1));
    await settle();
    expect(executor.log).toEqual([
      'pretrain h alone on webgpu',
      'detect h from an autoencoder',
      'detect a from an autoencoder on webgpu',
      'detect b from an autoencoder on webgpu',
      'pretrain i alone on webgpu',
    ]);
    solved.open(DONE);
    await all;
    expect(executor.log.slice(5)).toEqual(['detect i from an autoencoder']);
    expect(outcomes.get('h')?.seconds).toEqual({ ...DONE.seconds, pretraining: 5 });
    expect(outcomes.get('a')).toBe(DONE);
  });

  test('whoever is first, each autoencoder is trained once, in a lane', async () => {
    for (const runs of [
      [a, h, b],
      [h, a, b],
      [b, a, h],
    ]) {
      executor = new FakeExecutor(NAMES);
      await onDevices(grouped(runs, 'webgpu'), capacities(2, 2));
      expect(executor.log.filter((line) => line.startsWith('pretrain'))).toHaveLength(1);
      expect(executor.log[0]).toMatch(/ on webgpu$/);
      expect(executor.log).toContain('detect h from an autoencoder');
      for (const lane of ['a', 'b'])
        expect(executor.log).toContain(`detect ${lane} from an autoencoder on webgpu`);
    }
  });

  test('draining finishes a hybrid whose autoencoder is in training, and starts none that waits for it', async () => {
    const pretraining = gate<Weights>();
    executor.pretrained = () => pretraining.passed;
    const all = onDevices(grouped([h, a, s], 'webgpu'), capacities(1, 1));
    await settle();
    drain.abort();
    pretraining.open([]);
    await all;
    expect([...outcomes.keys()]).toEqual(['s', 'h']);
  });

  test('an autoencoder that fails in a lane fails its hybrid and those that share it, once each', async () => {
    executor.pretrained = async (run) => {
      if (run === h) throw new Error('the pretraining loss is NaN');
      return [];
    };
    await onDevices(grouped([h, a, i, s], 'webgpu'), capacities(1, 1));
    const failed: Outcome = { status: 'failed', reason: 'the pretraining loss is NaN', seconds: {} };
    expect([outcomes.get('h'), outcomes.get('a')]).toEqual([failed, failed]);
    expect([outcomes.get('i')?.status, outcomes.get('s')?.status]).toEqual(['done', 'done']);
  });

  test('where the GPU cannot start, no run has failed, and what the CPU has begun is finished', async () => {
    const detection = gate<Outcome>();
    executor.detected = () => detection.passed;
    executor.pretrained = () => Promise.reject(new CannotStart('no Vulkan'));
    const all = onDevices(grouped([h, s, t], 'webgpu'), capacities(1, 1));
    await settle();
    detection.open(DONE);
    await expect(all).rejects.toThrow(new CannotStart('no Vulkan'));
    expect([...outcomes.keys()]).toEqual(['s']);
  });

  test('an abort in a lane starts no solver', async () => {
    const pretraining = gate<Weights>();
    executor.pretrained = () => pretraining.passed;
    const all = onDevices(grouped([h], 'webgpu'), capacities(1, 1));
    await settle();
    abort.abort();
    pretraining.open([]);
    await all;
    expect(executor.log).toEqual(['pretrain h alone on webgpu']);
    expect(outcomes.size).toBe(0);
  });
});

test('no two runs have one slot, and no more runs than there are slots go on', async () => {
  const ticks = fc.array(fc.nat({ max: 3 }), { minLength: 1, maxLength: 12 });
  await fc.assert(
    fc.asyncProperty(
      ticks,
      fc.integer({ min: 1, max: 4 }),
      fc.nat({ max: 3 }),
      async (delays, jobs, lanes) => {
        const runs = delays.map((_, seed) =>
          seed % 4 === 3
            ? runOf('kde-hybrid', { bandwidth: 1 + seed }, { seed: seed >> 3 })
            : runOf('deep-sad', { pretrain: seed % 2 === 0, eta: 1 + seed }, { seed: seed >> 2 }),
        );
        /** The run of each slot. */
        const going = new Map<number, Run>();
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
          started: (run, { worker, device }) => {
            expect(worker).toBeGreaterThanOrEqual(device === 'cpu' ? lanes : 0);
            expect(worker).toBeLessThan(device === 'cpu' ? lanes + jobs : lanes);
            // A hybrid leaves its lane for a core.
            for (const [other, of] of going) if (of === run) going.delete(other);
            expect(going.has(worker)).toBe(false);
            going.set(worker, run);
          },
          progress: () => {},
          finished: (run, { worker }) => {
            expect(going.delete(worker)).toBe(true);
            finished.push(run);
          },
        };
        await schedule(grouped(runs, lanes > 0 ? 'webgpu' : 'cpu'), delayed, watching, {
          capacities: capacities(jobs, lanes),
          signal: abort.signal,
          draining: drain.signal,
        });
        expect(finished).toHaveLength(runs.length);
      },
    ),
    { numRuns: 50 },
  );
});

test('a run that may not start is left out, and with one that trains the autoencoder the others that need it', async () => {
  const asked: string[] = [];
  await schedule(grouped([a, b, c, d, e]), executor, observer, {
    capacities: capacities(1),
    signal: abort.signal,
    draining: drain.signal,
    mayStart(run, _group, pretrains) {
      asked.push(`${NAMES.get(run)}${pretrains ? ' with its autoencoder' : ''}`);
      return run !== a && run !== e;
    },
  });
  expect([...outcomes.keys()]).toEqual(['c', 'd']);
  expect(asked).toEqual(['a with its autoencoder', 'c', 'd with its autoencoder', 'e']);
});
