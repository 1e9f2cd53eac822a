import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { addVerification, type Repetition, readVerification, verificationLines } from './verification.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'verification-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const repetition = (run: string, differs: boolean, round = 1): Repetition => ({
  run,
  label: `Deep SAD ${run}`,
  first: { device: 'avx512' },
  second: { device: 'avx2' },
  drifts: differs ? [{ quantity: 'AUROC', expected: 0.25, found: 0.5 }] : [],
  round,
});
const add = (name: string, ...repetitions: Repetition[]) => addVerification(join(folder, name), repetitions);
const PARTS = ['runs.1-of-2.host-1.jsonl', 'runs.2-of-2.host-2.jsonl'];
const summary = () => verificationLines(readVerification(folder))[0];

test('those of several parts lie side by side, and none makes others forgotten', async () => {
  expect(readVerification(folder)).toEqual([]);
  await add(PARTS[0], repetition('a', true), repetition('b', false));
  await add(PARTS[1], repetition('c', false));
  await add('runs.jsonl');
  expect(readdirSync(folder)).toEqual(['verification.1-of-2.host-1.json', 'verification.2-of-2.host-2.json']);
  expect(summary()).toBe('Not verified: 1 of 3 runs executed twice differ.');
});

test('one that differs stays until a later one of the same run agrees', async () => {
  await add('runs.jsonl', repetition('a', true), repetition('b', true));
  await add('runs.jsonl', repetition('b', false, 2));
  expect(summary()).toBe('Not verified: 1 of 2 runs executed twice differ.');
  // Of another machine, which knew of none.
  await add(PARTS[0], repetition('a', false));
  expect(summary()).toBe('Not verified: 1 of 2 runs executed twice differ.');
  await add(PARTS[1], repetition('a', false, 2));
  expect(summary()).toMatch(/^Verified: 2 runs executed twice/);
});
