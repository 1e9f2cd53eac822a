import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { averagePrecision } from '../metrics/average-precision.js';
import { saveScores } from '../runner/save-run.js';
import { precisionRecallCurves, rocCurves, scoredModel } from './score-curves.js';
import { readScores, type Scores, scoreHistogram } from './scores.js';

const scored = (scores: number[], anomalies: number[]): Scores => ({
  scores: Float64Array.from(scores),
  anomalies: Uint8Array.from(anomalies),
});

describe('saved scores', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'scores-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  test.each([
    ['in a data set', undefined],
    ['in rows of a table', Float64Array.of(2, 3, 5, 6)],
  ])('of samples %s are read back to the last bit', async (_, rows) => {
    const saved = scored([0.1, -1e-300, 1 / 3], [0, 1, 0]);
    await saveScores(folder, { ...saved, origin: Uint32Array.of(0, 2, 3), rows });
    expect(readScores(join(folder, 'scores.csv'))).toEqual(saved);
  });

  test.each([
    ['no CSV', '"', 'Quote Not Closed'],
    ['another header', 'a,b\n0,1\n', 'line 1: expected row or index,anomaly,score, found a,b'],
    [
      'no number',
      'index,anomaly,score\n0,0,1\n1,1,many\n',
      'line 3: expected 0 or 1 and a number, found 1,many',
    ],
    ['no score', 'index,anomaly,score\n0,0,\n', 'line 2: expected'],
    ['another kind', 'index,anomaly,score\n0,2,1\n', 'line 2: expected 0 or 1'],
    ['one kind', 'index,anomaly,score\n0,0,1\n', 'expected normal samples and anomalies'],
  ])('of %s are refused with their place', (_what, content, message) => {
    const file = join(folder, 'scores.csv');
    writeFileSync(file, content);
    expect(() => readScores(file)).toThrow(`${file}: `);
    expect(() => readScores(file)).toThrow(message);
  });
});

test('the histogram holds all of each kind, outliers in its last bar', () => {
  const scores = Array.from({ length: 199 }, (_, i) => i % 10);
  const { spec } = scoreHistogram('', scored([...scores, 1e6], [...scores.map((_, i) => i % 2), 1]));
  const bars = (spec.data as unknown as { values: { kind: string; from: number; share: number }[] }).values;
  for (const kind of ['normal', 'anomaly']) {
    const own = bars.filter((bar) => bar.kind === kind);
    expect(own.reduce((sum, { share }) => sum + share, 0)).toBeCloseTo(100);
  }
  expect(Math.max(...bars.map(({ from }) => from))).toBe(9);
});

test('equal scores make one bar', () => {
  const { spec } = scoreHistogram('', scored([2, 2], [0, 1]));
  expect(spec.data).toMatchObject({ values: [{ share: 100 }, { share: 100 }] });
});

test('the ROC curve rises with each anomaly found, and goes aslant through ties', () => {
  const { spec } = rocCurves('', [scoredModel('Deep SAD', scored([4, 3, 2, 2, 1], [1, 0, 1, 0, 0]))]);
  const points = JSON.parse(JSON.stringify(spec)).layer[1].data.values;
  expect(points.map((point: Record<string, number>) => [point.x, point.y])).toEqual([
    [0, 0],
    [0, 0.5],
    [0.333, 0.5],
    [0.667, 1],
    [1, 1],
  ]);
});

test('the area under the curves of several runs is the mean of theirs', () => {
  const samples = [scored([3, 2, 1], [1, 0, 0]), scored([3, 2, 1], [0, 1, 0])];
  const runs = samples.map((each) => () => each);
  const { description } = rocCurves('', [{ ...scoredModel('Deep SAD', samples[0]), runs }]);
  expect(description).toContain('Deep SAD, AUROC 75.0');
});

test('the precision-recall curve encloses the average precision', () => {
  const samples = scored([4, 3, 2, 2, 1], [1, 0, 1, 0, 0]);
  const { spec } = precisionRecallCurves('', [scoredModel('Deep SAD', samples)]);
  const points: { x: number; y: number }[] = JSON.parse(JSON.stringify(spec)).layer[1].data.values;
  expect(points.map(({ x, y }) => [x, y])).toEqual([
    [0, 1],
    [0.5, 1],
    [0.5, 0.5],
    [1, 0.5],
    [1, 0.4],
  ]);
  const area = points.reduce((sum, { x, y }, i) => sum + (i > 0 ? (x - points[i - 1].x) * y : 0), 0);
  expect(area).toBeCloseTo(averagePrecision(samples.scores, samples.anomalies), 3);
});
