import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, jest, test } from '@jest/globals';
import { range } from 'es-toolkit';
import { recordsIn } from '../src/results/results-folder.js';
import { deepsad, PATIENCE, writeParts } from './testing/program.js';

jest.setTimeout(4 * PATIENCE);

const folder = mkdtempSync(join(tmpdir(), 'deepsad-locks-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** Answers every lock like a network file system without a lock service, or says yes to all. */
const SHIM = `
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdlib.h>
#include <sys/vfs.h>
static int answer(void) {
  if (getenv("LOCKS_LIE")) return 0;
  errno = ENOLCK;
  return -1;
}
static int asOnANetwork(const char *name, const char *path, void *found) {
  int (*original)(const char *, void *) = dlsym(RTLD_NEXT, name);
  int result = original(path, found);
  ((struct statfs *)found)->f_type = 0x6969;
  return result;
}
int statfs(const char *path, struct statfs *found) { return asOnANetwork("statfs", path, found); }
int statfs64(const char *path, struct statfs64 *found) { return asOnANetwork("statfs64", path, found); }
int flock(int fd, int operation) { return answer(); }
static int other(const char *name, int fd, int command, void *argument) {
  if (command == F_OFD_SETLK || command == F_SETLK) return answer();
  int (*original)(int, int, ...) = dlsym(RTLD_NEXT, name);
  return original(fd, command, argument);
}
int fcntl(int fd, int command, ...) {
  va_list list;
  va_start(list, command);
  void *argument = va_arg(list, void *);
  va_end(list);
  return other("fcntl", fd, command, argument);
}
int fcntl64(int fd, int command, ...) {
  va_list list;
  va_start(list, command);
  void *argument = va_arg(list, void *);
  va_end(list);
  return other("fcntl64", fd, command, argument);
}
`;

const shim = join(folder, 'locks.so');
writeFileSync(join(folder, 'locks.c'), SHIM);
const compiled =
  spawnSync(process.env.CC ?? 'cc', ['-shared', '-fPIC', '-o', shim, join(folder, 'locks.c'), '-ldl'])
    .status === 0;
const withShim = process.platform === 'linux' && compiled ? test : test.skip;

withShim.each([
  ['fail', undefined, 'cannot be locked (ENOLCK): records go to a file of their own'],
  [
    'are had by everybody, and the other one is on another machine',
    '12 on elsewhere',
    'process 12 on elsewhere has not ended (remove it if that has): records go to',
  ],
  [
    'are had by everybody, and the other one is on another machine of the same name',
    `12 on ${hostname()}, boot 0a1b2c3d`,
    `process 12 on ${hostname()}, boot 0a1b2c3d has not ended (remove it if that has): records go to`,
  ],
])('two sweeps into one folder whose locks %s lose nothing', async (how, other, notice) => {
  const out = join(folder, String(how.length));
  const table = join(folder, 'parts.csv');
  writeParts(table);
  const file = join(folder, 'both.yaml');
  const seeds = range(1, 9);
  writeFileSync(
    file,
    JSON.stringify({
      name: 'both',
      dataset: { file: table, normal: 'fine' },
      detectors: [{ name: 'deep-sad', pretrain: false, epochs: 20_000 }],
      seeds,
    }),
  );
  const env = { LD_PRELOAD: shim, ...(other !== undefined && { LOCKS_LIE: '1' }) };
  const sweep = () => deepsad(['sweep', file, '--out', out, '--jobs', '1'], undefined, env);
  const first = sweep();
  if (other !== undefined) {
    // Both begin on one machine here, where another one's name would stand.
    const lock = join(out, 'both', '.lock');
    while (spawnSync('grep', ['-q', ' on ', lock]).status !== 0)
      await new Promise((resolve) => setTimeout(resolve, 5));
    writeFileSync(lock, other);
  }
  const both = await Promise.all([first, sweep()]);
  expect(both.map(({ code }) => code)).toEqual([0, 0]);
  expect(both.map(({ stderr }) => stderr).join()).toContain(notice);
  const records = [...recordsIn(out).values()];
  expect(records.map(({ seed, status }) => `${seed} ${status}`).sort()).toEqual(
    seeds.map((seed) => `${seed} done`).sort(),
  );
  expect(readdirSync(join(out, 'both')).filter((name) => /^runs.*jsonl$/.test(name))).toHaveLength(2);
});
