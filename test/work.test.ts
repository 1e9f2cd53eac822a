import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join, relative } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, expect, jest, test } from '@jest/globals';
import { claim, release } from '../src/cluster/claims.js';
import { PACKAGE_ROOT } from '../src/package.js';
import { processName } from '../src/process-name.js';
import { LOCK, lock } from '../src/results/lock.js';
import { failuresOf } from '../src/results/record.js';
import { ResultsFolder, recordsIn } from '../src/results/results-folder.js';
import { childrenOf, deepsad, PATIENCE, start, writeParts } from './testing/program.js';

jest.setTimeout(2 * PATIENCE);

const folder = mkdtempSync(join(tmpdir(), 'deepsad-work-'));
const table = join(folder, 'parts.csv');
const bin = join(folder, 'bin');
let out: string;
let count = 0;
beforeAll(() => {
  writeParts(table);
  // A Slurm that takes what it is given, and does nothing.
  const answers = {
    sinfo: 'main|main*|infinite',
    sbatch: '1',
    scontrol: 'MaxArraySize = 1001',
    squeue: '',
    scancel: '',
  };
  mkdirSync(bin);
  for (const [command, answer] of Object.entries(answers)) replaceCommand(command, `echo '${answer}'`);
});
beforeEach(() => {
  out = join(folder, `results ${++count}`);
});
afterEach(() => {
  for (const command of ['squeue', 'scancel']) replaceCommand(command, '');
});
afterAll(() => rmSync(folder, { recursive: true }));

function replaceCommand(name: string, script: string): void {
  writeFileSync(join(bin, name), `#!/bin/sh\n${script}\n`);
  chmodSync(join(bin, name), 0o755);
}

const run = (...args: string[]) => deepsad(args, undefined, { PATH: `${bin}:${process.env.PATH}` });

const BUNDLES = ['--on', 'slurm', '--time', '30d', '--cpus', '1', '--bundle', '0.000001s'];

/** Submits a sweep to nobody, a bundle a run. @returns the folder of its plan */
async function submit(detectors: unknown, seeds: readonly number[], ...args: string[]): Promise<string> {
  const file = join(folder, 'parts.yaml');
  writeFileSync(
    file,
    JSON.stringify({
      name: 'parts',
      dataset: { file: relative('', table), normal: 'fine' },
      detectors,
      seeds,
    }),
  );
  const sweep = ['sweep', file, '--out', out, ...BUNDLES, ...args];
  const { stdout } = await run(...sweep, '--dry-run');
  expect(existsSync(out)).toBe(false);
  const submitted = await run(...sweep);
  expect(submitted).toMatchObject({ code: 0 });
  expect(submitted.stdout.split('\n')[0]).toBe(stdout.trimEnd());
  expect(stdout).toMatch(/^(\d) of \1 runs? to do, about .* in \1 bundles?\n$/);
  const [plan] = readdirSync(join(out, '.sweeps'));
  return join(out, '.sweeps', plan);
}

const statuses = () => [...recordsIn(out).values()].map(({ status }) => status);
const linux = process.platform === 'linux' ? test : test.skip;

/** Whether a process executes runs, and is not the git that tells which commit this is. */
function executesRuns(pid: number): boolean {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('worker');
  } catch {
    return false;
  }
}

linux('a worker keeps its processes from bundle to bundle', async () => {
  const plan = await submit([{ name: 'deep-sad', pretrain: false, epochs: 1000 }], [1, 2, 3, 4]);
  const worker = start(['work', plan, '--jobs', '1', '--until', '30d']);
  const ended = once(worker, 'exit');
  let said = '';
  worker.stderr.on('data', (text) => {
    said += text;
  });
  const processes = new Set<number>();
  while (worker.exitCode === null) {
    for (const pid of childrenOf(Number(worker.pid))) if (executesRuns(pid)) processes.add(pid);
    await setTimeout(5);
  }
  expect(await ended).toEqual([0, null]);
  expect(said.match(/^Bundle \d$/gm)).toHaveLength(4);
  expect(statuses()).toEqual(Array(4).fill('done'));
  expect(processes.size).toBe(1);
});

test('--fail-fast leaves all bundles that are not begun when a run fails, whoever takes them, and they are not submitted again', async () => {
  // The longest is the first.
  const failing = { name: 'deep-sad', pretrain: false, epochs: 500, learningRate: 1e30 };
  const plan = await submit([failing, 'isolation-forest', 'kde'], [1], '--fail-fast');
  expect(await run('work', plan)).toMatchObject({
    code: 1,
    stderr: expect.stringMatching(/1 run executed, 0 left for others.\n$/),
  });
  expect(await run('work', plan)).toMatchObject({
    code: 0,
    stderr: '0 runs executed, 0 left for others.\n',
  });
  expect(await run('work', plan, '--close')).toMatchObject({
    code: 75,
    stderr: '0 of 3 runs done, 1 failed.\nThe rest is not submitted again, since a run has failed.\n',
  });
  expect(statuses()).toEqual(['failed']);
  const [status] = JSON.parse((await run('status', out, '--json')).stdout);
  expect(status).toMatchObject({ halted: 'a run has failed', done: 0, failed: 1, left: 2 });
});

test('what is to be tried again is left until it was, whatever ends in between, and once', async () => {
  const file = join(folder, 'retried.yaml');
  const failing = { name: 'deep-sad', pretrain: false, epochs: 5, learningRate: 1e30 };
  const dataset = { file: table, normal: 'fine' };
  writeFileSync(
    file,
    JSON.stringify({ name: 'retried', dataset, detectors: ['kde', failing], seeds: [1, 2] }),
  );
  const sweep = ['sweep', file, '--out', out];
  expect(await run(...sweep)).toMatchObject({ code: 1 });
  expect(statuses().sort()).toEqual(['done', 'done', 'failed', 'failed']);

  const retry = [...sweep, ...BUNDLES, '--retry-failed'];
  expect((await run(...retry)).stdout).toMatch(/^2 of 4 runs to do, .* in 2 bundles\n/);
  const plan = join(out, '.sweeps', readdirSync(join(out, '.sweeps'))[0]);
  const progress = async () => JSON.parse((await run('status', out, '--json')).stdout).at(-1);
  expect(await progress()).toMatchObject({ done: 2, failed: 0, left: 2 });
  // As if a machine had been lost with one of them.
  await claim(plan, 1, 'other');
  expect(await run('work', plan)).toMatchObject({
    code: 1,
    stderr: expect.stringMatching(/1 run executed, 0 left for others/),
  });
  expect(await progress()).toMatchObject({ done: 2, failed: 1, left: 1 });
  // One that takes its place does not try again what was.
  await release(plan, 0);
  expect(await run('work', plan)).toMatchObject({
    code: 0,
    stderr: expect.stringMatching(/0 runs executed/),
  });

  const closed = await run('work', plan, '--close');
  expect(closed.stderr).toMatch(/^2 of 4 runs done, 1 failed\.\nThe rest is submitted again: 1 of 4 runs/);
  const [rest] = readdirSync(join(out, '.sweeps')).filter((name) => join(out, '.sweeps', name) !== plan);
  const second = join(out, '.sweeps', rest);
  expect(await run('work', second)).toMatchObject({
    code: 1,
    stderr: expect.stringMatching(/1 run executed, 0 left for others/),
  });
  expect(await run('work', second, '--close')).toMatchObject({
    code: 1,
    stderr: '2 of 4 runs done, 2 failed.\n',
  });
  expect(await progress()).toMatchObject({ round: 2, done: 2, failed: 2, left: 0 });
  expect([...recordsIn(out).values()].map(failuresOf).sort()).toEqual([0, 0, 2, 2]);

  // What failed is not tried again unasked, and is no success, wherever it is to be executed.
  const before = '2 of 4 runs done before; 2 failed before (--retry-failed repeats them)';
  expect(await run(...sweep, ...BUNDLES)).toMatchObject({
    code: 1,
    stdout: `${before}; without --on, the same command shows their results.\n`,
  });
  expect(await run(...sweep, ...BUNDLES, '--dry-run')).toMatchObject({
    code: 0,
    stdout: '4 runs: 2 done, 2 failed, 0 to do\n',
  });
  expect(await run(...sweep)).toMatchObject({ code: 1, stderr: expect.stringContaining(before) });
});

test('a worker of another build refuses a plan, and says which one submitted it', async () => {
  const plan = await submit(['kde'], [1]);
  const file = join(plan, 'plan.json');
  const written = readFileSync(file, 'utf8');
  const { build } = JSON.parse(written);
  writeFileSync(file, written.replace(build, 'another'));
  for (const close of [[], ['--close']]) {
    const refused = await run('work', plan, ...close);
    expect(refused).toMatchObject({ code: 2, stdout: '' });
    expect(refused.stderr).toContain('(commit another), and this is deepsad');
    expect(refused.stderr).toContain(`(commit ${build}), which may compute otherwise; install the same`);
  }
  expect(statuses()).toEqual([]);
  writeFileSync(file, written);
  expect(await run('work', plan)).toMatchObject({ code: 0 });
  expect(statuses()).toEqual(['done']);
});

test('a worker that is started elsewhere reads the files that a config names', async () => {
  const plan = await submit(['kde'], [1]);
  const args = [join(PACKAGE_ROOT, 'bin', 'deepsad.js'), 'work', relative(folder, plan)];
  const { status, stderr } = spawnSync(process.execPath, args, { cwd: folder, encoding: 'utf8' });
  expect({ status, stderr }).toEqual({
    status: 0,
    stderr: expect.stringContaining('1 run executed, 0 left for others.'),
  });
  expect(statuses()).toEqual(['done']);
});

test('what is computed of a plan goes into the results folder that it lies in, wherever a machine sees that', async () => {
  const plan = await submit(['kde', 'isolation-forest'], [1]);
  const elsewhere = `${out} elsewhere`;
  renameSync(out, elsewhere);
  const moved = join(elsewhere, relative(out, plan));
  expect(await run('work', moved)).toMatchObject({ code: 0 });
  expect(existsSync(out)).toBe(false);
  expect(recordsIn(elsewhere).size).toBe(2);
  expect(await run('work', moved, '--close')).toMatchObject({
    code: 0,
    stderr: '2 of 2 runs done, 0 failed.\n',
  });
  expect(existsSync(join(elsewhere, 'parts', 'table.md'))).toBe(true);
  expect(existsSync(out)).toBe(false);
});

test('what is done of a bundle that another worker has let go of is not repeated', async () => {
  const plan = await submit([{ name: 'deep-sad', pretrain: false, epochs: 10_000 }, 'kde'], [1]);
  const worker = start(['work', plan]);
  const ended = once(worker, 'exit');
  let said = '';
  await new Promise<void>((begun) => {
    worker.stderr.on('data', (text) => {
      said += text;
      if (said.includes(': started')) begun();
    });
  });
  // Lest it looks for its next bundle before.
  worker.kill('SIGSTOP');
  await run('work', plan, '--bundle', '1');
  rmSync(join(plan, 'claims', '1'), { recursive: true });
  worker.kill('SIGCONT');
  await ended;
  expect(said).toMatch(/Bundle 1\n1 of 1 run done before\n1 run executed, 0 left for others.\n$/);
  expect(statuses()).toEqual(['done', 'done']);
});

test('a worker that is told to end says what of the plan nobody executes, and of an array what of its own bundle', async () => {
  const plan = await submit([{ name: 'deep-sad', pretrain: false, epochs: 10_000 }], [1, 2, 3]);
  expect(await run('work', plan, '--until', '0.01s')).toMatchObject({
    code: 75,
    stderr: '0 runs executed, 3 left for others.\n',
  });
  // Held by who lives, and so for that one.
  expect(await claim(plan, 1, processName())).toBe(true);
  const ended = async (...args: string[]) => {
    const worker = start(['work', plan, ...args]);
    const exit = once(worker, 'exit');
    let said = '';
    worker.stderr.on('data', (text) => {
      if (!said.includes(': started') && text.includes(': started')) worker.kill('SIGTERM');
      said += text;
    });
    const [code] = await exit;
    return { code, said };
  };
  expect(await ended()).toEqual({
    code: 75,
    said: expect.stringMatching(/1 run executed, 1 left for others.\n$/),
  });
  await release(plan, 1);
  expect(await ended('--bundle', '2')).toEqual({
    code: 0,
    said: expect.stringMatching(/1 run executed, 0 left for others.\n$/),
  });
  expect(await run('work', plan)).toMatchObject({ code: 0 });
  expect(statuses()).toEqual(Array(3).fill('done'));
});

test('a sweep is closed on the device that it was submitted for, and not with runs that are others now', async () => {
  const deep = { name: 'deep-sad', pretrain: false, epochs: 1 };
  const plan = await submit([deep], [1], '--device', 'tfjs-cpu');
  expect(await run('work', plan)).toMatchObject({ code: 0 });
  const rows = readFileSync(table, 'utf8');
  writeFileSync(table, rows.replace(/(?<=\n)[^\n]*\n/, ''));
  expect(await run('work', plan, '--close')).toMatchObject({
    code: 2,
    stderr: expect.stringContaining(`${plan}: the runs of parts are others than those that were submitted`),
  });
  writeFileSync(table, rows);
  expect(await run('work', plan, '--close')).toMatchObject({
    code: 0,
    stderr: '1 of 1 run done, 0 failed.\n',
  });
  expect([...recordsIn(out).values()].map(({ engine }) => engine)).toEqual(['tfjs']);
  expect(existsSync(join(out, 'parts', 'table.md'))).toBe(true);
});

test('a plan has the device of each experiment, whatever a machine would choose that goes on with it', async () => {
  const plan = await submit(['kde'], [1], '--device', 'auto');
  const { experiments } = JSON.parse(readFileSync(join(plan, 'plan.json'), 'utf8'));
  expect(experiments).toMatchObject([{ name: 'parts', device: 'cpu' }]);
});

test('tables are written beside a worker that has not left, and it is said where they are missing', async () => {
  const plan = await submit(['kde'], [1]);
  const held = await ResultsFolder.open(out, [{ name: 'parts', runs: [] }], { name: 'helper', once: false });
  await run('work', plan);
  const noticesOf = async () => JSON.parse((await run('status', out, '--json')).stdout)[0].notices;
  expect(await noticesOf()).toEqual([
    expect.stringMatching(
      /^The tables do not show the results of parts, .*: deepsad work .* --close writes them$/,
    ),
  ]);
  expect(await run('work', plan, '--close')).toMatchObject({
    code: 0,
    stderr: '1 of 1 run done, 0 failed.\n',
  });
  held.close();
  expect(existsSync(join(out, 'parts', 'table.md'))).toBe(true);
  expect(await noticesOf()).toEqual([]);
});

test('a command that has the folder of an experiment for itself keeps no worker out, nor what closes the sweep', async () => {
  const plan = await submit(['kde', 'isolation-forest'], [1]);
  const alone = await ResultsFolder.open(out, [{ name: 'parts', runs: [] }]);
  expect(await run('work', plan)).toMatchObject({
    code: 0,
    stderr: expect.stringMatching(/2 runs executed, 0 left for others.\n$/),
  });
  expect(await run('work', plan, '--close')).toMatchObject({
    code: 0,
    stderr: '2 of 2 runs done, 0 failed.\n',
  });
  alone.close();
  expect(statuses()).toEqual(['done', 'done']);
  expect(existsSync(join(out, 'parts', 'runs.jsonl'))).toBe(false);
  expect(existsSync(join(out, 'parts', 'table.md'))).toBe(true);
});

test('where submitting was cut short, nothing says that no job was left, the same command goes on, and cancel ends what is there', async () => {
  const plan = await submit(['kde'], [1]);
  const [submission, calls] = [join(plan, 'submission.json'), join(folder, 'asked')];
  rmSync(submission);
  const other = ['sweep', join(folder, 'parts.yaml'), '--out', out, ...BUNDLES, '--at-a-time', '1'];
  const refused = await run(...other);
  expect(refused).toMatchObject({ code: 2, stderr: expect.stringContaining('the same command as then') });
  const { stdout } = await run('status', out);
  expect(stdout).toContain('jobs: not known\n');
  expect(stdout).toContain(`${plan}: submitting is under way or was cut short`);
  // Its task was submitted, and what closes it was not; others have jobs too.
  replaceCommand(
    'squeue',
    `case "$*" in *states=all*) printf '7|${plan}/task.sh 0\\n8|/other/task.sh 0\\n' ;; *) printf '7|PENDING\\n8|RUNNING\\n' ;; esac`,
  );
  replaceCommand('scancel', `echo "$*" >> '${calls}'`);
  expect(await run(...other.slice(0, -2))).toMatchObject({
    code: 0,
    stdout: expect.stringContaining('Submitted 7_[0-0]; 1 writes the tables'),
    stderr: expect.stringContaining(`${plan}: submitting was cut short; what is missing is submitted now\n`),
  });
  expect(readdirSync(join(out, '.sweeps'))).toHaveLength(1);
  rmSync(submission);
  expect(await run('cancel', out)).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(/^1 job told to end/),
  });
  expect(readFileSync(calls, 'utf8')).toBe('7\n');
  expect(existsSync(submission)).toBe(true);
});

test('a second submission of what is being submitted is refused', async () => {
  const plan = await submit(['kde'], [1]);
  rmSync(join(plan, 'submission.json'));
  const held = lock(join(plan, LOCK));
  const sweep = ['sweep', join(folder, 'parts.yaml'), '--out', out, ...BUNDLES];
  for (const command of [sweep, ['cancel', out]]) {
    const { code, stderr } = await run(...command);
    expect(code).toBe(2);
    expect(stderr).toContain(`${join(plan, LOCK)} is locked`);
    expect(stderr).not.toContain('cut short');
  }
  held.release();
  expect(await run(...sweep)).toMatchObject({ code: 0 });
});

/** Writes the plan of a sweep anew, as if it had been submitted at another time or in another round. */
function copyPlan(plan: string, id: string, changes: object = {}): string {
  const copy = join(plan, '..', id);
  cpSync(plan, copy, { recursive: true });
  const content = JSON.parse(readFileSync(join(plan, 'plan.json'), 'utf8'));
  writeFileSync(join(copy, 'plan.json'), JSON.stringify({ ...content, id, root: id, ...changes }));
  return copy;
}

test('a file of one sweep that is damaged is said, and hides no other', async () => {
  const plan = await submit(['kde'], [1]);
  const ended = copyPlan(plan, '20260101-000000-0001');
  writeFileSync(join(ended, 'ending.json'), '{"failures":');
  const torn = copyPlan(plan, '20260101-000000-0002');
  writeFileSync(join(torn, 'plan.json'), '');
  const newest = copyPlan(plan, '20990101-000000-0003');
  replaceCommand('squeue', "echo '1|RUNNING'");
  const status = await run('status', out, '--json');
  expect(status.code).toBe(2);
  expect(JSON.parse(status.stdout).map(({ id }: { id: string }) => id)).toEqual(
    [plan, newest].map((each) => basename(each)),
  );
  const damaged = [join(torn, 'plan.json'), join(ended, 'ending.json')];
  for (const file of damaged) expect(status.stderr).toContain(`${file}: not `);
  const [id] = recordIds(newest);
  expect((await run('logs', id, out)).stderr).toContain(damaged[0]);
  const cancelled = await run('cancel', out);
  expect(cancelled.code).toBe(2);
  for (const file of damaged) expect(cancelled.stderr).toContain(`${file}: not `);
  for (const each of [plan, newest]) expect(existsSync(join(each, 'halted'))).toBe(true);
});

test('jobs are asked for and ended by their ids, of the last round by its number, whatever the clocks say', async () => {
  const plan = await submit(['kde'], [1]);
  const { root } = JSON.parse(readFileSync(join(plan, 'plan.json'), 'utf8'));
  const second = copyPlan(plan, '20200101-000000-0001', { root, round: 2 });
  writeFileSync(join(second, 'submission.json'), JSON.stringify({ jobs: ['70', '71'], said: [] }));
  const calls = join(folder, 'calls');
  // The squeue of a cluster where the first job was forgotten, and others have jobs too.
  replaceCommand('squeue', `echo "squeue $*" >> '${calls}'; printf '71|PENDING\\n71|PENDING\\n8|RUNNING\\n'`);
  replaceCommand('scancel', `echo "scancel $*" >> '${calls}'; test "$1" = 71`);
  const [status, ...others] = JSON.parse((await run('status', out, '--json')).stdout);
  expect(others).toEqual([]);
  expect(status).toMatchObject({ id: basename(second), round: 2, jobs: { pending: 2 } });
  expect(readFileSync(calls, 'utf8')).toContain('--jobs=70,71 ');
  expect(readFileSync(calls, 'utf8')).not.toContain('--user');
  const [id] = recordIds(plan);
  writeFileSync(join(second, 'logs', 'worker.log'), 'Bundle 0\nof the second round\n');
  writeFileSync(join(plan, 'logs', 'worker.log'), 'Bundle 0\nof the first round\n');
  expect((await run('logs', id, out)).stdout).toContain('of the second round');
  expect(await run('cancel', out)).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(/^2 jobs told to end/),
  });
  expect(readFileSync(calls, 'utf8').match(/scancel .*/g)).toEqual(['scancel 71']);
});

/** The ids of the runs of a plan. */
function recordIds(plan: string): string[] {
  const { experiments } = JSON.parse(readFileSync(join(plan, 'plan.json'), 'utf8'));
  return experiments[0].runs;
}

test('what does not go with a plan or a queue is refused, not passed over', async () => {
  const plan = await submit(['kde'], [1]);
  const refused: [args: string[], message: string][] = [
    [[plan, '--bundle', '1'], `${plan}: there is no bundle 1; its bundles are 0 to 0\n`],
    [[plan, '--wait'], '--wait: goes with a queue\n'],
    [['redis://127.0.0.1:1', '--bundle', '0'], '--bundle: goes with the folder of a plan\n'],
    [['redis://127.0.0.1:1', '--name', 'a'], '--name: goes with the folder of a plan\n'],
    [['redis://127.0.0.1:1', '--close'], '--close: goes with the folder of a plan\n'],
  ];
  for (const [args, stderr] of refused) {
    expect(await run('work', ...args)).toEqual({ code: 2, stdout: '', stderr });
  }
});

test('the rest is submitted again where some runs were left out as too long, and once', async () => {
  const tooLong = { name: 'deep-sad', pretrain: false, epochs: 1e9 };
  const file = join(folder, 'long.yaml');
  const dataset = { file: table, normal: 'fine' };
  writeFileSync(file, JSON.stringify({ name: 'long', dataset, detectors: ['kde', tooLong], seeds: [1, 2] }));
  const submitted = await run(
    'sweep',
    file,
    '--out',
    out,
    '--on',
    'slurm',
    '--time',
    '5m',
    ...BUNDLES.slice(4),
  );
  expect(submitted.stdout).toContain('left out, as expected to take longer than the time limit: 2 runs');
  const plan = join(out, '.sweeps', readdirSync(join(out, '.sweeps'))[0]);
  // As if a machine had been lost with one of them.
  await claim(plan, 1, 'other');
  await run('work', plan);
  const close = (variables = {}) =>
    deepsad(['work', plan, '--close'], undefined, { PATH: `${bin}:${process.env.PATH}`, ...variables });
  replaceCommand('squeue', "echo '1|RUNNING'");
  expect(await close()).toMatchObject({
    code: 75,
    stderr: '1 of 4 runs done, 0 failed.\nThe rest is not submitted again, since its jobs wait or run.\n',
  });
  // What closes a plan is among its jobs.
  const closing = { SLURM_JOB_ID: '1' };
  const closed = await close(closing);
  expect(closed.stderr).toMatch(/^1 of 4 runs done, 0 failed\.\nThe rest is submitted again: 1 of 4 runs/);
  expect(await close(closing)).toMatchObject({
    code: 0,
    stderr: expect.stringMatching(/^1 of 4 runs done, 0 failed\.\nThe rest is submitted again: 1 of 4 runs/),
  });
  expect(readdirSync(join(out, '.sweeps'))).toHaveLength(2);
});

test('a job that is ended as it submits the rest, and begun again, submits what is missing, once', async () => {
  const plan = await submit(['kde', 'isolation-forest'], [1]);
  await claim(plan, 1, 'other');
  await run('work', plan);
  await release(plan, 1);
  const jobs = join(folder, 'jobs');
  const commands = () => readFileSync(jobs, 'utf8').match(/(?<=\|).*/g);
  // A Slurm that notes what it is given; the one who gives it the first time does not live to hear of it.
  replaceCommand(
    'sbatch',
    `case "$*" in *--test-only*) exit ;; esac
for last; do case "$last" in -*) ;; /*) command=$last ;; *) command="$command $last" ;; esac; done
[ -e '${jobs}' ] && heard=yes
echo "1$(wc -l 2>/dev/null < '${jobs}')|$command" >> '${jobs}'
[ "$heard" ] || kill -9 $PPID
echo 1`,
  );
  replaceCommand('squeue', `case "$*" in *states=all*) cat '${jobs}' ;; esac`);
  expect((await run('work', plan, '--close')).code).not.toBe(0);
  expect(commands()).toEqual([expect.stringMatching(/\/task\.sh 0$/)]);
  const closed = await run('work', plan, '--close');
  expect(closed).toMatchObject({
    code: 0,
    stderr: expect.stringMatching(/^1 of 2 runs done, 0 failed\.\nThe rest is submitted again: 1 of 2 runs/),
  });
  expect(commands()).toEqual([expect.anything(), expect.stringMatching(/\/closing\.sh$/)]);
  expect(await run('work', plan, '--close')).toEqual(closed);
  expect(commands()).toHaveLength(2);

  // Done by what was submitted before it is begun again.
  const plans = readdirSync(join(out, '.sweeps')).map((name) => join(out, '.sweeps', name));
  const next = plans.find((folder) => folder !== plan) ?? '';
  await run('work', next);
  rmSync(join(next, 'submission.json'));
  expect((await run('work', plan, '--close')).stderr).toContain('2 of 2 runs done, 0 failed.\n');
  expect(commands()).toHaveLength(2);
  expect(existsSync(join(next, 'submission.json'))).toBe(true);
  expect(readdirSync(join(out, '.sweeps'))).toHaveLength(2);
  replaceCommand('sbatch', "echo '1'");
});
