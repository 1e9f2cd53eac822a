import { expect, test } from '@jest/globals';
import type { TestSet } from '../data/dataset.js';
import { BestByTest, type Candidate } from './best-by-test.js';
import { context, unlabeled } from './shallow/testing/fixtures.js';

const TEST: TestSet = { count: 3, samples: new Float32Array(3), anomalies: Uint8Array.of(0, 0, 1) };

/** A detector of these scores, which are known to one in a thousand. */
function scoring(choice: string, ...scores: number[]): Candidate {
  return {
    choice,
    detector: {
      fit: async () => {},
      score: async () => Float64Array.from(scores),
      resolution: () => 1e-3,
      state: async () => ({ facts: {}, arrays: {} }),
      restore: () => {},
    },
  };
}

async function notesOf(...candidates: Candidate[]) {
  const detector = new BestByTest(candidates);
  await detector.fit(unlabeled(new Float32Array(3), 1), context({ test: TEST }));
  return detector.notes();
}

test('scores that rounding alone tells apart, or that are no numbers, are never the best', async () => {
  const collapsed = scoring('collapsed', 0, 1e-9, 2e-9);
  const diverged = scoring('diverged', 0, 1, Number.NaN);
  const half = scoring('half', 0, 2, 1);
  expect(await notesOf(collapsed, diverged, half)).toEqual({ chosen: 'half', testAurocs: [null, null, 0.5] });
  expect(await notesOf(collapsed, diverged)).toEqual({ chosen: 'collapsed', testAurocs: [null, null] });
});
