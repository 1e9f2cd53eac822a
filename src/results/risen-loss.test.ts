import { expect, test } from '@jest/globals';
import { risenIn, risenLoss } from './risen-loss.js';
import type { Trace } from './trace.js';

const ended = (loss: number, phase: 'pretraining' | 'training' = 'training') =>
  ({ phase, done: 9, total: 9, loss, firstLoss: 2 }) as const;

const DEEP_SAD = { name: 'deep-sad', options: {} };
const SS_DGM = { name: 'ss-dgm', options: {} };

test('a loss that ends above the first batch’s has risen, but for what batches vary by', () => {
  expect(risenLoss(DEEP_SAD, ended(2.3))).toBe('the training loss rose from 2.00 to 2.30');
  expect(risenLoss(DEEP_SAD, ended(2.1))).toBeUndefined();
  expect(risenLoss(DEEP_SAD, { ...ended(2.3), done: 8 })).toBeUndefined();
  expect(risenLoss(DEEP_SAD, { ...ended(-1.7), firstLoss: -2 })).toBe(
    'the training loss rose from -2.00 to -1.70',
  );
  expect(risenLoss(DEEP_SAD, { ...ended(-1.9), firstLoss: -2 })).toBeUndefined();
});

test('nothing is said where the first batch may lack a part of the loss', () => {
  expect(risenLoss(SS_DGM, ended(4))).toBeUndefined();
  expect(risenLoss(SS_DGM, ended(4, 'pretraining'))).toContain('the pretraining loss rose');
  const supervised = (classWeight: string) => ({ name: 'supervised', options: { classWeight } });
  expect(risenLoss(supervised('balanced'), ended(4))).toBeUndefined();
  expect(risenLoss(supervised('none'), ended(4))).toContain('the training loss rose');
});

test('a run is judged by the first and the last loss of each of its trainings', () => {
  const losses = (...own: number[]) => Float32Array.from(own);
  const judged = (traced: Trace['losses']) => risenIn({ detector: DEEP_SAD }, { losses: traced });
  expect(judged({})).toBeUndefined();
  expect(judged({ pretraining: losses(2, 3, 1), training: losses(2, 1) })).toBeUndefined();
  expect(judged({ pretraining: losses(2, 1, 3), training: losses(2, 1) })).toBe(
    'the pretraining loss rose from 2.00 to 3.00',
  );
  expect(judged({ training: losses(2, 4) })).toContain('the training loss rose');
});
