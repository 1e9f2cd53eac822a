import { expect, test } from '@jest/globals';
import { windowLabels, windowStarts } from './windows.js';

test.each([
  [10, 4, 2, [0, 2, 4, 6]],
  [11, 4, 2, [0, 2, 4, 6, 7]],
  [11, 4, 4, [0, 4, 7]],
  [4, 4, 1, [0]],
  [5, 4, 4, [0, 1]],
  [6, 1, 1, [0, 1, 2, 3, 4, 5]],
])('%d steps in windows of %d every %d', (steps, windowLength, stride, starts) => {
  expect([...windowStarts(steps, { windowLength, stride })]).toEqual(starts);
});

test('every step is in a window, and none goes past the end', () => {
  for (let steps = 3; steps < 30; steps++) {
    for (let windowLength = 1; windowLength <= Math.min(steps, 7); windowLength++) {
      for (let stride = 1; stride <= windowLength; stride++) {
        const covered = new Uint8Array(steps);
        for (const start of windowStarts(steps, { windowLength, stride })) {
          expect(start + windowLength).toBeLessThanOrEqual(steps);
          covered.fill(1, start, start + windowLength);
        }
        expect(covered).not.toContain(0);
      }
    }
  }
});

test('a window with an anomalous step is anomalous', () => {
  const anomalies = Uint8Array.of(0, 0, 0, 1, 0, 0, 0);
  expect([...windowLabels(Uint32Array.of(0, 1, 3, 4), 3, anomalies)]).toEqual([0, 1, 1, 0]);
});
