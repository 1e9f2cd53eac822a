import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { attempt } from 'es-toolkit/util/attempt';
import { unfinishedName } from '../files/write-file.js';
import { processName } from '../process-name.js';
import { claim, claimantOf, claimedBundles, isFree, release } from './claims.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'claims-'));
  mkdirSync(join(folder, 'claims'));
});
afterEach(() => rmSync(folder, { recursive: true }));

test('a bundle is of one worker until that one lets it go', async () => {
  const claims = await Promise.all(['a', 'b', 'c'].map((name) => claim(folder, 3, name)));
  expect(claims.filter(Boolean)).toHaveLength(1);
  const holder = await claimantOf(folder, 3);
  expect(['a', 'b', 'c'].indexOf(String(holder))).toBe(claims.indexOf(true));
  expect(await claimedBundles(folder)).toBe(1);
  await release(folder, 3);
  expect([await claimantOf(folder, 3), await claimedBundles(folder)]).toEqual([undefined, 0]);
  expect(await claim(folder, 3, 'd')).toBe(true);
});

test('a bundle that nobody has is let go without ado', async () => {
  await release(folder, 5);
  expect([await claimantOf(folder, 5), await claimedBundles(folder)]).toEqual([undefined, 0]);
});

test('a worker that takes the place of one that was ended has its bundle', async () => {
  await claim(folder, 0, 'slurm-12_0');
  expect(await claim(folder, 0, 'slurm-12_0')).toBe(true);
  expect(await claim(folder, 0, 'slurm-12_1')).toBe(false);
});

test('the bundle of a process of this machine is free once that has ended', async () => {
  const { pid } = spawnSync(process.execPath, ['--version']);
  await claim(folder, 0, processName());
  await claim(folder, 1, processName().replace(`-${process.pid}-`, `-${pid}-`));
  expect(await claim(folder, 0, 'other')).toBe(false);
  expect(await claim(folder, 1, 'other')).toBe(true);
  expect(await claimantOf(folder, 1)).toBe('other');
});

test('a claim is never there without its name, so that a worker may be killed at any time', async () => {
  let isOver = false;
  const churn = async (name: string) => {
    for (let times = 0; times < 100; times++) {
      if (await claim(folder, 0, name)) await release(folder, 0);
    }
  };
  const over = Promise.all([churn('a'), churn('b')]).finally(() => {
    isOver = true;
  });
  const seen = new Set<number>();
  while (!isOver) {
    const place = join(folder, 'claims', '0');
    const inside = attempt(() => readdirSync(place))[1];
    if (inside) seen.add(inside.length);
    await setImmediate();
  }
  await over;
  expect([...seen]).toEqual([1]);
  expect(readdirSync(join(folder, 'claims'))).toEqual([]);
});

test("an empty claim is nobody's, and what a killed worker had prepared is none", async () => {
  mkdirSync(join(folder, 'claims', '0'));
  mkdirSync(unfinishedName(join(folder, 'claims', '1')));
  expect([await isFree(folder, 0), await claimedBundles(folder)]).toEqual([true, 1]);
  expect([await claim(folder, 0, 'a'), await claim(folder, 0, 'b')]).toEqual([true, false]);
  expect([await isFree(folder, 0), await isFree(folder, 1)]).toEqual([false, true]);
});
