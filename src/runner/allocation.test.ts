import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { range } from 'es-toolkit/math/range';
import { PACKAGE_ROOT } from '../package.js';
import { allocatedCores } from './allocation.js';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'allocation-'));
});
afterEach(() => rmSync(root, { recursive: true }));

function write(files: Readonly<Record<string, string>>): void {
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(root, name)), { recursive: true });
    writeFileSync(join(root, name), `${content}\n`);
  }
}

/** A machine with 8 cores of two threads each, of which a process may run on these processors. */
function machine(allowed = '0-15'): void {
  write({ 'proc/self/status': `Name:\tnode\nCpus_allowed:\tffff\nCpus_allowed_list:\t${allowed}` });
  for (const cpu of range(16)) {
    const name = `sys/devices/system/cpu/cpu${cpu}/topology/thread_siblings_list`;
    write({ [name]: `${cpu % 8},${(cpu % 8) + 8}` });
  }
}

const found = (variables: NodeJS.ProcessEnv = {}) => allocatedCores(root, variables);

test.each([
  ['0-15', 8],
  ['0-7', 8],
  ['3', 1],
  ['0,8', 1],
  ['0-2,8-9', 3],
])('of the processors %s, cores count once', async (allowed, cores) => {
  machine(allowed);
  expect(await found()).toBe(cores);
});

test.each<[what: string, files: Readonly<Record<string, string>>, cores: number]>([
  ['none', { 'proc/self/cgroup': '0::/', 'sys/fs/cgroup/cpu.max': 'max 100000' }, 8],
  ['a container in version 2', { 'proc/self/cgroup': '0::/', 'sys/fs/cgroup/cpu.max': '250000 100000' }, 2],
  ['less than a processor', { 'proc/self/cgroup': '0::/', 'sys/fs/cgroup/cpu.max': '50000 100000' }, 1],
  [
    'a group around the own one in version 2',
    {
      'proc/self/cgroup': '0::/user.slice/user-1.slice/session',
      'sys/fs/cgroup/user.slice/cpu.max': '300000 100000',
      'sys/fs/cgroup/user.slice/user-1.slice/session/cpu.max': 'max 100000',
    },
    3,
  ],
  [
    'version 1',
    {
      'proc/self/cgroup': '4:memory:/job\n2:cpu,cpuacct:/job',
      'sys/fs/cgroup/cpu,cpuacct/job/cpu.cfs_quota_us': '400000',
      'sys/fs/cgroup/cpu,cpuacct/job/cpu.cfs_period_us': '100000',
      'sys/fs/cgroup/cpu,cpuacct/cpu.cfs_quota_us': '-1',
      'sys/fs/cgroup/cpu,cpuacct/cpu.cfs_period_us': '100000',
    },
    4,
  ],
  [
    'a container in version 1, whose own group is all that it sees',
    {
      'proc/self/cgroup': '1:cpu:/docker/0123',
      'sys/fs/cgroup/cpu/cpu.cfs_quota_us': '500000',
      'sys/fs/cgroup/cpu/cpu.cfs_period_us': '100000',
    },
    5,
  ],
])('a quota of control groups: %s', async (_what, files, cores) => {
  machine();
  write(files);
  expect(await found()).toBe(cores);
});

test('what Slurm gives a task counts, and no more than there is', async () => {
  machine();
  expect(await found({ SLURM_CPUS_PER_TASK: '4', SLURM_CPUS_ON_NODE: '16' })).toBe(4);
  expect(await found({ SLURM_CPUS_ON_NODE: '2' })).toBe(2);
  expect(await found({ SLURM_CPUS_PER_TASK: '64' })).toBe(8);
  expect(await found({ SLURM_CPUS_PER_TASK: '' })).toBe(8);
});

test('without what Linux tells, the machine is asked', async () => {
  expect(await found()).toBeGreaterThanOrEqual(1);
  expect(await found({ SLURM_CPUS_PER_TASK: '1' })).toBe(1);
});

const hasTaskset = spawnSync('taskset', ['--version']).status === 0;
(hasTaskset ? test : test.skip)('a process that taskset puts on one processor has one core', () => {
  const program = `
    import { allocatedCores } from './dist/runner/allocation.js';
    console.log(await allocatedCores());`;
  const command = ['--cpu-list', '0', process.execPath, '--input-type=module', '--eval', program];
  expect(execFileSync('taskset', command, { cwd: PACKAGE_ROOT, encoding: 'utf8' })).toBe('1\n');
});
