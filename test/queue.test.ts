import type { ChildProcessWithoutNullStreams } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { range } from 'es-toolkit';
import type { SweepStatus } from '../src/cluster/status.js';
import { recordsIn } from '../src/results/results-folder.js';
import { deepsad, type Ending, PATIENCE, start, writeParts } from './testing/program.js';
import { TestRedis, until, whyNoRedis } from './testing/redis.js';

jest.setTimeout(3 * PATIENCE);

const folder = mkdtempSync(join(tmpdir(), 'deepsad-queue-'));
const table = join(folder, 'parts.csv');
const variables = { DEEPSAD_LOCK_SECONDS: '2' };
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
  const child = start(args, variables);
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
  afterAll(() => redis.stop());

  const run = (...args: string[]): Promise<Ending> => deepsad(args, undefined, variables);
  const sweep = (file: string, ...args: string[]) =>
    begin('sweep', file, '--out', out, '--on', redis.address, '--bundle', '0.0002s', ...args);
  const work = (...args: string[]) => begin('work', redis.address, '--jobs', '1', ...args);
  const statusOf = async (): Promise<SweepStatus> =>
    JSON.parse((await run('status', out, '--json')).stdout)[0];

  test('records of two workers, one of which joins late, while Redis restarts, are those of one machine', async () => {
    const file = config('many', SHORT, range(1, 16));
    const alone = join(folder, 'alone');
    const submitted = sweep(file);
    await until(() => submitted.text.includes(`deepsad work ${redis.address}`));
    const first = work();
    await until(() => /\[\d+\/30\]/.test(submitted.text));
    await redis.kill();
    await sleep(1000);
    await redis.begin();
    const second = work();
    expect(await Promise.all([submitted.code, first.code, second.code])).toEqual([0, 0, 0]);
    expect(submitted.text).toContain('the connection was lost');
    expect(submitted.text).toMatch(/30 of 30 runs to do, about \d+ms in ([2-9]|\d\d) bundles/);
    expect((await run('sweep', file, '--out', alone, '--quiet')).code).toBe(0);
    expect(comparable(out)).toEqual(comparable(alone));
    expect(comparable(out)).toHaveLength(30);
    const tables = [out, alone].map((directory) => readFileSync(join(directory, 'many', 'table.md'), 'utf8'));
    expect(tables[0]).toBe(tables[1]);
    expect(await statusOf()).toMatchObject({ done: 30, left: 0, jobs: {}, notices: [] });
    expect((await run('logs', comparable(out)[0].id, out)).stdout).toContain('Bundle ');
    expect(await redis.keys()).toEqual([]);
  });

  test('the bundle of a worker that is killed goes to another, and back to nobody the second time', async () => {
    const file = config('killed', LONG, [1]);
    const submitted = sweep(file);
    await until(() => submitted.text.includes('deepsad work'));
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
    expect(submitted.text).toContain('1 runs are left; the same command submits them again.');
    expect((await statusOf()).notices).toEqual([
      'bundle 0 was given up: each worker that had it ended or fell silent',
    ]);
  });

  test('whoever leaves comes back by status, and cancel ends what workers execute', async () => {
    // Far more than a fast machine has done before it hears of the end.
    const seeds = Array.from({ length: 40 }, (_, i) => i + 1);
    const file = config('left', [...SHORT, ...LONG], seeds);
    const submitted = sweep(file);
    await until(() => submitted.text.includes('deepsad work'));
    submitted.child.kill('SIGINT');
    expect(await submitted.code).toBe(130);
    expect(submitted.text).toContain('Left: the sweep goes on.');
    const worker = work();
    await until(async () => (await statusOf()).done >= 1);
    const twice = await run('sweep', file, '--out', out, '--on', redis.address);
    expect(twice).toMatchObject({ code: 2, stderr: expect.stringContaining('being executed already') });
    expect((await run('cancel', out)).stdout).toMatch(/^\d+ jobs? (is|are) told to end\. \d+ runs are done/);
    await worker.code;
    const status = await statusOf();
    expect(status).toMatchObject({ cancelled: true, jobs: {}, failed: 0 });
    expect(status.done + status.left).toBe(3 * seeds.length);
    expect(status.left).toBeGreaterThan(0);
  });

  test('a worker that lacks the data says so, and gives its bundle back', async () => {
    const submitted = sweep(config('lacking', ['isolation-forest'], [1]));
    await until(() => submitted.text.includes('deepsad work'));
    rmSync(table);
    const worker = work();
    expect(await worker.code).toBe(2);
    expect(worker.text).toContain(table);
    await until(() => submitted.text.includes('has left: '));
    writeParts(table);
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
});

describe('without Redis', () => {
  test.each([
    ['redis://127.0.0.1:1', [], 'nobody listens there; start Redis, or mend the address'],
    ['redis://127.0.0.1:1', ['--time', '4h'], '--time: the machines of a queue are your own'],
    ['redis://127.0.0.1:1', ['--save-models'], '--save-models: models do not come back through a queue'],
    ['redis://', [], 'names no host'],
  ])('%s with %j is refused before anything is written', async (address, args, message) => {
    const file = config('refused', ['kde'], [1]);
    const { code, stderr } = await deepsad(['sweep', file, '--out', out, '--on', address, ...args]);
    expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringContaining(message) });
    expect(existsSync(out)).toBe(false);
  });
});
