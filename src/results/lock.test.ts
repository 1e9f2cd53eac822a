import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { UserError } from '../errors.js';
import { isLocal } from '../files/file-system.js';
import { PACKAGE_ROOT } from '../package.js';
import { HOST } from '../process-name.js';
import { lock } from './lock.js';

let directory: string;
let file: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'lock-'));
  file = join(directory, '.lock');
});
afterEach(() => rmSync(directory, { recursive: true }));

/** Another process that holds the lock until it is killed. */
async function holder(): Promise<{ readonly pid: number | undefined; kill(): Promise<void> }> {
  const program = `
    import { lock } from './dist/results/lock.js';
    lock(${JSON.stringify(file)});
    console.log('locked');
    setInterval(() => {}, 1000);`;
  const child = spawn(process.execPath, ['--input-type=module', '--eval', program], { cwd: PACKAGE_ROOT });
  await once(child.stdout, 'data');
  return {
    pid: child.pid,
    async kill() {
      const exit = once(child, 'exit');
      child.kill('SIGKILL');
      await exit;
    },
  };
}

test('a lock that another process has is refused, naming it, and is free as soon as that one is killed', async () => {
  const other = await holder();
  const refused = () => lock(file);
  expect(refused).toThrow(UserError);
  expect(refused).toThrow(
    `another deepsad (process ${other.pid} on ${HOST}) is writing these results (${file} is locked)`,
  );
  await other.kill();
  const held = lock(file);
  expect(held.doubt).toBeUndefined();
  held.release();
  expect(readFileSync(file, 'utf8')).toBe('');
  lock(file).release();
});

test('a lock whose last process was on another machine, and did not say that it ended, is doubted and left as it is', () => {
  writeFileSync(file, '12 on elsewhere');
  for (let times = 0; times < 2; times++) {
    const { doubt, release } = lock(file);
    expect(doubt).toBe(`${file} says that process 12 on elsewhere has not ended (remove it if that has)`);
    release();
  }
});

test('on a file system of this machine alone, a process of before it was started has ended', () => {
  writeFileSync(file, `12 on ${HOST}, boot 0a1b2c3d`);
  const { doubt, release } = lock(file);
  expect(doubt === undefined).toBe(isLocal(file));
  release();
});

test('shared locks allow each other, and nothing else', () => {
  const [one, two] = [lock(file, true), lock(file, true)];
  one.release();
  expect(() => lock(file)).toThrow('another deepsad is writing these results');
  two.release();
  const alone = lock(file);
  expect(() => lock(file, true)).toThrow(`another deepsad (process ${process.pid} on ${HOST}) is writing`);
  alone.release();
});

test('a file that cannot be written is refused', () => {
  writeFileSync(join(directory, 'plain'), '');
  expect(() => lock(join(directory, 'plain', '.lock'))).toThrow(
    `cannot write ${join(directory, 'plain', '.lock')}: a file is in the place of a folder on the way to it`,
  );
});

(existsSync('/dev/full') ? test : test.skip)('a place that takes no more is refused by its name', () => {
  expect(() => lock('/dev/full')).toThrow(/^cannot write \/dev\/full: /);
});
