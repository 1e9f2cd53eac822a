import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { saveScores } from './save-run.js';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'scores-'));
});
afterEach(() => rmSync(directory, { recursive: true }));

test.each([
  ['its index in the data set', undefined, 'index,anomaly,score\n3,0,0.30000000000000004\n1,1,2\n'],
  ['its row', Float64Array.of(2, 3, 5, 6), 'row,anomaly,score\n6,0,0.30000000000000004\n3,1,2\n'],
])('scores.csv has a line a test sample with %s, and every digit', async (_, rows, written) => {
  const run = join(directory, 'models', 'run');
  const anomalies = Uint8Array.of(0, 1);
  await saveScores(run, {
    scores: Float64Array.of(0.1 + 0.2, 2),
    anomalies,
    origin: Uint32Array.of(3, 1),
    rows,
  });
  expect(readFileSync(join(run, 'scores.csv'), 'utf8')).toBe(written);
});
