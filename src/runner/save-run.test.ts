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

test('scores.csv has a line a test sample, with every digit', async () => {
  const run = join(directory, 'models', 'run');
  await saveScores(run, { scores: Float64Array.of(0.1 + 0.2, 2), anomalies: Uint8Array.of(0, 1) });
  expect(readFileSync(join(run, 'scores.csv'), 'utf8')).toBe(
    'index,anomaly,score\n0,0,0.30000000000000004\n1,1,2\n',
  );
});
