import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { drawHoldOut } from './holdout.js';

/** Sample i is the pair (i, −i), so that a drawn sample tells which one it is. */
function testSet(anomalies: Uint8Array) {
  const samples = Float32Array.from({ length: 2 * anomalies.length }, (_, k) => (k % 2 ? -1 : 1) * (k >> 1));
  return { count: anomalies.length, samples, anomalies };
}

const bothKinds = fc
  .uint8Array({ max: 1, minLength: 2, maxLength: 200, size: 'max' })
  .filter((anomalies) => anomalies.includes(0) && anomalies.includes(1));

describe('drawHoldOut', () => {
  test('draws a tenth of each kind, at least one, each sample at most once and with its label', () => {
    fc.assert(
      fc.property(bothKinds, fc.nat(), (anomalies, seed) => {
        const holdOut = drawHoldOut(testSet(anomalies), seed);
        for (const kind of [0, 1]) {
          const total = anomalies.filter((anomaly) => anomaly === kind).length;
          const drawn = holdOut.anomalies.filter((anomaly) => anomaly === kind).length;
          expect(drawn).toBe(Math.max(1, Math.round(total / 10)));
        }
        expect(holdOut.anomalies).toHaveLength(holdOut.count);
        const indices = holdOut.samples.filter((_, k) => k % 2 === 0);
        expect(new Set(indices).size).toBe(holdOut.count);
        expect(holdOut.samples.filter((_, k) => k % 2 === 1)).toEqual(indices.map((index) => -index));
        expect(Uint8Array.from(indices, (index) => anomalies[index])).toEqual(holdOut.anomalies);
      }),
    );
  });

  test('draws the same for one seed and different samples for another', () => {
    const set = testSet(Uint8Array.from({ length: 500 }, (_, i) => Number(i % 7 === 0)));
    expect(drawHoldOut(set, 1)).toEqual(drawHoldOut(set, 1));
    expect(drawHoldOut(set, 1).samples).not.toEqual(drawHoldOut(set, 2).samples);
  });
});
