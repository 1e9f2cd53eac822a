import { describe, expect, test } from '@jest/globals';
import get from 'es-toolkit/compat/get';
import set from 'es-toolkit/compat/set';
import { driftsOf } from './drifts.js';
import type { DoneRecord, RunRecord } from './record.js';
import { exampleRecord } from './testing/records.js';

const failed = (reason: string) => exampleRecord({}, { status: 'failed', reason });
const done = (auroc: number, averagePrecision = 0.5) =>
  exampleRecord({}, { status: 'done', auroc, averagePrecision });

test('every bit of both quantities counts', () => {
  const next = 0.9 + 2 ** -53;
  expect(driftsOf(done(0.9), done(0.9))).toEqual([]);
  expect(driftsOf(done(0.9, 0.5), done(next, 0.25))).toEqual([
    { quantity: 'AUROC', expected: 0.9, found: next },
    { quantity: 'average precision', expected: 0.5, found: 0.25 },
  ]);
});

describe('of time series', () => {
  const series = {
    steps: 0.75,
    machines: { left: { windows: 0.5, steps: 0.25 }, right: { windows: null, steps: 0.5 } },
  };
  const counts = {
    labeledNormal: 0,
    labeledAnomalies: 2,
    unlabeledNormal: 90,
    unlabeledAnomalies: 8,
    testNormal: 40,
    testAnomalies: 10,
  };
  const outcome = { status: 'done', auroc: 0.9, averagePrecision: 0.5, series } as const;
  const before: RunRecord = { ...exampleRecord({}, outcome), counts };
  const names = ['all machines, time steps', 'left, windows', 'left, time steps', 'right, time steps'];

  /** The paths of all numbers in a value. */
  const numbersIn = (value: unknown, path: readonly string[] = []): (readonly string[])[] => {
    if (typeof value === 'number') return [path];
    return Object.entries(value ?? {}).flatMap(([key, each]) => numbersIn(each, [...path, key]));
  };
  const moved = (path: readonly string[], by: number): RunRecord => {
    const record = structuredClone(before);
    return set(record, path, (get(record, path) as number) + by);
  };
  const { auroc, averagePrecision } = outcome;
  const shown = numbersIn({ auroc, averagePrecision, series, counts });

  test.each(shown.map((path) => [path.join('.'), path] as const))(
    'a difference in %s is found',
    (_, path) => {
      const found = moved(path, path[0] === 'counts' ? 1 : 2 ** -53);
      expect(driftsOf(before, before)).toEqual([]);
      expect(driftsOf(before, found)).toHaveLength(1);
    },
  );

  test('each AUROC is compared to within a tolerance, a count exactly, and the average precision not', () => {
    const apart = (path: readonly string[], by: number, tolerance: number) =>
      driftsOf(before, moved(path, by), tolerance).map(({ quantity }) => quantity);
    for (const path of shown.filter(([key]) => key === 'auroc' || key === 'series')) {
      expect(apart(path, 0.0625, 0.0625)).toEqual([]);
      expect(apart(path, 0.0625, 0.03)).toHaveLength(1);
    }
    expect(apart(['counts', 'testAnomalies'], 1, 1)).toEqual(['count testAnomalies']);
    expect(apart(['averagePrecision'], 0.25, 0)).toEqual([]);
  });

  test('what one side alone has differs', () => {
    const { series: _, counts: __, ...without } = before as DoneRecord;
    expect(driftsOf(without, before)).toEqual([
      ...names.map((name, index) => ({
        quantity: `AUROC (${name})`,
        expected: 'none',
        found: [0.75, 0.5, 0.25, 0.5][index],
      })),
      ...Object.entries(counts).map(([name, found]) => ({
        quantity: `count ${name}`,
        expected: 'none',
        found,
      })),
    ]);
  });
});

test('with a tolerance, the AUROC alone counts, to within it', () => {
  expect(driftsOf(done(0.75, 0.5), done(0.5, 0.1), 0.25)).toEqual([]);
  expect(driftsOf(done(0.75), done(0.5), 0.2)).toEqual([{ quantity: 'AUROC', expected: 0.75, found: 0.5 }]);
});

test('a failure agrees with nothing', () => {
  expect(driftsOf(failed('collapsed'), failed('collapsed'))).toEqual([
    { quantity: 'outcome', expected: 'failed: collapsed', found: 'failed: collapsed' },
  ]);
  expect(driftsOf(failed('collapsed'), failed('out of memory'))).toEqual([
    { quantity: 'outcome', expected: 'failed: collapsed', found: 'failed: out of memory' },
  ]);
  expect(driftsOf(done(0.9), failed('collapsed'), 1)).toEqual([
    { quantity: 'outcome', expected: 'done', found: 'failed: collapsed' },
  ]);
});
