import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { processName } from '../process-name.js';
import { claim, claimantOf, claimedBundles, release } from './claims.js';

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
