import { readFileSync } from 'node:fs';
import os from 'node:os';
import { join } from 'node:path';

/**
 * How many physical cores this process may use, at least 1: those that it may run on (taskset, a cpuset), no more than the quota of its control
 * groups (containers, systemd) and what Slurm gave its task. Two threads of one core share its vector units, so that a second run
 * on it would gain little.
 *
 * @param root of the file system, where Linux tells of processors and control groups
 */
export async function allocatedCores(root = '/', variables = process.env): Promise<number> {
  const cores = coresToRunOn(root) ?? (await physicalCores());
  return Math.max(1, Math.floor(Math.min(cores, cpuQuota(root), slurmCpus(variables))));
}

/** The cores that have one of the processors that this process may run on; undefined where the system does not tell. */
function coresToRunOn(root: string): number | undefined {
  const status = read(root, 'proc/self/status');
  const allowed = /^Cpus_allowed_list:\s*([\d,-]+)$/m.exec(status ?? '')?.[1];
  if (allowed === undefined) return undefined;
  const siblings = listed(allowed).map((cpu) =>
    read(root, `sys/devices/system/cpu/cpu${cpu}/topology/thread_siblings_list`),
  );
  return siblings.includes(undefined) ? undefined : new Set(siblings).size;
}

/** The numbers in a list such as `0-3,8`. */
function listed(text: string): number[] {
  return text.split(',').flatMap((range) => {
    const [first, last = first] = range.split('-').map(Number);
    return Array.from({ length: last - first + 1 }, (_, index) => first + index);
  });
}

/** As the system's own tools tell of the whole machine. They take longer than some runs. */
async function physicalCores(): Promise<number> {
  const { default: system } = await import('systeminformation');
  const { physicalCores } = await system.cpu();
  const available = os.availableParallelism();
  return physicalCores > 0 ? Math.min(physicalCores, available) : available;
}

/** The processors whose time the control groups of this process may use; infinite where they may use any. */
function cpuQuota(root: string): number {
  const quotas = (read(root, 'proc/self/cgroup') ?? '').split('\n').flatMap((line) => {
    const [, id, controllers, path] = /^(\d+):([^:]*):(.*)$/.exec(line) ?? [];
    if (path === undefined) return [];
    const levels = withParents(path);
    if (id === '0' && controllers === '') {
      const mounts = ['sys/fs/cgroup', 'sys/fs/cgroup/unified'];
      return mounts.flatMap((mount) => levels.map((level) => quotaOf(read(root, mount, level, 'cpu.max'))));
    }
    if (!controllers.split(',').includes('cpu')) return [];
    return [`sys/fs/cgroup/${controllers}`, 'sys/fs/cgroup/cpu'].flatMap((mount) =>
      levels.map((level) => {
        const [quota, period] = ['cpu.cfs_quota_us', 'cpu.cfs_period_us'].map((name) =>
          read(root, mount, level, name),
        );
        return quotaOf(`${quota?.trim()} ${period?.trim()}`);
      }),
    );
  });
  return Math.min(Number.POSITIVE_INFINITY, ...quotas);
}

/** A path and all that it lies in, as each may have a quota. Within a container the outer ones are not to be seen. */
function withParents(path: string): string[] {
  const names = path.split('/').filter(Boolean);
  return Array.from({ length: names.length + 1 }, (_, count) => names.slice(0, count).join('/'));
}

/** Microseconds of processors in each so many; `max` and -1 are no limit. */
function quotaOf(text: string | undefined): number {
  const [quota, period] = (text ?? '').trim().split(' ').map(Number);
  return quota > 0 && period > 0 ? quota / period : Number.POSITIVE_INFINITY;
}

function slurmCpus({ SLURM_CPUS_PER_TASK, SLURM_CPUS_ON_NODE }: NodeJS.ProcessEnv): number {
  const given = Number(SLURM_CPUS_PER_TASK ?? SLURM_CPUS_ON_NODE);
  return given >= 1 ? given : Number.POSITIVE_INFINITY;
}

function read(root: string, ...path: string[]): string | undefined {
  try {
    return readFileSync(join(root, ...path), 'utf8');
  } catch {
    return undefined;
  }
}
