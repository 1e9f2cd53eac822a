import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { auroc } from './auroc.js';
import { averagePrecision } from './average-precision.js';
import { collapse } from './collapse.js';

/** Scores from few values, so that ties abound, with at least one sample of each kind. */
const ranking = fc
  .array(fc.record({ score: fc.integer({ min: -4, max: 4 }), anomaly: fc.boolean() }), { minLength: 2 })
  .filter((samples) => new Set(samples.map((sample) => sample.anomaly)).size === 2)
  .map((samples) => ({
    scores: Float64Array.from(samples, (sample) => sample.score / 8),
    anomalies: Uint8Array.from(samples, (sample) => Number(sample.anomaly)),
  }));

function aurocByPairs(scores: Float64Array, anomalies: Uint8Array): number {
  let won = 0;
  let pairs = 0;
  for (let a = 0; a < scores.length; a++) {
    for (let n = 0; n < scores.length; n++) {
      if (!anomalies[a] || anomalies[n]) continue;
      pairs++;
      if (scores[a] > scores[n]) won++;
      else if (scores[a] === scores[n]) won += 0.5;
    }
  }
  return won / pairs;
}

/** For each anomaly, the precision among all samples that score at least as high; their mean. */
function averagePrecisionByThresholds(scores: Float64Array, anomalies: Uint8Array): number {
  let sum = 0;
  let total = 0;
  for (let a = 0; a < scores.length; a++) {
    if (!anomalies[a]) continue;
    total++;
    const passing = [...scores.keys()].filter((i) => scores[i] >= scores[a]);
    sum += passing.filter((i) => anomalies[i]).length / passing.length;
  }
  return sum / total;
}

describe('auroc', () => {
  test('is the share of pairs that are ranked right, ties counted half', () => {
    fc.assert(
      fc.property(ranking, ({ scores, anomalies }) => {
        expect(auroc(scores, anomalies)).toBe(aurocByPairs(scores, anomalies));
      }),
    );
  });

  test('turns into its complement when the scores are negated', () => {
    fc.assert(
      fc.property(ranking, ({ scores, anomalies }) => {
        const negated = scores.map((score) => -score);
        expect(auroc(negated, anomalies)).toBeCloseTo(1 - auroc(scores, anomalies), 14);
      }),
    );
  });

  test('of hand-counted cases', () => {
    expect(auroc(Float64Array.of(0.1, 0.4, 0.35, 0.8), Uint8Array.of(0, 0, 1, 1))).toBe(0.75);
    expect(auroc(Float64Array.of(1, 2, 3), Uint8Array.of(0, 0, 1))).toBe(1);
    expect(auroc(Float64Array.of(1, 2, 3), Uint8Array.of(1, 0, 0))).toBe(0);
    expect(auroc(Float64Array.of(5, 5, 5, 5), Uint8Array.of(1, 0, 0, 1))).toBe(0.5);
    expect(auroc(Float64Array.of(0, -0), Uint8Array.of(1, 0))).toBe(0.5);
  });
});

describe('averagePrecision', () => {
  test('is the mean precision at the score of each anomaly', () => {
    fc.assert(
      fc.property(ranking, ({ scores, anomalies }) => {
        expect(averagePrecision(scores, anomalies)).toBeCloseTo(
          averagePrecisionByThresholds(scores, anomalies),
          12,
        );
      }),
    );
  });

  test('of hand-counted cases', () => {
    // Down from .8: precision 1 at recall ½, then 2/3 at recall 1.
    expect(averagePrecision(Float64Array.of(0.1, 0.4, 0.35, 0.8), Uint8Array.of(0, 0, 1, 1))).toBeCloseTo(
      5 / 6,
    );
    // A tie passes as one: 2 of 4.
    expect(averagePrecision(Float64Array.of(5, 5, 5, 5), Uint8Array.of(1, 0, 0, 1))).toBe(0.5);
    expect(averagePrecision(Float64Array.of(1, 2, 3, 4), Uint8Array.of(1, 0, 0, 0))).toBe(0.25);
  });
});

describe.each([
  ['auroc', auroc],
  ['averagePrecision', averagePrecision],
])('%s refuses', (_name, metric) => {
  test('one kind of sample', () => {
    expect(() => metric(Float64Array.of(1, 2), Uint8Array.of(0, 0))).toThrow('0 of 2 are anomalies');
    expect(() => metric(Float64Array.of(1, 2), Uint8Array.of(1, 1))).toThrow('2 of 2 are anomalies');
    expect(() => metric(new Float64Array(), new Uint8Array())).toThrow('0 of 0 are anomalies');
  });

  test('scores that are not finite', () => {
    fc.assert(
      fc.property(
        ranking,
        fc.nat(),
        fc.constantFrom(Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY),
        ({ scores, anomalies }, at, value) => {
          scores[at % scores.length] = value;
          expect(() => metric(scores, anomalies)).toThrow(`is ${value}`);
        },
      ),
    );
  });

  test('scores of other samples', () => {
    expect(() => metric(Float64Array.of(1, 2, 3), Uint8Array.of(0, 1))).toThrow('3 scores for 2 samples');
  });
});

describe('collapse', () => {
  test('accepts scores that tell two samples apart', () => {
    expect(collapse(Float64Array.of(1, 1, 1 + Number.EPSILON), 0)).toBeUndefined();
    expect(collapse(Float64Array.of(1, 1, 1.5), 0.25)).toBeUndefined();
  });

  test('finds scores that differ by noise alone', () => {
    expect(collapse(Float64Array.of(1.25, 1, 1.5), 0.5)).toBe(
      'collapsed: all anomaly scores lie within 0.50, and differences of up to 0.50 say nothing',
    );
    expect(collapse(Float64Array.of(1.25, 1, 1.5), Number.POSITIVE_INFINITY)).toBe(
      'collapsed: all anomaly scores lie within 0.50, and no difference says anything',
    );
  });

  test('says why scores are useless', () => {
    expect(collapse(Float64Array.of(2, 2, 2), 0)).toBe('collapsed: every anomaly score is 2');
    expect(collapse(Float64Array.of(1, Number.NaN, 2), 0)).toBe(
      'collapsed: the anomaly score of sample 1 is NaN',
    );
    expect(collapse(Float64Array.of(1, 2, Number.POSITIVE_INFINITY), 0)).toContain('sample 2 is Infinity');
    expect(collapse(Float64Array.of(Number.NaN, 2, 3), 0)).toContain('sample 0 is NaN');
  });
});
