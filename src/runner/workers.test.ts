import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { Run } from '../config/run.js';
import type { Dataset } from '../data/dataset.js';
import { shareDataset } from '../data/shared-dataset.js';
import type { Progress } from '../detectors/detector.js';
import type { DeviceName } from '../engine/registry.js';
import type { Executor, Watcher } from './task.js';
import { runOf } from './testing/fakes.js';
import { CannotStart } from './worker-process.js';
import { type WorkerOptions, WorkerPool } from './workers.js';

const compiled = (name: string) => JSON.stringify(new URL(`../../dist/${name}`, import.meta.url));

/** A worker that does what the normal class of a run says. */
const SCRIPT = `
  import { openDataset } from ${compiled('data/shared-dataset.js')};
  import { DeviceLost } from ${compiled('engine/engine.js')};
  import { serve } from ${compiled('runner/serve.js')};

  const runs = Number(process.argv[3]);
  const forever = new Promise(() => {});

  let together = 0;
  let open = () => {};
  const full = new Promise((resolve) => { open = resolve; });

  const pretrain = async ({ run, dataset }, progress) => {
    progress({ phase: 'pretraining', done: 1, total: 1 });
    if (run.normalClass === 'throw') throw new Error('the pretraining loss is NaN');
    if (run.normalClass === 'lose the device of many' && runs > 2) throw new DeviceLost('the GPU failed: too hot');
    const weights = [{ seed: Float32Array.of(run.seed, openDataset(dataset).training.values[0]) }];
    return { autoencoder: { weights, losses: Float32Array.of(1) }, seconds: 2 };
  };

  serve(async (device, { notice }) => ({ pretrain, execute: async ({ run, autoencoder, dataset, modelDirectory }, { progress, pretrained }) => {
    const { normalClass } = run;
    if (normalClass.startsWith('SIG')) process.kill(process.pid, normalClass);
    switch (normalClass) {
      case 'SIGSEGV': case 'SIGABRT': case 'SIGKILL': await forever;
      case 'write where it must not': openDataset(dataset).training.values[0] = 1;
      case 'exit': process.exit(3);
      case 'name its process': return { seen: process.pid };
      case 'throw later': setImmediate(() => { throw new Error('a bolt from the blue'); }); await forever;
      case 'reject later': Promise.reject(new Error('a broken promise')); await forever;
      case 'fill its memory': for (const kept = [];;) kept.push(new Array(1e6).fill(kept.length));
      case 'throw': throw new Error('the loss is NaN');
      case 'give a function': return () => {};
      case 'hang': progress({ phase: 'training', done: process.pid, total: 1 }); await forever;
      case 'wait for two others': {
        if (++together === 3) open();
        await full;
        progress({ phase: 'training', done: run.seed, total: 9 });
        if (run.seed === 2) throw new Error('seed 2 failed');
        return { status: 'done', seen: run.seed };
      }
      case 'lose the device of many': if (runs > 2) throw new DeviceLost('the GPU failed: too hot'); return { seen: runs };
      case 'wait for many': if (runs > 2) await forever; return { seen: runs };
      case 'lose the device': throw new DeviceLost('the GPU failed: ' + runs + ' runs');
      case 'pretrain and lose the device':
        if (autoencoder) return { seen: autoencoder };
        await pretrained([{ kernel: Float32Array.of(0.5) }]);
        throw new DeviceLost('the GPU failed: too hot');
      case 'notice': notice('lanes are few');
      case 'spin': progress({ phase: 'training', done: 0, total: 1 }); for (;;);
      case 'pretrain and spin': await pretrained({ weights: [{ kernel: new Float32Array(1e6).fill(0.5) }], losses: Float32Array.of(1) }); for (;;);
    }
    for (let done = 0; done <= 1000; done++) progress({ phase: 'training', done, total: 1000 });
    return { status: 'done', seen: { device, dataset: openDataset(dataset), autoencoder, modelDirectory } };
  } }));
`;

let directory: string;
let worker: URL;
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'workers-'));
  worker = pathToFileURL(join(directory, 'worker.mjs'));
  writeFileSync(worker, SCRIPT);
});
afterAll(() => rmSync(directory, { recursive: true }));

const DATASETS = ['ab', 'cd'].map(
  (digits, index): Dataset => ({
    name: 'cardio',
    shape: [1],
    classNames: ['normal', 'anomaly'],
    training: { count: 1, values: Float64Array.of(index + 0.5), classes: Uint8Array.of(index) },
    checksum: digits.repeat(32),
    defaults: { network: 'mlp', representationSize: 1 },
  }),
);

let abort: AbortController;
let notices: string[];
let executor: Executor;
let pool: WorkerPool;
const shared = new Map(DATASETS.map((dataset) => [dataset.checksum, shareDataset(dataset)]));
const prepare = async (options: Partial<WorkerOptions> = {}) => {
  executor = await pool.start({
    datasets: shared,
    capacities: new Map([['cpu', { slots: 1, together: false }]]),
    modelDirectory: (run: Run) => join('models', run.id),
    diagnosed: () => false,
    variables: {},
    signal: abort.signal,
    notice: (text) => notices.push(text),
    ...options,
  });
};
/** Starts workers in a pool of their own. */
const start = async (script: URL, options: Partial<WorkerOptions> = {}) => {
  await pool.close();
  pool = new WorkerPool(script);
  await prepare(options);
};
beforeEach(async () => {
  abort = new AbortController();
  notices = [];
  pool = new WorkerPool(worker);
  await prepare();
});
afterEach(() => pool.close());

const runThat = (normalClass: string, fields = {}): Run => runOf('deep-sad', {}, { normalClass, ...fields });
const execute = (run: Run, progress: Watcher['progress'] = () => {}) =>
  executor.execute(run, 'cpu', undefined, { progress });

test.each(DATASETS)(
  'a worker gets the data set of a run, weights, and where its model goes',
  async (dataset) => {
    const run = runThat('succeeds', { dataChecksum: dataset.checksum });
    const autoencoder = {
      weights: [{ kernel: Float32Array.of(0.1, -0) }, {}],
      losses: Float32Array.of(1, 0.5),
    };
    expect(await executor.execute(run, 'cpu', autoencoder, { progress: () => {} })).toEqual({
      status: 'done',
      seen: { device: 'cpu', dataset, autoencoder, modelDirectory: join('models', run.id) },
    });
  },
);

test('a worker tells of its progress now and then, and of the last', async () => {
  const progress: Progress[] = [];
  await execute(runThat('succeeds'), (message) => progress.push(message));
  expect(progress[0].done).toBe(0);
  expect(progress.at(-1)).toEqual({ phase: 'training', done: 1000, total: 1000 });
  expect(progress.length).toBeLessThan(100);
});

test('what a worker says of all its runs is handed on', async () => {
  const { length } = await new Promise<string[]>((resolve) => {
    executor
      .execute(runThat('notice'), 'cpu', undefined, { progress: () => resolve(notices) })
      .catch(() => {});
  });
  expect(length).toBe(1);
  expect(notices).toEqual(['lanes are few']);
});

test('a worker hands on an autoencoder before it goes on', async () => {
  const autoencoder = await new Promise((pretrained, reject) => {
    executor
      .execute(runThat('pretrain and spin'), 'cpu', undefined, { progress: () => {}, pretrained })
      .catch(reject);
  });
  expect(autoencoder).toEqual({
    weights: [{ kernel: new Float32Array(1e6).fill(0.5) }],
    losses: Float32Array.of(1),
  });
});

describe('an autoencoder is trained alone', () => {
  const pretrain = (run: Run, progress: Watcher['progress'] = () => {}) =>
    executor.pretrain(run, 'cpu', progress);

  test('with its progress, its seconds, and no more of the run', async () => {
    const progress: Progress[] = [];
    const run = runThat('exit', { seed: 7, dataChecksum: DATASETS[1].checksum });
    expect(await pretrain(run, (message) => progress.push(message))).toEqual({
      autoencoder: { weights: [{ seed: Float32Array.of(7, 1.5) }], losses: Float32Array.of(1) },
      seconds: 2,
    });
    expect(progress).toEqual([{ phase: 'pretraining', done: 1, total: 1 }]);
  });

  test('and what keeps it from that is the reason', async () => {
    await expect(pretrain(runThat('throw'))).rejects.toThrow(new Error('the pretraining loss is NaN'));
  });
});

test('each device has its own processes, which are at work at once', async () => {
  await start(worker, {
    capacities: new Map([
      ['webgpu', { slots: 3, together: true }],
      ['cpu', { slots: 1, together: false }],
    ]),
  });
  const lanes = [1, 2, 3].map((seed) =>
    executor.execute(runThat('wait for two others', { seed }), 'webgpu', undefined, { progress: () => {} }),
  );
  const [first] = lanes;
  expect(await execute(runThat('succeeds'))).toMatchObject({ seen: { device: 'cpu' } });
  expect(await first).toEqual({ status: 'done', seen: 1 });
  await Promise.allSettled(lanes);
  const run = runThat('succeeds');
  expect(await executor.execute(run, 'webgpu', undefined, { progress: () => {} })).toMatchObject({
    seen: { device: 'webgpu' },
  });
});

test.each([
  ['throw', 'the loss is NaN'],
  ['throw later', 'a bolt from the blue'],
  ['reject later', 'a broken promise'],
  ['give a function', '() => {} could not be cloned.'],
  ['exit', 'the worker process ended with exit code 3'],
  ['SIGSEGV', 'the worker process was ended by SIGSEGV'],
  ['SIGABRT', 'the worker process was ended by SIGABRT'],
  ['SIGKILL', 'the worker process was ended by SIGKILL (out of memory?)'],
  ['write where it must not', 'the worker process was ended by SIGSEGV'],
  ['fill its memory', 'the worker process ran out of memory: its JavaScript objects took more than 512 MB'],
])('a worker that does %s fails its run, and another goes on', async (behaviour, reason) => {
  await expect(execute(runThat(behaviour))).rejects.toThrow(new Error(reason));
  expect(await execute(runThat('succeeds'))).toMatchObject({ status: 'done' });
});

test.each(['SIGINT', 'SIGTERM'])(
  'a worker goes on after %s, which is for the main process',
  async (signal) => {
    expect(await execute(runThat(signal))).toMatchObject({ status: 'done' });
  },
);

test('an abort ends a worker that is not ready yet, which could well have started', async () => {
  const execution = execute(runThat('succeeds'));
  abort.abort();
  await expect(execution).rejects.toThrow(new Error('aborted'));
});

test.each(['hang', 'spin'])('an abort ends a worker that does %s', async (behaviour) => {
  await expect(execute(runThat(behaviour), () => abort.abort())).rejects.toThrow('aborted');
  await expect(execute(runThat('succeeds'))).rejects.toThrow('aborted');
});

describe('a process goes on with further runs', () => {
  const processOf = async (device: DeviceName = 'cpu') => {
    const run = runThat('name its process');
    const outcome = await executor.execute(run, device, undefined, { progress: () => {} });
    return (outcome as unknown as { seen: number }).seen;
  };
  const isThere = (pid: number) => {
    try {
      return process.kill(pid, 0);
    } catch {
      return false;
    }
  };
  const together = (slots: number): WorkerOptions['capacities'] =>
    new Map([['cpu', { slots, together: true }]]);

  test('which hear of it in turn', async () => {
    const pid = await processOf();
    const later: string[] = [];
    await prepare({ notice: (text) => later.push(text), modelDirectory: () => undefined });
    expect(await processOf()).toBe(pid);
    await new Promise<void>((said) => {
      execute(runThat('notice'), () => said()).catch(() => {});
    });
    expect([notices, later]).toEqual([[], ['lanes are few']]);
  });

  test.each<[what: string, options: () => Partial<WorkerOptions>]>([
    ['other data', () => ({ datasets: new Map([...shared].slice(0, 1)) })],
    [
      'the same data anew',
      () => ({ datasets: new Map(DATASETS.map((dataset) => [dataset.checksum, shareDataset(dataset)])) }),
    ],
    ['another environment', () => ({ variables: { DEEPSAD_INSTRUCTION_SET: 'baseline' } })],
    ['more runs at a time', () => ({ capacities: together(2) })],
  ])('but not with those that want %s', async (_, options) => {
    const pid = await processOf();
    await prepare(options());
    expect(isThere(pid)).toBe(false);
    expect(await processOf()).not.toBe(pid);
  });

  test('of which fewer are executed at a time', async () => {
    await start(worker, { capacities: together(3) });
    const pid = await processOf();
    await prepare({ capacities: together(2) });
    expect(await processOf()).toBe(pid);
  });

  test('where it was idle as others were aborted, and else another one', async () => {
    const two: WorkerOptions['capacities'] = new Map([['cpu', { slots: 2, together: false }]]);
    await prepare({ capacities: two });
    const outcome = execute(runThat('hang'), ({ done }) => {
      busy = done;
    });
    let busy = 0;
    while (busy === 0) await setTimeout(10);
    const idle = await processOf();
    abort.abort();
    await expect(outcome).rejects.toThrow('aborted');
    expect([busy, idle].map(isThere)).toEqual([false, true]);
    await prepare({ capacities: two, signal: new AbortController().signal });
    expect(await processOf()).toBe(idle);
  });

  test('unless something ended it meanwhile', async () => {
    const pid = await processOf();
    process.kill(pid, 'SIGKILL');
    while (isThere(pid)) await setTimeout(10);
    await prepare();
    expect(await processOf()).not.toBe(pid);
  });
});

describe('a worker that executes runs together', () => {
  const seeds = [1, 2, 3];
  const startTogether = async (count: number) => {
    await start(worker, { capacities: new Map([['cpu', { slots: count, together: true }]]) });
  };
  beforeEach(() => startTogether(3));

  test('executes as many runs at a time, and each hears of its own', async () => {
    const progress: Record<number, number[]> = { 1: [], 2: [], 3: [] };
    const outcomes = await Promise.allSettled(
      seeds.map((seed) =>
        execute(runThat('wait for two others', { seed }), ({ done }) => progress[seed].push(done)),
      ),
    );
    expect(outcomes).toEqual([
      { status: 'fulfilled', value: { status: 'done', seen: 1 } },
      { status: 'rejected', reason: new Error('seed 2 failed') },
      { status: 'fulfilled', value: { status: 'done', seen: 3 } },
    ]);
    expect(progress).toEqual({ 1: [1], 2: [2], 3: [3] });
  });

  test('and loses its device has all tried once more in another, half as many at a time', async () => {
    await startTogether(5);
    const waiting = [1, 2, 3, 4].map((seed) => execute(runThat('wait for many', { seed })));
    const outcomes = await Promise.all([...waiting, execute(runThat('lose the device of many'))]);
    expect(outcomes).toEqual(new Array(5).fill({ seen: 2 }));
    expect(notices).toEqual(['the GPU failed: too hot; its runs are tried once more, 2 at a time']);
  });

  test('and loses its device trains an autoencoder once more too', async () => {
    const pretrained = executor.pretrain(runThat('lose the device of many'), 'cpu', () => {});
    expect(await pretrained).toMatchObject({ seconds: 2 });
    expect(notices).toEqual(['the GPU failed: too hot; its runs are tried once more, 1 at a time']);
  });

  test.each([1, 4])(
    'and loses its device twice fails the run with the reason (%d at a time)',
    async (count) => {
      await startTogether(count);
      const left = Math.ceil(count / 2);
      const outcome = execute(runThat('lose the device'));
      await expect(outcome).rejects.toThrow(new Error(`the GPU failed: ${left} runs`));
      expect(notices).toEqual([
        `the GPU failed: ${count} runs; its runs are tried once more, ${left} at a time`,
      ]);
      expect(await execute(runThat('succeeds'))).toMatchObject({ status: 'done' });
    },
  );

  test('and crashes twice fails the run with the reason, and another takes its place', async () => {
    await expect(execute(runThat('exit'))).rejects.toThrow('the worker process ended with exit code 3');
    expect(await execute(runThat('succeeds'))).toMatchObject({ status: 'done' });
    expect(notices).toHaveLength(1);
  });

  test('does not train again what it had handed on', async () => {
    const trained: unknown[] = [];
    const outcome = await executor.execute(runThat('pretrain and lose the device'), 'cpu', undefined, {
      progress: () => {},
      pretrained: (weights) => trained.push(weights),
    });
    expect(outcome).toEqual({ seen: [{ kernel: Float32Array.of(0.5) }] });
    expect(trained).toEqual([[{ kernel: Float32Array.of(0.5) }]]);
  });

  test('is not started again where it is ended', async () => {
    const hanging = execute(runThat('hang'), () => abort.abort());
    await expect(hanging).rejects.toThrow('aborted');
    expect(notices).toEqual([]);
  });
});

describe('a worker that cannot start says why, as no fault of the run', () => {
  const serving = `import { serve } from ${compiled('runner/serve.js')};`;
  const from = async (name: string, source: string, options: Partial<WorkerOptions> = {}) => {
    const script = pathToFileURL(join(directory, `${name}.mjs`));
    writeFileSync(script, source);
    await start(script, options);
    return execute(runThat('succeeds')).then(
      () => undefined,
      (error: Error) => error,
    );
  };

  test.each([
    [
      'has no device',
      `${serving} serve(async () => { throw new Error('the GPU is gone'); });`,
      'the GPU is gone',
    ],
    [
      'lacks a module',
      "import 'not-there';",
      /^the worker process ended with exit code 1: Error \[ERR_MODULE_NOT_FOUND\]: Cannot find package 'not-there'/,
    ],
    [
      'is killed',
      "process.kill(process.pid, 'SIGKILL');",
      'the worker process was ended by SIGKILL (out of memory?)',
    ],
    ['ends', 'process.exit(7);', 'the worker process ended with exit code 7'],
    [
      'ends with words of its own',
      "process.stderr.write('\\nno threads left\\n'); process.exit(7);",
      'the worker process ended with exit code 7: no threads left',
    ],
  ])('%s', async (name, source, reason) => {
    const error = await from(name, source);
    expect(error).toBeInstanceOf(CannotStart);
    const [, said] = /^no worker can be started: (.*)$/s.exec(error?.message ?? '') ?? [];
    if (typeof reason === 'string') expect(said).toBe(reason);
    else expect(said).toMatch(reason);
  });

  test('is not ready in time', async () => {
    const error = await from('hangs', 'setInterval(() => {}, 1000);', { patience: 300 });
    expect(error).toEqual(new CannotStart('it is not ready after 0.3 s'));
  });

  test('and so does one that hangs beside it', async () => {
    const marker = JSON.stringify(join(directory, 'first'));
    const source = `
      import { mkdirSync } from 'node:fs';
      try {
        // Of two that start together, one.
        mkdirSync(${marker});
      } catch {
        throw new Error('no more threads');
      }
      setInterval(() => {}, 1000);
    `;
    const second = from('hangs beside', source, {
      capacities: new Map([['cpu', { slots: 2, together: false }]]),
    }).then(() => execute(runThat('succeeds')));
    await expect(second).rejects.toThrow(/^no worker can be started: .* 1: Error: no more threads$/);
  });

  test.each([
    [
      'was replaced',
      (script: URL) => writeFileSync(script, `${SCRIPT} // of another version`),
      /^no worker can be started: deepsad was installed or built anew since this process began; start it again$/,
    ],
    [
      'was removed',
      (script: URL) => rmSync(script),
      /^no worker can be started: ENOENT: .* open '.*removed.mjs'$/,
    ],
  ])('%s since those before were started', async (name, change, refusal) => {
    const script = pathToFileURL(join(directory, `${name}.mjs`));
    writeFileSync(script, SCRIPT);
    await start(script);
    await expect(execute(runThat('succeeds'))).resolves.toMatchObject({ status: 'done' });
    change(script);
    await expect(execute(runThat('succeeds'))).resolves.toMatchObject({ status: 'done' });
    await expect(execute(runThat('exit'))).rejects.toThrow('ended with exit code 3');
    const error = await execute(runThat('succeeds')).catch((error: Error) => error);
    expect(error).toBeInstanceOf(CannotStart);
    expect(error).toMatchObject({ message: expect.stringMatching(refusal) });
  });

  test('cannot be made a process', async () => {
    const program = `
      import { WorkerProcess } from ${compiled('runner/worker-process.js')};
      process.execPath = '/no/node';
      const options = { script: import.meta.url, device: 'cpu', files: [], variables: {}, capacity: 1, patience: 60000 };
      const started = new WorkerProcess(options);
      await started.execute({ run: { id: 'a' } }, {}).catch(({ message }) => console.log(message));
      await started.ended;
    `;
    const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', program]);
    expect(stdout).toBe('no worker can be started: spawn /no/node ENOENT\n');
  });
});
