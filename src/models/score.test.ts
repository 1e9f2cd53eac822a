import { describe, expect, test } from '@jest/globals';
import type { Input, ReadOptions, SampleBatch } from '../data/input/input.js';
import type { Detector } from '../detectors/detector.js';
import { evaluate } from './evaluate.js';
import { type ScoredBatch, type Scorer, scoreData } from './score.js';
import { chooseThreshold } from './threshold.js';

/** Samples of one value, which is their score, two at a time. */
function scorer(values: readonly number[], semiTargets: readonly number[] = []): Scorer {
  async function* read(_path: string, { labels }: ReadOptions): AsyncGenerator<SampleBatch> {
    for (let i = 0; i < values.length; i += 2) {
      const samples = Float32Array.from(values.slice(i, i + 2));
      yield {
        samples,
        origins: Array.from(samples, (_, j) => `${i + j + 2}`),
        ...(labels === 'required' && { semiTargets: Int8Array.from(semiTargets.slice(i, i + 2)) }),
      };
    }
  }
  const description = { kind: 'table' } as const;
  const relabel = () => input;
  const input = { kind: 'table', shape: [1], origin: 'row', description, relabel, read } as unknown as Input;
  const detector: Detector = {
    fit: async () => {},
    score: async (samples) => Float64Array.from(samples),
    resolution: () => 0,
    state: async () => ({ facts: {}, arrays: {} }),
    restore: () => {},
  };
  const threshold = { value: 2, contamination: 0 };
  return {
    model: { choice: { name: 'none', options: {} }, shape: [1], detector, details: {} },
    input,
    threshold,
  };
}

const warn = () => {};

async function scored({ model, input }: Scorer): Promise<ScoredBatch[]> {
  const batches: ScoredBatch[] = [];
  for await (const batch of scoreData(model.detector, input, 'new.csv', { labels: 'ignored', warn })) {
    batches.push(batch);
  }
  return batches;
}

test('samples are scored batch by batch', async () => {
  const batches = await scored(scorer([3, 1, 2]));
  expect(batches.map(({ origins, scores }) => [origins, [...scores]])).toEqual([
    [
      ['2', '3'],
      [3, 1],
    ],
    [['4'], [2]],
  ]);
});

test('a score that is not finite is refused with its row', async () => {
  const scores = scored(scorer([3, 1, Number.NaN]));
  await expect(scores).rejects.toThrow(
    'new.csv, row 4: the anomaly score is NaN; its values are too far from those of the training data; correct them or leave the sample out',
  );
});

test('the column that is farthest off is named', async () => {
  const { model, input } = scorer([3, 1, Number.POSITIVE_INFINITY]);
  const named = { model, input: { ...input, columns: ['width'] }, threshold: { value: 2, contamination: 0 } };
  await expect(scored(named)).rejects.toThrow('training data, most of all in column width; correct them');
});

describe('an evaluation', () => {
  test('counts labeled samples alone', async () => {
    const found = await evaluate(scorer([3, 1, 9, 5, 2, 4], [-1, 1, 0, 1, 1, -1]), 'labeled.csv', warn);
    expect(found).toMatchObject({ auroc: 4 / 6, normal: 3, anomalies: 2, unlabeled: 1 });
    expect(found.averagePrecision).toBeCloseTo((1 / 2 + 2 / 3) / 2, 12);
    expect(found.flagged).toEqual({ normal: 1, anomalies: 2 });
    expect([...found.scores]).toEqual([3, 1, 5, 2, 4]);
    expect([...found.labels]).toEqual([1, 0, 0, 0, 1]);
  });

  test('is refused where the scores differ by no more than rounding, however well that ranks', async () => {
    const close = scorer([1e-9, 0, 2e-9], [-1, 1, -1]);
    const { detector } = close.model;
    const coarse = { ...close, model: { ...close.model, detector: { ...detector, resolution: () => 1e-6 } } };
    await expect(evaluate(coarse, 'labeled.csv', warn)).rejects.toThrow(
      'labeled.csv: none collapsed: all anomaly scores lie within 2.0e-9, and differences of up to 0.0000010 say nothing',
    );
    expect(await evaluate(close, 'labeled.csv', warn)).toMatchObject({ auroc: 1 });
  });

  test('needs both kinds', async () => {
    const found = evaluate(scorer([3, 1], [1, 0]), 'labeled.csv', warn);
    await expect(found).rejects.toThrow(
      'labeled.csv: 1 labeled normal, 0 labeled anomalies, 1 unlabeled; an AUROC needs',
    );
  });
});

describe('a threshold', () => {
  const scores = Float64Array.of(5, 1, 3, 9, 2, 4);
  const semiTargets = Int8Array.of(0, 0, 1, -1, 0, 0);
  const flagged = (contamination: number) => {
    const { value } = chooseThreshold(scores, semiTargets, contamination);
    return [...scores].filter((score, i) => semiTargets[i] !== -1 && score > value).length;
  };

  test('flags at most the given share of what is not a labeled anomaly', () => {
    expect([0, 0.1, 0.2, 0.39, 0.4, 0.99].map(flagged)).toEqual([0, 0, 1, 1, 2, 4]);
    expect(flagged(1 - 1e-12)).toBe(4);
  });

  test('flags the whole number that a share means, whatever its rounding', () => {
    const ascending = Float64Array.from({ length: 100 }, (_, i) => i);
    const shares = Array.from({ length: 100 }, (_, i) => i / 100);
    const counts = shares.map((share) => 99 - chooseThreshold(ascending, new Int8Array(100), share).value);
    expect(counts).toEqual(shares.map((_, i) => i));
  });

  test('does not flag samples that tie with it', () => {
    const tied = chooseThreshold(Float64Array.of(1, 2, 2, 2), new Int8Array(4), 0.5);
    expect(tied).toEqual({ value: 2, contamination: 0.5 });
  });
});
