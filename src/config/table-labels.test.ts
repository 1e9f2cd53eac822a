import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { trainingCounts, trainingShare } from '../data/split.js';
import { labelCounts, labelPlan } from './table-labels.js';

/** The labeled anomalies of a run with the plan for a table, of whose classes one, of so many rows for training, is known. */
function labeledWith(labels: Readonly<Record<string, number>>, known: number): number {
  const { ratio } = labelPlan(labelCounts(new Map(Object.entries(labels))), 'fine');
  const request = {
    normalClass: 'fine',
    knownAnomalyClasses: ['bad'],
    labeledAnomalyRatio: ratio,
    labeledNormalRatio: 0,
    pollutionRatio: 0,
    seed: 1,
  };
  const available = { normal: trainingShare(labels.fine), knownAnomalies: known, anomalies: known };
  return trainingCounts(request, available).labeledAnomalies;
}

const rows = (min: number) =>
  fc.oneof(fc.integer({ min, max: 100 }), fc.integer({ min, max: 1000 }), fc.integer({ min, max: 1e6 }));

test('a plan has a labeled anomaly where one is for training, and no more than there are', () => {
  fc.assert(
    fc.property(rows(2), rows(1), (fine, bad) => {
      const known = trainingShare(bad);
      const labeled = labeledWith({ fine, bad }, known);
      expect(labeled > 0).toBe(known > 0);
    }),
    { numRuns: 2000 },
  );
});

test('a plan of several classes has some of the rarest where a seed draws few of it', () => {
  fc.assert(
    fc.property(rows(2), rows(10), (fine, bad) => {
      const labeled = labeledWith({ fine, bad, worse: bad + 1 }, Math.floor(0.3 * bad));
      expect(labeled).toBeGreaterThan(0);
    }),
    { numRuns: 2000 },
  );
});

test.each([
  [{ fine: 50, bad: 10 }, 0.033],
  [{ fine: 60_000, bad: 5 }, 0.000083],
  [{ fine: 4000, bad: 9 }, 0.002],
  [{ fine: 4000, bad: 400 }, 0.01],
  [{ fine: 50, bad: 1 }, 0],
])('a plan for %j has a ratio of %d', (labels, ratio) => {
  expect(labelPlan(labelCounts(new Map(Object.entries(labels))), 'fine').ratio).toBe(ratio);
});
