import { expect, test } from '@jest/globals';
import { matrixData } from './matrix.js';

const COMPARED = { first: 'A', second: 'B', pairs: 10, wins: 7, losses: 2, meanDifference: 0.0312 };

test('a matrix has a comparison from both sides, of the detectors that are compared', () => {
  const comparison = { ...COMPARED, pValue: 0.01, corrected: 0.02, sign: -1 };
  expect(matrixData({ setting: 'cardio', comparisons: [comparison] }, ['B', 'C', 'A'])).toEqual({
    setting: 'cardio',
    detectors: ['B', 'A'],
    lines: [
      [null, { mark: 'higher', points: '▲ −3.1', counts: ['2–1–7', 'p 0.0200'] }],
      [{ mark: 'lower', points: '▼ +3.1', counts: ['7–1–2', 'p 0.0200'] }, null],
    ],
  });
});

test.each([
  [{}, 'p –'],
  [{ corrected: 0.05, sign: 1 }, 'p 0.0500'],
])('what is not told apart has no mark: %j', (tested, p) => {
  const { setting, lines } = matrixData(
    { setting: undefined, comparisons: [{ ...COMPARED, meanDifference: -0.0001, ...tested }] },
    ['A', 'B'],
  );
  expect(setting).toBe('All settings, pooled');
  expect(lines[0][1]).toEqual({ points: '0.0', counts: ['7–1–2', p] });
});
