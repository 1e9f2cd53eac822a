import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { range } from 'es-toolkit';
import type { SweepStatus } from '../src/cluster/status.js';
import { instructionSets } from '../src/engine/native/kernels.js';
import { environmentsIn } from '../src/results/environment.js';
import { recordsIn } from '../src/results/results-folder.js';
import { childrenOf, deepsad, type Ending, PATIENCE, writeParts } from './testing/program.js';
import { Cluster, whyNoSlurm } from './testing/slurm.js';

jest.setTimeout(3 * PATIENCE);

const folder = mkdtempSync(join(tmpdir(), 'deepsad-on-slurm-'));
const table = join(folder, 'parts.csv');
let out: string;
let count = 0;
beforeAll(() => writeParts(table));
beforeEach(() => {
  out = join(folder, `results ${++count}`);
});
afterAll(() => rmSync(folder, { recursive: true }));

function config(name: string, detectors: unknown, seeds: readonly number[]): string {
  const file = join(folder, `${name}.yaml`);
  writeFileSync(file, JSON.stringify({ name, dataset: { file: table, normal: 'fine' }, detectors, seeds }));
  return file;
}

/** Deep SAD without pretraining: runs of some seconds each. */
const someSeconds = (count: number) => [
  { name: 'deep-sad', pretrain: false, epochs: range(count).map((index) => 25_000 - index) },
];

/** What is the same on all machines. */
function comparable(directory: string) {
  const records = [...recordsIn(directory).values()].map((record) => ({ ...record, seconds: {} }));
  return records.sort((a, b) => (a.id < b.id ? -1 : 1));
}

const why = whyNoSlurm();
(why === undefined ? describe : describe.skip)(`on a cluster${why === undefined ? '' : ` (${why})`}`, () => {
  let cluster: Cluster;
  beforeAll(async () => {
    cluster = await Cluster.start();
  });
  afterAll(() => cluster.stop());

  const run = (...args: string[]): Promise<Ending> => deepsad(args, undefined, cluster.variables);
  const submit = (file: string, ...args: string[]) => {
    const usual = { '--cpus': '1', '--time': '5m' };
    const others = Object.entries(usual).filter(([option]) => !args.includes(option));
    return run('sweep', file, '--out', out, '--on', 'slurm', ...others.flat(), ...args);
  };
  const statusOf = async (): Promise<SweepStatus> =>
    JSON.parse((await run('status', out, '--json')).stdout).at(-1);
  const foldersOfLogs = () =>
    readdirSync(join(out, '.sweeps')).map((plan) => join(out, '.sweeps', plan, 'logs'));
  const logs = () => {
    const files = foldersOfLogs().flatMap((logs) => readdirSync(logs).map((name) => join(logs, name)));
    return files.map((file) => readFileSync(file, 'utf8')).join('\n');
  };

  test('500 runs in more bundles than an array has tasks, cancelled in between, are those of one machine', async () => {
    const file = config('many', ['kde', 'isolation-forest'], range(1, 251));
    const alone = join(folder, 'alone');
    const args = ['--at-a-time', '2', '--bundle'];
    // Of runs that nothing is known of, a tenth of a second each is guessed. One bundle at a time, so that few are done when it is cancelled.
    const { code, stdout } = await submit(file, '--at-a-time', '1', '--bundle', '2.5s');
    expect({ code, stdout }).toEqual({
      code: 0,
      stdout: expect.stringMatching(
        /^500 of 500 runs to do, about \d+s in (1[2-9]|2\d) bundles\nSubmitted \d+_\[0-10%1\], \d+_\[0-\d+%1\]; \d+ writes the tables when they end\nLogs: .*\n$/,
      ),
    });
    const twice = await submit(file, ...args, '1s');
    expect(twice).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('of these runs are being executed already'),
    });
    const local = run('sweep', file, '--out', alone, '--quiet');
    await cluster.until(async () => recordsIn(out).size >= 50);
    expect((await run('cancel', out)).stdout).toMatch(
      /^\d+ jobs told to end\. What is done by then is kept in /,
    );
    await cluster.idle();
    const kept = await statusOf();
    expect(kept).toMatchObject({
      on: 'slurm',
      runs: 500,
      failed: 0,
      halted: 'the sweep was cancelled',
      jobs: {},
    });
    expect([kept.done >= 50, kept.done + kept.left]).toEqual([true, 500]);

    const before = new Set(comparable(out).map(({ id }) => id));
    // Now it is known what they take.
    expect((await submit(file, ...args, '3s', '--verify', '2')).stdout).toContain(
      `${kept.left} of 500 runs to do`,
    );
    await Promise.all([local, cluster.idle()]);
    expect(comparable(out)).toEqual(comparable(alone));
    expect(comparable(out)).toHaveLength(500);
    const tables = [out, alone].map((directory) => readFileSync(join(directory, 'many', 'table.md'), 'utf8'));
    expect(tables[0]).toBe(tables[1]);
    const written = ['config.yaml', 'report.html'];
    expect(written.filter((name) => !existsSync(join(out, 'many', name)))).toEqual([]);
    expect(environmentsIn(join(out, 'many'))).not.toEqual([]);
    expect((await statusOf()).notices).toEqual(
      instructionSets().length > 1 ? [expect.stringMatching(/^Verified: 2 runs executed twice/)] : [],
    );
    // No record was written twice but those of runs that both sweeps had begun.
    const [{ id }] = comparable(out).filter((record) => !before.has(record.id));
    const { stdout: log } = await run('logs', id.slice(0, 12), out);
    expect(log).toMatch(/^.*slurm-\d+_\d+\.log\n[\s\S]*Bundle \d+/);
    expect((await submit(file, ...args, '3s')).stdout).toMatch(/^500 of 500 runs done before/);
  });

  test.each([
    ['requeued', 'main'],
    ['not requeued', 'fleeting'],
  ])('preempted and %s, a sweep loses nothing and fails nothing', async (_, partition) => {
    const file = config('disturbed', someSeconds(4), [1, 2]);
    await submit(file, '--bundle', '0.001s', '--slurm', `partition=${partition}`);
    await cluster.until(async () => logs().match(/: started/g)?.length === 4);
    await cluster.ask(
      'sbatch',
      '--partition=urgent',
      '--nodes=2',
      '--exclusive',
      '--output=/dev/null',
      '--wrap=sleep 1',
    );
    await cluster.until(() => logs().includes('Told to end by SIGTERM'));
    await cluster.until(async () => (await cluster.jobs()).some((job) => job.endsWith('PENDING')));
    await cluster.idle();
    expect(comparable(out).map(({ status }) => status)).toEqual(Array(8).fill('done'));
    expect(existsSync(join(out, 'disturbed', 'table.md'))).toBe(true);
  });

  test('a node that is killed gives its bundles to the other one', async () => {
    const file = config('lost', someSeconds(2), [3, 4]);
    await submit(file, '--bundle', '0.001s');
    const tasksOn = async (node: string) =>
      (await cluster.ask('squeue', '-h', '-r', '-t', 'RUNNING', '-w', node, '-o', '%i'))
        .split('\n')
        .filter((id) => id.includes('_'));
    await cluster.until(async () => logs().match(/: started/g)?.length === 4);
    const lost = await tasksOn('one');
    await cluster.killNode('one');
    await cluster.idle();
    await cluster.reviveNode('one');
    expect(lost.length).toBeGreaterThan(0);
    for (const id of lost) {
      const log = readFileSync(join(foldersOfLogs()[0], `slurm-${id}.log`), 'utf8');
      expect(log.match(/^Bundle /gm)?.length).toBeGreaterThan(1);
    }
    expect(comparable(out).map(({ status }) => status)).toEqual(Array(4).fill('done'));
    expect(existsSync(join(out, 'lost', 'table.md'))).toBe(true);
  });

  test('what a time limit leaves is submitted again', async () => {
    const detectors = [{ name: 'deep-sad', pretrainEpochs: 1, epochs: [12_000, 12_001] }];
    // Two runs in one bundle, one after the other.
    await submit(config('limited', detectors, [1]), '--time', '25s');
    await cluster.until(() => logs().match(/: started/g)?.length === 2 && logs().includes('[1/2]'));
    // The second one hangs, as it would on a file system that has gone away.
    const [name] = readdirSync(join(out, 'limited')).filter((file) => file.startsWith('runs.slurm-'));
    const [, pid] = /-(\d+)-\w+\.jsonl$/.exec(name) ?? [];
    for (const worker of childrenOf(Number(pid))) process.kill(worker, 'SIGSTOP');
    const taken = (await statusOf()).id;
    // Its task has let go of the bundle then.
    await cluster.until(async () => readdirSync(join(out, '.sweeps', taken, 'claims')).length === 0);
    const { id } = comparable(out)[0];
    expect((await run('logs', id, out)).stdout).toContain('Bundle 0\n');
    await cluster.idle();
    expect(await statusOf()).toMatchObject({ done: 2, failed: 0, left: 0, round: 2 });
    expect(existsSync(join(out, 'limited', 'table.md'))).toBe(true);
    expect(readdirSync(join(out, '.sweeps', taken, 'autoencoders'))).toHaveLength(1);
    expect(logs()).toContain('1 run executed, 1 left for others.');
  });

  test.each<[what: string, args: string[], message: string]>([
    [
      'an unknown partition',
      ['--slurm', 'partition=urgnet'],
      '--slurm partition=urgnet: did you mean urgent? valid: main, fleeting, urgent\n',
    ],
    [
      'more time than there is',
      ['--time', '2h'],
      '--time: the partition main allows 1:00:00; ask for less, or for another partition\n',
    ],
    [
      'more cores than a node has',
      ['--cpus', '64'],
      'sbatch: Requested node configuration is not available\n',
    ],
    [
      'an option that is ours',
      ['--slurm', 'array=1-9'],
      '--slurm array: deepsad sets this option of sbatch itself\n',
    ],
    [
      'no time for any run',
      ['--time', '1s'],
      'no run is expected to fit into the time limit of 1 s: the shortest takes about ',
    ],
  ])('%s is refused before anything is written', async (_what, args, message) => {
    const file = config('refused', [{ name: 'deep-sad', epochs: 1_000_000 }], [1]);
    const { code, stdout, stderr } = await submit(file, ...args);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain(message);
    expect(existsSync(out)).toBe(false);
  });
});

describe('without a cluster', () => {
  test.each([
    [
      ['--on', 'slrum', '--time', '4h'],
      '--on: expected slurm or redis://host:6379, found slrum; without it, runs are executed on this machine\n',
    ],
    [['--on', 'slrum', '--dry-run'], '--on: expected slurm or redis://host:6379, found slrum'],
    [['--on', 'slurm'], '--time is missing: the time limit of a task, such as 4h\n'],
    [
      ['--on', 'slurm', '--time', '4 hours'],
      '--time: expected a time such as 4h, 1h30m or 45s, found 4 hours\n',
    ],
    [['--verify', '0'], '--verify: expected a whole number of at least 1, found 0\n'],
    [['--cpus', '8'], '--cpus: goes with --on, such as --on slurm\n'],
    [
      ['--on', 'slurm', '--time', '4h', '--slurm', 'Account'],
      '--slurm: expected options of sbatch as account=x,partition=y, found Account',
    ],
    [
      ['--on', 'slurm', '--time', '4h', '--shard', '1/2'],
      '--shard: takes a part for this machine, and --on gives the runs to others\n',
    ],
  ])('%j is refused', async (args, message) => {
    const file = config('refused', ['kde'], [1]);
    const { code, stderr } = await deepsad(['sweep', file, '--out', out, ...args]);
    expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringContaining(message) });
    expect(existsSync(out)).toBe(false);
  });

  test('a machine without sbatch is said', async () => {
    const bin = join(folder, 'bin');
    mkdirSync(bin, { recursive: true });
    if (!existsSync(join(bin, 'node'))) symlinkSync(process.execPath, join(bin, 'node'));
    const file = config('refused', ['kde'], [1]);
    const args = ['sweep', file, '--out', out, '--on', 'slurm', '--time', '4h'];
    const { code, stderr } = await deepsad(args, undefined, { PATH: bin });
    expect({ code, stderr }).toEqual({
      code: 2,
      stderr: expect.stringContaining(
        'there is no sinfo here; use a machine of the cluster from which jobs are submitted',
      ),
    });
  });

  test('a folder without submitted sweeps is said', async () => {
    for (const command of [['status'], ['cancel'], ['logs', '0123456789abcdef']]) {
      const { code, stderr } = await deepsad([...command, out]);
      expect({ code, stderr }).toEqual({
        code: 2,
        stderr: expect.stringContaining('no sweep was submitted into this folder'),
      });
    }
    const { code, stderr } = await deepsad(['work', folder]);
    expect({ code, stderr }).toEqual({
      code: 2,
      stderr: expect.stringContaining('name a folder in .sweeps of a results folder'),
    });
  });
});
