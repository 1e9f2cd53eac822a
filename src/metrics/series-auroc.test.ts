import { expect, test } from '@jest/globals';
import { seriesAuroc } from './series-auroc.js';

test('per machine and over all, windows and time steps', () => {
  // Windows of 2 steps every 2: the scores of steps are those of their window.
  const starts = Uint32Array.of(0, 2);
  const machines = [
    { name: 'a', starts, anomalies: Uint8Array.of(0, 0, 1, 1) },
    { name: 'b', starts, anomalies: Uint8Array.of(0, 1, 0, 0) },
    { name: 'quiet', starts, anomalies: new Uint8Array(4) },
  ];
  const result = seriesAuroc({ windowLength: 2, stride: 2, machines }, Float64Array.of(1, 5, 2, 3, 0, 4));
  expect(result.machines).toEqual({
    a: { windows: 1, steps: 1 },
    b: { windows: 0, steps: (0.5 + 0 + 0) / 3 },
    quiet: { windows: null, steps: null },
  });
  // Anomalous steps score 5, 5, 2; normal ones 1, 1, 2, 3, 3, 0, 0, 4, 4.
  expect(result.steps).toBeCloseTo((9 + 9 + 4.5) / 27, 15);
});

test.each([0, 1])('where all steps are %d there is none', (label) => {
  const machines = [{ name: 'a', starts: Uint32Array.of(0), anomalies: new Uint8Array(2).fill(label) }];
  expect(seriesAuroc({ windowLength: 2, stride: 2, machines }, Float64Array.of(1))).toEqual({
    steps: null,
    machines: { a: { windows: null, steps: null } },
  });
});

test('of steps alone where every window has an anomalous one', () => {
  const machines = [{ name: 'a', starts: Uint32Array.of(0, 2), anomalies: Uint8Array.of(0, 1, 1, 0) }];
  expect(seriesAuroc({ windowLength: 2, stride: 2, machines }, Float64Array.of(1, 2)).machines).toEqual({
    a: { windows: null, steps: 0.5 },
  });
});
