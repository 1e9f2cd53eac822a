import { type ChildProcessWithoutNullStreams, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { connect, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { range } from 'es-toolkit';
import { generate } from 'selfsigned';
import type { SweepStatus } from '../src/cluster/status.js';
import { PACKAGE_ROOT, VERSION } from '../src/package.js';
import { environmentsIn } from '../src/results/environment.js';
import { failuresOf } from '../src/results/record.js';
import { readRecords } from '../src/results/records.js';
import { ResultsFolder, recordsIn } from '../src/results/results-folder.js';
import { latestTraces, tracesIn } from '../src/results/trace.js';
import type { Bundle } from '../src/runner/bundles.js';
import { deepsad, type Ending, OTHER_NODE, PATIENCE, start, writeParts } from './testing/program.js';
import { freePort, TestRedis, whyNoRedis } from './testing/redis.js';
import { until } from './testing/until.js';

jest.setTimeout(3 * PATIENCE);

const folder = mkdtempSync(join(tmpdir(), 'deepsad-queue-'));
const table = join(folder, 'parts.csv');
/** After so many a worker that is silent is given up. */
const LOCK_SECONDS = 2;
const variables = { DEEPSAD_LOCK_SECONDS: String(LOCK_SECONDS) };
const started = new Set<ChildProcessWithoutNullStreams>();
let out: string;
let count = 0;
beforeEach(() => {
  writeParts(table);
  out = join(folder, `results ${++count}`);
});
afterAll(() => {
  for (const child of started) child.kill('SIGKILL');
  rmSync(folder, { recursive: true });
});

function config(name: string, detectors: unknown, seeds: readonly number[]): string {
  const file = join(folder, `${name}.yaml`);
  writeFileSync(file, JSON.stringify({ name, dataset: { file: table, normal: 'fine' }, detectors, seeds }));
  return file;
}

const SHORT = ['isolation-forest', { name: 'deep-sad', epochs: 1, pretrainEpochs: 1 }];
/** A run of some seconds. */
const LONG = [{ name: 'deep-sad', pretrain: false, epochs: 20_000 }];

/** A process of the program, and what it has said. */
interface Said {
  readonly child: ChildProcessWithoutNullStreams;
  text: string;
  readonly code: Promise<number | null>;
}

function begin(...args: string[]): Said {
  return listenTo(start(args, variables));
}

function listenTo(child: ChildProcessWithoutNullStreams): Said {
  started.add(child);
  const code = once(child, 'close').then(([code]) => code as number | null);
  const said: Said = { child, text: '', code };
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (data) => {
      said.text += data;
    });
  }
  return said;
}

/** What is the same on all machines. */
function comparable(directory: string) {
  const records = [...recordsIn(directory).values()].map((record) => ({ ...record, seconds: {} }));
  return records.sort((a, b) => (a.id < b.id ? -1 : 1));
}

const why = whyNoRedis();
(why === undefined ? describe : describe.skip)(`in a queue${why === undefined ? '' : ` (${why})`}`, () => {
  let redis: TestRedis;
  beforeAll(async () => {
    redis = await TestRedis.start();
  });
  const closing: (() => void)[] = [];
  afterAll(() => {
    for (const close of closing) close();
    return redis.stop();
  });

  const run = (...args: string[]): Promise<Ending> => deepsad(args, undefined, variables);
  /** Queues a sweep, and waits until workers can see it. */
  const queue = async (file: string, ...args: string[]) => {
    const small = ['--bundle', '0.0002s'];
    const submitted = begin('sweep', file, '--out', out, '--on', redis.address, ...small, ...args);
    await until(() => submitted.text.includes(`deepsad work ${redis.address}`));
    return submitted;
  };
  /**
   * Another address of this Redis.
   *
   * @param sees is given what a client sends, and where it may be passed on to
   */
  const address = async (sees: (data: Buffer, client: Socket, server: Socket) => void) => {
    const between = createServer((client) => {
      const server = connect(Number(new URL(redis.address).port), '127.0.0.1');
      client.on('error', () => {}).on('close', () => server.destroy());
      server.on('error', () => {}).on('close', () => client.destroy());
      client.on('data', (data) => sees(data, client, server));
      server.on('data', (data) => client.write(data));
    }).listen(0, '127.0.0.1');
    await once(between, 'listening');
    closing.push(() => between.close());
    return `redis://127.0.0.1:${(between.address() as { port: number }).port}`;
  };
  const work = (...args: string[]) => begin('work', redis.address, '--jobs', '1', ...args);
  const statusOf = async (): Promise<SweepStatus> =>
    JSON.parse((await run('status', out, '--json')).stdout)[0];

  test('records of three workers, two of which join late, while Redis is away for longer than a silent one is waited for, are those of one machine', async () => {
    const file = config('many', SHORT, range(1, 16));
    const alone = join(folder, 'alone');
    const submitted = await queue(file);
    // Whoever collects is of another environment than who computes.
    const first = listenTo(start(['work', redis.address, '--jobs', '1'], { ...variables, ...OTHER_NODE }));
    await until(() => /\[\d+\/30\]/.test(submitted.text));
    await redis.kill();
    await sleep(1500 * LOCK_SECONDS);
    await redis.begin();
    const late = [work(), work()];
    const codes = [submitted, first, ...late].map(({ code }) => code);
    expect(await Promise.all(codes)).toEqual([0, 0, 0, 0]);
    expect(submitted.text).toContain('the connection was lost');
    expect(submitted.text).toMatch(/^30 of 30 runs done$/m);
    for (const { text } of [first, ...late]) expect(text).not.toContain('Warning');
    expect(submitted.text).toMatch(/30 of 30 runs to do, about \d+m?s in ([2-9]|\d\d) bundles/);
    expect((await run('sweep', file, '--out', alone, '--quiet')).code).toBe(0);
    expect(comparable(out)).toEqual(comparable(alone));
    expect(comparable(out)).toHaveLength(30);
    // The late ones may find nothing left to do.
    expect(environmentsIn(join(out, 'many')).map(({ node }) => node)).toContain('v20.99.0');
    const tables = [out, alone].map((directory) => readFileSync(join(directory, 'many', 'table.md'), 'utf8'));
    expect(tables[0]).toBe(tables[1]);
    expect(await statusOf()).toMatchObject({ done: 30, left: 0, jobs: {}, notices: [] });
    expect((await run('logs', comparable(out)[0].id, out)).stdout).toContain('Bundle ');
    expect(await redis.keys()).toEqual([]);
  });

  test('a sweep on a table that says what is labeled has its tables once workers are done', async () => {
    const own = join(folder, 'inspected.csv');
    const rows = Array.from(
      { length: 100 },
      (_, i) => `${i % 7},${i % 11},${i < 50 ? (i % 5 ? 1 : -1) : ''}`,
    );
    writeFileSync(own, `length,width,known\n${rows.join('\n')}\n`);
    const file = join(folder, 'inspected.yaml');
    const dataset = { file: own, semiTarget: 'known' };
    writeFileSync(file, JSON.stringify({ name: 'inspected', dataset, detectors: 'isolation-forest' }));
    const submitted = await queue(file);
    expect(await work().code).toBe(0);
    expect(await submitted.code).toBe(0);
    expect(existsSync(join(out, 'inspected', 'table.md'))).toBe(true);
  });

  test('the bundle of a worker that is killed goes to another, and back to nobody the second time', async () => {
    const file = config('killed', LONG, [1]);
    const submitted = await queue(file);
    for (const round of [1, 2]) {
      const worker = work();
      await until(() => worker.text.includes(': started'));
      worker.child.kill('SIGKILL');
      await worker.code;
      expect(submitted.text.includes('given up')).toBe(round > 2);
    }
    const last = work();
    expect(await submitted.code).toBe(1);
    expect(await last.code).toBe(0);
    expect(submitted.text).toContain('bundle 0 was given up: each worker that had it ended or fell silent');
    expect(submitted.text).toContain('1 run left; the same command submits what is left again.');
    expect((await statusOf()).notices).toEqual([
      'bundle 0 was given up: each worker that had it ended or fell silent',
    ]);
  });

  test('whoever leaves comes back by status, and cancel ends what workers execute', async () => {
    // Far more than a fast machine has done before it hears of the end.
    const seeds = Array.from({ length: 40 }, (_, i) => i + 1);
    const file = config('left', [...SHORT, ...LONG], seeds);
    const submitted = await queue(file);
    submitted.child.kill('SIGINT');
    expect(await submitted.code).toBe(130);
    expect(submitted.text).toContain('Left: the sweep goes on.');
    const worker = work();
    await until(async () => (await statusOf()).done >= 1);
    const twice = await run('sweep', file, '--out', out, '--on', redis.address);
    expect(twice).toMatchObject({ code: 2, stderr: expect.stringContaining('being executed already') });
    expect((await run('cancel', out)).stdout).toMatch(
      /^\d+ jobs? told to end\. What is done by then is kept in /,
    );
    await worker.code;
    expect(worker.text).not.toContain('Warning');
    const status = await statusOf();
    expect(status).toMatchObject({ halted: 'the sweep was cancelled', jobs: {}, failed: 0 });
    expect(status.done + status.left).toBe(3 * seeds.length);
    expect(status.left).toBeGreaterThan(0);
    const plan = join(out, '.sweeps', status.id, 'bundles');
    const bundles = readdirSync(plan).map(
      (name) => JSON.parse(readFileSync(join(plan, name), 'utf8')) as Bundle,
    );
    const last = bundles.find(({ index }) => index === bundles.length - 1) as Bundle;
    expect(await run('logs', last.groups[0].runs[0].id, out)).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('it was not begun, since the sweep was cancelled'),
    });
  });

  test('what was computed before cancel comes into the results folder, also where that is being written then', async () => {
    const submitted = await queue(config('kept', LONG, range(1, 31)));
    submitted.child.kill('SIGINT');
    await submitted.code;
    const other = await ResultsFolder.open(out, [{ name: 'kept', runs: [] }]);
    const worker = work();
    await until(() => worker.text.includes('Bundle 1'));
    expect((await run('cancel', out)).stdout).toContain('told to end');
    await worker.code;
    other.close();
    const status = await statusOf();
    expect(status).toMatchObject({ halted: 'the sweep was cancelled', jobs: {}, failed: 0 });
    expect(status.done).toBeGreaterThan(0);
    expect((await redis.keys()).filter((key) => key.includes(status.id))).toEqual([]);
  });

  test('a bundle that fails as a whole is given up the second time, and the others go on', async () => {
    const submitted = await queue(
      config('poisoned', [{ name: 'deep-sad', pretrain: false, epochs: 200 }], [1, 2, 3]),
    );
    const { id } = await statusOf();
    const bundle = JSON.stringify({ index: 1, seconds: 1, groups: [{ runs: [{ id: 'none' }] }] });
    await redis.with((connection) => connection.hset(`deepsad:${id}:bundles:bundle-1`, 'data', bundle));
    const worker = work();
    expect(await worker.code).toBe(0);
    expect(worker.text.match(/^Bundle 1 failed: /gm)).toHaveLength(2);
    expect(await submitted.code).toBe(1);
    expect(submitted.text).toMatch(/^bundle 1 was given up: .+\n1 run left; the same command submits/m);
    expect(recordsIn(out).size).toBe(2);
  });

  test('a worker that leaves while bundles wait has exit code 75, and says how many runs are left', async () => {
    const submitted = await queue(config('waiting', LONG, [1, 2, 3]));
    const hasty = work('--until', '0.01s');
    expect(await hasty.code).toBe(75);
    expect(hasty.text).toContain('0 runs executed, 3 left for others.');
    const ended = work();
    await until(() => ended.text.includes(': started'));
    ended.child.kill('SIGTERM');
    expect(await ended.code).toBe(75);
    expect(ended.text).toContain('1 run executed, 2 left for others.');
    expect((await run('cancel', out)).code).toBe(0);
    expect(await work().code).toBe(0);
    await submitted.code;
  });

  test('a worker that is told to end at its start leaves its bundle to others', async () => {
    const submitted = await queue(config('early', ['isolation-forest'], [1]));
    submitted.child.kill('SIGINT');
    await submitted.code;
    const connections = () =>
      redis.with(async (connection) => String(await connection.client('LIST')).split('\n').length);
    for (const delay of [0, 40, 120]) {
      const before = await connections();
      const worker = work();
      await until(async () => (await connections()) > before);
      await sleep(delay);
      worker.child.kill('SIGTERM');
      const told = Date.now();
      const code = await worker.code;
      expect(Date.now() - told).toBeLessThan(20_000);
      // What it has begun by then it finishes.
      const isBegun = worker.text.includes('1 run executed');
      expect(worker.text).toContain(
        isBegun ? '1 run executed, 0 left' : '0 runs executed, 1 left for others.',
      );
      expect(code).toBe(isBegun ? 0 : 75);
      if (isBegun) break;
    }
    expect(await work().code).toBe(0);
    expect(await statusOf()).toMatchObject({ done: 1, jobs: {}, notices: [] });
  });

  test('a Redis that is away is said, and status --watch waits until it is back', async () => {
    const file = config('away', ['isolation-forest'], [1]);
    const at = await address((data, _client, server) =>
      /xrange/i.test(String(data)) ? server.destroy() : server.write(data),
    );
    const submitted = begin('sweep', file, '--out', out, '--on', at);
    await until(() => submitted.text.includes('deepsad work'));
    submitted.child.kill('SIGKILL');
    const lost = `${at}: the connection was lost`;
    expect((await statusOf()).notices).toEqual([lost]);
    const local = config('local', ['isolation-forest'], [2]);
    expect(await run('run', local, '--out', out)).toMatchObject({
      code: 0,
      stderr: expect.stringContaining(lost),
    });
    const watch = begin('status', out, '--watch');
    await until(() => watch.text.includes('1 waiting'));
    await redis.kill();
    await until(() => watch.text.includes('jobs: not known'));
    await redis.begin();
    await until(() => watch.text.split('1 waiting').length > 2);
    expect(await run('cancel', out)).toMatchObject({ code: 0 });
    expect(await watch.code).toBe(0);
  });

  /** What submitting asks of Redis, one after the other. */
  const STEPS: [step: string, command: RegExp][] = [
    ['its plan', /\r\nset\r\n.*\r\ndeepsad:[^:]+:plan\r\n/],
    ['its journal', /\r\nxadd\r\n/],
    ['its bundles', /\r\neval(sha)?\r\n/],
    ['its name', /\r\nzadd\r\n.*\r\ndeepsad:sweeps\r\n/],
  ];
  test.each(STEPS)(
    'whoever is killed once Redis has %s goes on by the same command, and nothing is lost',
    async (step, command) => {
      const file = config('cut', ['isolation-forest'], [1, 2]);
      let victim: Said | undefined;
      const at = await address((data, _client, server) => {
        const isAlive = victim?.child.signalCode === null;
        if (isAlive && command.test(String(data))) victim?.child.kill('SIGKILL');
        server.write(data);
      });
      const order = ['sweep', file, '--out', out, '--on', at, '--bundle', '0.0002s'];
      victim = begin(...order);
      await victim.code;
      expect(victim.child.signalCode).toBe('SIGKILL');
      const [plan] = readdirSync(join(out, '.sweeps'));
      expect(existsSync(join(out, '.sweeps', plan, 'submission.json'))).toBe(false);
      const isWhole = step === 'its name';
      if (isWhole) expect(await work().code).toBe(0);
      const before = await statusOf();
      expect(before).toMatchObject({
        done: isWhole ? 2 : 0,
        notices: [expect.stringContaining('was cut short')],
      });
      expect('jobs' in before).toBe(false);
      // Another order is no order to go on with this one.
      if (!isWhole)
        expect(await run(...order, '--fail-fast')).toMatchObject({
          code: 2,
          stderr: expect.stringContaining(
            'the same command as then goes on with it, and deepsad cancel ends it',
          ),
        });
      const again = begin(...order);
      await until(() => again.text.includes('deepsad work'));
      expect(again.text).toContain('submitting was cut short; what is missing is submitted now');
      const worker = work();
      expect(await Promise.all([again.code, worker.code])).toEqual([0, 0]);
      expect(readdirSync(join(out, '.sweeps'))).toEqual([plan]);
      expect(existsSync(join(out, 'cut', 'table.md'))).toBe(true);
      expect(await statusOf()).toMatchObject({ done: 2, left: 0, jobs: {}, notices: [] });
      expect((await redis.keys()).filter((key) => key.includes(plan))).toEqual([]);
    },
  );

  test.each(STEPS.slice(2))(
    'a sweep whose submitting was cut short by a Redis that went away with %s is ended by cancel',
    async (_step, command) => {
      const file = config('cut', ['isolation-forest'], [1, 2]);
      let isAway = false;
      const at = await address((data, client, server) => {
        isAway ||= command.test(String(data));
        if (isAway) client.destroy();
        // It may have heard what nobody answers.
        server.write(data);
      });
      const order = ['sweep', file, '--out', out, '--on', at];
      expect(await run(...order)).toMatchObject({
        code: 2,
        stderr: expect.stringContaining(`${at}: the connection was lost\n`),
      });
      const [plan] = readdirSync(join(out, '.sweeps'));
      isAway = false;
      command = /nothing more/;
      expect((await run('cancel', out)).code).toBe(0);
      expect(await statusOf()).toMatchObject({ done: 0, left: 2, jobs: {}, notices: [] });
      expect((await redis.keys()).filter((key) => key.includes(plan))).toEqual([]);
      const again = begin(...order);
      await until(() => again.text.includes('deepsad work'));
      expect(readdirSync(join(out, '.sweeps'))).toHaveLength(2);
      const worker = work();
      expect(await Promise.all([again.code, worker.code])).toEqual([0, 0]);
      expect(await statusOf()).toMatchObject({ done: 2, left: 0, jobs: {}, notices: [] });
    },
  );

  test('whoever is to leave while Redis is away leaves, and leaves what it has computed where it says', async () => {
    const short = [{ name: 'deep-sad', pretrain: false, epochs: 5000 }];
    const submitted = await queue(config('gone', short, [1]));
    const cwd = mkdtempSync(join(folder, 'worker '));
    const worker = listenTo(start(['work', redis.address, '--jobs', '1'], variables, { cwd }));
    await until(() => worker.text.includes(': started'));
    await redis.kill();
    try {
      await until(() => submitted.text.includes('the connection was lost'));
      submitted.child.kill('SIGINT');
      worker.child.kill('SIGTERM');
      expect(await submitted.code).toBe(130);
      expect(submitted.text).toContain('Left: the sweep goes on.');
      expect(await worker.code).toBe(75);
      const [held] = readdirSync(cwd);
      const command = `cp -r '${join(cwd, held)}/.' '${out}'`;
      expect(worker.text).toContain(
        `1 record could not be given to Redis; where the sweep was submitted, this brings in what is in the folder here:\n    ${command}\n`,
      );
      expect(worker.text).toContain('0 runs executed, and nobody answers how many are left');
      expect(recordsIn(out).size).toBe(0);
      expect(spawnSync('sh', ['-c', command]).status).toBe(0);
      const [record] = recordsIn(out).values();
      expect(record).toMatchObject({ seed: 1, status: 'done' });
      expect(latestTraces(tracesIn([join(out, 'gone')])).has(record.id)).toBe(true);
      expect(environmentsIn(join(out, 'gone'))).toHaveLength(1);
    } finally {
      await redis.begin();
    }
    expect(await statusOf()).toMatchObject({ done: 1, left: 0 });
    expect((await run('cancel', out)).code).toBe(0);
  });

  test.each(['SIGINT', 'SIGHUP', 'SIGUSR1'] as const)(
    'a worker told to end once, by %s, before Redis goes away or after, leaves with what it has computed',
    async (signal) => {
      // More runs than workers, of which the first may have done some before the second begins.
      const submitted = await queue(config('once', LONG, range(1, 7)));
      submitted.child.kill('SIGINT');
      const cwd = mkdtempSync(join(folder, 'worker '));
      const workers = [1, 2].map(() =>
        listenTo(start(['work', redis.address, '--jobs', '1'], variables, { cwd })),
      );
      for (const worker of workers) await until(() => worker.text.includes(': started'));
      workers[0].child.kill(signal);
      await redis.kill();
      try {
        await sleep(500);
        workers[1].child.kill(signal);
        const held =
          '1 record could not be given to Redis; where the sweep was submitted, this brings in what is in the folder here:';
        for (const worker of workers) {
          expect(await worker.code).toBe(75);
          expect(worker.text).toContain(held);
        }
        expect(recordsIn(join(cwd, readdirSync(cwd)[0])).size).toBe(2);
      } finally {
        await redis.begin();
      }
      expect((await run('cancel', out)).code).toBe(0);
    },
  );

  test('whoever is to leave a Redis that takes connections and answers none leaves', async () => {
    let [isAway, attempts] = [false, 0];
    const half = async (command: RegExp) =>
      address((data, client, server) => {
        isAway ||= command.test(String(data));
        if (!isAway) return server.write(data);
        attempts += 1;
        client.destroy();
      });
    const told = (said: Said, name: NodeJS.Signals) => {
      said.child.kill(name);
      return said.code;
    };
    const file = config('half', [{ name: 'deep-sad', pretrain: false, epochs: 100 }], [1]);
    const submitted = begin('sweep', file, '--out', out, '--on', await half(/xrange/));
    await until(() => attempts > 2);
    expect(await told(submitted, 'SIGINT')).toBe(130);
    expect(submitted.text).toContain('Left: the sweep goes on.');
    [isAway, attempts] = [false, 0];
    const cwd = mkdtempSync(join(folder, 'worker '));
    const at = await half(/"type":"record"/);
    const worker = listenTo(start(['work', at, '--jobs', '1'], variables, { cwd }));
    await until(() => attempts > 2);
    expect(await told(worker, 'SIGHUP')).toBe(75);
    expect(worker.text).toContain('1 record could not be given to Redis');
    expect(recordsIn(join(cwd, readdirSync(cwd)[0])).size).toBe(1);
    await redis.with((connection) => connection.flushall());
  });

  test('what follows the end of a sweep is done again after a kill before it', async () => {
    const submitted = await queue(config('ended', ['isolation-forest'], [1]));
    const { id } = await statusOf();
    const stopped = work();
    await until(() => existsSync(join(out, '.sweeps', id, 'ending.json')));
    submitted.child.kill('SIGKILL');
    await Promise.all([submitted.code, stopped.code]);
    // As where the kill came at once.
    const ending = { failures: [], unsettled: true };
    writeFileSync(join(out, '.sweeps', id, 'ending.json'), JSON.stringify(ending));
    rmSync(join(out, 'ended', 'table.md'), { force: true });
    await redis.with((connection) => connection.set(`deepsad:${id}:plan`, '{}'));
    expect(await statusOf()).toMatchObject({ done: 1, jobs: {}, notices: [] });
    expect(existsSync(join(out, 'ended', 'table.md'))).toBe(true);
    expect((await redis.keys()).filter((key) => key.includes(id))).toEqual([]);
    expect(JSON.parse(readFileSync(join(out, '.sweeps', id, 'ending.json'), 'utf8'))).toEqual({
      failures: [],
    });
    // A file that is damaged is said, and stops nothing.
    rmSync(join(out, '.sweeps', id, 'ending.json'));
    const submission = join(out, '.sweeps', id, 'submission.json');
    writeFileSync(submission, '');
    const said = await run('run', config('beside', ['isolation-forest'], [2]), '--out', out);
    expect(said).toMatchObject({
      code: 0,
      stderr: expect.stringContaining(`${submission}: not a submission`),
    });
    expect(said.stderr).toContain(`remove ${join(out, '.sweeps', id)} and submit again`);
    expect((await statusOf()).notices).toEqual([expect.stringContaining(submission)]);
  });

  test('records that were collected are kept where the results folder is removed', async () => {
    const submitted = await queue(config('removed', SHORT, range(1, 31)));
    const worker = work();
    await until(() => /\[[5-9]\/60\]/.test(submitted.text));
    renameSync(out, `${out} removed`);
    rmSync(`${out} removed`, { recursive: true });
    expect(await submitted.code).toBe(2);
    expect(submitted.text).toMatch(
      /runs\.jsonl was removed, .*; all of their records are in .* \(what else its folder held is lost\), and/,
    );
    expect(recordsIn(out).size).toBeGreaterThanOrEqual(5);
    expect(readdirSync(join(out, 'removed')).filter((name) => name.startsWith('runs.rescued.'))).toHaveLength(
      1,
    );
    const [, id] =
      /The sweep (\S+) goes on in Redis: .* deepsad cancel (\S+) \1 ends it$/m.exec(submitted.text) ?? [];
    expect(await run('cancel', redis.address)).toMatchObject({
      code: 2,
      stderr: expect.stringContaining(`  ${id}: removed, 60 runs submitted from ${out}\n`),
    });
    expect(await run('cancel', redis.address, id)).toMatchObject({ code: 0 });
    await worker.code;
    expect((await redis.keys()).filter((key) => key.includes(id))).toEqual([]);
    expect(await run('cancel', redis.address, id)).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(`${redis.address} has no sweep ${id}; it has`),
    });
  });

  test('a sweep whose results folder is here is ended by its name alone', async () => {
    const submitted = await queue(config('here', ['isolation-forest'], [1]));
    const { id } = await statusOf();
    expect(await run('cancel', redis.address, id)).toMatchObject({
      code: 2,
      stderr: expect.stringContaining(`deepsad cancel ${out} ends it`),
    });
    expect((await run('cancel', out, id)).code).toBe(2);
    expect((await run('cancel', out)).code).toBe(0);
    await submitted.code;
    expect(submitted.text).toContain('1 run left, since the sweep was cancelled; the same command');
  });

  test('a Redis that was started anew without what it held is named as why runs are left', async () => {
    const submitted = await queue(config('forgotten', ['isolation-forest'], [1]));
    await redis.with((connection) => connection.flushall());
    expect(await submitted.code).toBe(1);
    expect(submitted.text).toContain(`${redis.address} has lost the sweep, as where it was started anew`);
    expect(submitted.text).toContain('1 run left; the same command submits what is left again.');
  });

  test('a worker whose bundle is lost while Redis is away says so once', async () => {
    const submitted = await queue(config('once-lost', LONG, [1]));
    const worker = work();
    await until(() => worker.text.includes(': started'));
    await redis.kill();
    await sleep(1500 * LOCK_SECONDS);
    await redis.begin();
    await redis.with((connection) => connection.flushall());
    await until(() => worker.text.includes('was given to another'));
    await Promise.all([worker.code, submitted.code]);
    expect(worker.text.match(/was given to another/g)).toHaveLength(1);
  });

  test('a run that was executed twice with different results is said, wherever its results are read', async () => {
    const submitted = await queue(config('twice', SHORT, [1]));
    submitted.child.kill('SIGINT');
    await submitted.code;
    expect(await work().code).toBe(0);
    const [id] = readdirSync(join(out, '.sweeps'));
    const journal = `deepsad:${id}:journal`;
    const told = await redis.with((connection) => connection.xrange(journal, '-', '+'));
    const entries = told.map(([, [, text]]) => JSON.parse(text)).filter(({ type }) => type === 'record');
    expect(entries).toHaveLength(2);
    const [{ record, ...entry }, same] = entries;
    const other = { ...entry, record: { ...record, auroc: record.auroc / 2 } };
    for (const again of [other, same]) {
      await redis.with((connection) => connection.xadd(journal, '*', 'entry', JSON.stringify(again)));
    }
    expect(await statusOf()).toMatchObject({ done: 2, left: 0 });
    expect(readRecords(join(out, 'twice', 'runs.jsonl')).records).toHaveLength(3);
    const said = `twice: 1 run has results that contradict each other (${record.id}; AUROC up to`;
    for (const args of [
      ['report', out, '--out', `${out} report`],
      ['sweep', join(folder, 'twice.yaml'), '--out', out],
    ]) {
      const { stderr } = await run(...args);
      expect(stderr.replaceAll(/\s+/g, ' ')).toContain(said);
    }
  });

  test('a disk that is full where results are brought is said to be that, and nothing is lost by it', async () => {
    const submitted = await queue(
      config('full', [{ name: 'deep-sad', pretrain: false, epochs: 500 }], range(1, 9)),
    );
    submitted.child.kill('SIGINT');
    await submitted.code;
    expect(await work().code).toBe(0);
    const full = listenTo(start(['status', out], variables, { blocks: 10 }));
    await full.code;
    expect(full.text).toMatch(/cannot write .*traces\.ndjson: /);
    expect(full.text).not.toContain('by something else');
    expect(await statusOf()).toMatchObject({ done: 8, left: 0, notices: [] });
    const files = readdirSync(join(out, 'full')).filter((name) => /^(runs|traces)/.test(name));
    expect(files).toEqual(['runs.jsonl', 'traces.ndjson']);
    expect(latestTraces(tracesIn([join(out, 'full')])).size).toBe(8);
  });

  test('--fail-fast leaves what is not begun when a run fails', async () => {
    // The longest is the first.
    const failing = { name: 'deep-sad', pretrain: false, epochs: 500, learningRate: 1e30 };
    const file = config('failing', [failing, 'isolation-forest'], [1]);
    const submitted = await queue(file, '--fail-fast');
    expect(await work().code).toBe(1);
    expect(await submitted.code).toBe(1);
    expect(submitted.text).toContain('1 run left; the same command submits what is left again.');
    expect([...recordsIn(out).values()].map(({ status }) => status)).toEqual(['failed']);
  });

  test('a run that fails again as it did before was tried again, once', async () => {
    const failing = { name: 'deep-sad', pretrain: false, epochs: 5, learningRate: 1e30 };
    const file = config('again', [failing], [1, 2]);
    expect((await run('sweep', file, '--out', out, '--quiet')).code).toBe(1);
    const submitted = await queue(file, '--retry-failed');
    expect(submitted.text).toContain('2 of 2 runs to do');
    const before = await statusOf();
    expect(before).toMatchObject({ failed: 0, left: 2 });
    expect(await work().code).toBe(1);
    expect(await submitted.code).toBe(1);
    expect(submitted.text).not.toMatch(/left;/);
    expect(await statusOf()).toMatchObject({ failed: 2, left: 0 });
    expect([...recordsIn(out).values()].map(failuresOf)).toEqual([2, 2]);
  });

  test('runs that are done are executed again for the probes that they lack', async () => {
    const file = config('probed', [{ name: 'deep-sad', epochs: 1, pretrainEpochs: 1 }], [1]);
    expect((await run('sweep', file, '--out', out, '--quiet')).code).toBe(0);
    const experiment = JSON.parse(readFileSync(file, 'utf8'));
    writeFileSync(file, JSON.stringify({ ...experiment, diagnostics: 'entropy' }));
    const submitted = await queue(file);
    // More milliseconds than a timer takes.
    expect(await work('--until', '30d').code).toBe(0);
    expect(await submitted.code).toBe(0);
    expect(submitted.text).toContain('1 of 1 run to do');
    expect(readFileSync(join(out, 'probed', 'traces.ndjson'), 'utf8')).toContain('"probes":[{');
    const again = await run('sweep', file, '--out', out, '--on', redis.address, '--verify', '1');
    expect(again).toMatchObject({
      code: 1,
      stdout: '1 of 1 run done before; without --on, the same command verifies them.\n',
    });
  });

  test('a worker that lacks the data says so, and gives its bundle back', async () => {
    const submitted = await queue(config('lacking', ['isolation-forest'], [1]));
    rmSync(table);
    const worker = work();
    expect(await worker.code).toBe(2);
    expect(worker.text).toContain(table);
    await until(() => submitted.text.includes('has left: '));
    writeParts(table);
    expect(await work().code).toBe(0);
    expect(await submitted.code).toBe(0);
  });

  test('a worker of another build passes the sweep over, and says so there and where it was submitted', async () => {
    const submitted = await queue(config('built', ['isolation-forest'], [1]));
    const { id } = await statusOf();
    const key = `deepsad:${id}:plan`;
    const plan = (await redis.with((connection) => connection.get(key))) ?? '';
    const other = JSON.stringify({ ...JSON.parse(plan), build: 'another' });
    await redis.with((connection) => connection.set(key, other));
    const worker = work();
    expect(await worker.code).toBe(2);
    const said = `${id}: the sweep was submitted by deepsad ${VERSION} (commit another), and this is`;
    expect(worker.text.replaceAll(/\s+/g, ' ')).toContain(said);
    await until(() => submitted.text.replaceAll(/\s+/g, ' ').includes(`has left: ${said}`));
    await redis.with((connection) => connection.set(key, plan));
    expect(await work().code).toBe(0);
    expect(await submitted.code).toBe(0);
  });

  test('a password that is missing or wrong is said, and none is written down', async () => {
    const guarded = await TestRedis.start('--requirepass', 'geheim');
    try {
      const file = config('guarded', ['isolation-forest'], [1]);
      const on = (address: string) => run('sweep', file, '--out', out, '--on', address);
      const withPassword = (password: string) => guarded.address.replace('//', `//:${password}@`);
      expect(await on(guarded.address)).toMatchObject({
        code: 2,
        stderr: expect.stringContaining('it wants a password; give it in DEEPSAD_REDIS_PASSWORD'),
      });
      expect(await on(withPassword('falsch'))).toMatchObject({
        code: 2,
        stderr: expect.stringContaining('it refuses the password'),
      });
      expect(existsSync(out)).toBe(false);
      const submitted = begin('sweep', file, '--out', out, '--on', withPassword('geheim'));
      const worker = begin('work', withPassword('geheim'), '--wait');
      expect(await submitted.code).toBe(0);
      worker.child.kill('SIGTERM');
      expect(await worker.code).toBe(0);
      const plan = readFileSync(join(out, '.sweeps', (await statusOf()).id, 'plan.json'), 'utf8');
      expect(plan + submitted.text.replace(/^.*deepsad sweep.*$/m, '') + worker.text).not.toContain('geheim');
    } finally {
      await guarded.stop();
    }
  });

  test('what makes a Redis less safe is said before anything is queued', async () => {
    const forgetful = await TestRedis.start('--appendonly', 'no');
    try {
      const file = config('forgetful', ['isolation-forest'], [1]);
      const address = forgetful.address.replace('//', '//:needless@');
      const submitted = begin('sweep', file, '--out', out, '--on', address);
      await until(() => submitted.text.includes('deepsad work'));
      submitted.child.kill('SIGINT');
      await submitted.code;
      expect(submitted.text).toMatch(
        /wants no password: whoever reaches it decides.*\n.*keeps no append-only file: .*\n1 of 1 run to do/,
      );
      expect(submitted.text).not.toContain('WARN');
    } finally {
      await forgetful.stop();
    }
  });

  test('variables that are empty count as not set', async () => {
    const file = config('empty', ['isolation-forest'], [1]);
    const empty = { DEEPSAD_LOCK_SECONDS: '', DEEPSAD_REDIS_PASSWORD: '' };
    const submitted = listenTo(start(['sweep', file, '--out', out, '--on', redis.address], empty));
    await until(() => submitted.text.includes('deepsad work'));
    const worker = listenTo(start(['work', redis.address, '--jobs', '1'], empty));
    expect(await submitted.code).toBe(0);
    expect(await worker.code).toBe(0);
    expect(submitted.text + worker.text).not.toContain('wants no password');
  });

  test('TLS with a certificate of its own asks for the authority', async () => {
    const { cert, private: key } = await generate([{ name: 'commonName', value: 'localhost' }], {
      extensions: [{ name: 'subjectAltName', altNames: [{ type: 7, ip: '127.0.0.1' }] }],
    });
    const [certFile, keyFile] = ['cert.pem', 'key.pem'].map((name) => join(folder, name));
    writeFileSync(certFile, cert);
    writeFileSync(keyFile, key);
    const port = await freePort();
    const options = { 'tls-port': String(port), 'tls-cert-file': certFile, 'tls-key-file': keyFile };
    const encrypted = await TestRedis.start(
      ...Object.entries({ ...options, 'tls-auth-clients': 'no' }).flatMap(([name, value]) => [
        `--${name}`,
        value,
      ]),
    );
    try {
      const address = `rediss://127.0.0.1:${port}`;
      expect(await run('work', address)).toMatchObject({
        code: 2,
        stderr: expect.stringMatching(
          /certificate.*; name the authority of its certificate in NODE_EXTRA_CA_CERTS\n$/,
        ),
      });
      const trusting = await deepsad(['work', address], undefined, { NODE_EXTRA_CA_CERTS: certFile });
      expect(trusting).toMatchObject({ code: 0, stderr: '0 runs executed, 0 left for others.\n' });
      // Without TLS where it speaks TLS.
      expect((await run('work', address.replace('rediss', 'redis'))).stderr).toContain('does it speak TLS');
    } finally {
      await encrypted.stop();
    }
  });
});

describe('without Redis', () => {
  test('one that is too old is refused', async () => {
    const info = 'redis_version:6.0.16\r\naof_enabled:1\r\nloading:0\r\n';
    const server = createServer((socket) =>
      socket
        .on('error', () => {})
        .on('data', (data) => {
          for (const [, command] of String(data).matchAll(/\*\d+\r\n\$\d+\r\n(\w+)\r\n/g))
            socket.write(/info/i.test(command) ? `$${info.length}\r\n${info}\r\n` : '+OK\r\n');
        }),
    ).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as { port: number };
    const { code, stderr } = await deepsad(['work', `redis://127.0.0.1:${port}`]);
    server.close();
    expect({ code, stderr }).toEqual({
      code: 2,
      stderr: `redis://127.0.0.1:${port}: Redis 6.0.16 is too old; 6.2 or later has what a queue needs\n`,
    });
  });

  test.each(['soon', '0', '-5'])('DEEPSAD_LOCK_SECONDS that is %j is refused', async (given) => {
    const variables = { DEEPSAD_LOCK_SECONDS: given };
    expect(await deepsad(['work', 'redis://127.0.0.1:1'], undefined, variables)).toEqual({
      code: 2,
      stdout: '',
      stderr: `DEEPSAD_LOCK_SECONDS: ${given} is no number of seconds; give one such as 300\n`,
    });
  });

  test('packages that are not installed are named with the command that installs them', async () => {
    const bare = join(folder, 'bare');
    mkdirSync(bare);
    const parts = ['bin', 'bundle', 'native', 'package.json'];
    for (const name of parts) symlinkSync(join(PACKAGE_ROOT, name), join(bare, name));
    const NODE_OPTIONS = '--preserve-symlinks --preserve-symlinks-main';
    const args = [join(bare, 'bin', 'deepsad.js'), 'work', 'redis://127.0.0.1:1'];
    const { status, stderr } = spawnSync(process.execPath, args, {
      env: { ...process.env, NODE_OPTIONS },
      encoding: 'utf8',
    });
    expect(status).toBe(2);
    expect(stderr).toMatch(
      /^redis:\/\/127.0.0.1:1: bullmq and ioredis are not installed; npm install bullmq@\S+ ioredis@\S+\n$/,
    );
  });

  test.each([
    ['redis://127.0.0.1:1', [], 'nobody listens there; start Redis, or mend the address'],
    ['redis://127.0.0.1:1', ['--time', '4h'], '--time: the machines of a queue are your own'],
    ['redis://127.0.0.1:1', ['--save-models'], '--save-models: models do not come back through a queue'],
    ['redis://', [], 'names no host'],
    ['redis://:50%@127.0.0.1:1', [], 'redis://127.0.0.1:1: a % in the user or the password of an address'],
    ['redis://us%er@127.0.0.1:1', [], 'redis://127.0.0.1:1: a % in the user or the password of an address'],
  ])('%s with %j is refused before anything is written', async (address, args, message) => {
    const file = config('refused', ['kde'], [1]);
    const { code, stderr } = await deepsad(['sweep', file, '--out', out, '--on', address, ...args]);
    expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringContaining(message) });
    expect(existsSync(out)).toBe(false);
  });
});
