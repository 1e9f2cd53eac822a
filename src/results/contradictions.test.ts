import { expect, test } from '@jest/globals';
import { contradictionNotice } from './contradictions.js';
import type { RunSuccess } from './record.js';
import { exampleRecord } from './testing/records.js';

const COUNTS = {
  labeledNormal: 0,
  labeledAnomalies: 3,
  unlabeledNormal: 100,
  unlabeledAnomalies: 0,
  testNormal: 50,
  testAnomalies: 10,
};

/** What is said of one run that came to each of these. */
function said(...results: (Partial<RunSuccess> & { readonly counts?: typeof COUNTS })[]): string[] {
  const records = results.map(({ counts = COUNTS, ...fields }) => ({
    ...exampleRecord({}, { status: 'done', auroc: 0.9, averagePrecision: 0.5, ...fields }),
    counts,
  }));
  const [{ id }] = records;
  const notices = contradictionNotice('a', [{ place: 'b', records }]);
  return notices.map((notice) =>
    notice
      .replace(`a: 1 run has results that contradict each other (${id}; `, '')
      .replace('); those read last count, in b', ''),
  );
}

test('names what differs between results of a run, and how far the furthest are apart', () => {
  expect(said({}, {})).toEqual([]);
  expect(said({}, { auroc: 0.8 }, { auroc: 0.95 })).toEqual(['AUROC up to 1.5e-1 apart']);
  expect(said({}, { averagePrecision: 0.25 })).toEqual(['average precision up to 2.5e-1 apart']);
  expect(said({}, { counts: { ...COUNTS, testNormal: 47 } })).toEqual(['count testNormal up to 3 apart']);
  expect(said({}, {}, { auroc: 0.8, averagePrecision: 0.25 })).toEqual([
    'AUROC up to 1.0e-1 apart, average precision up to 2.5e-1 apart',
  ]);
});

test('says of a part of time series that not all results have a value of it, and does not name them all', () => {
  const part = (windows: number | null, steps: number) => ({ windows, steps });
  const series = (windows: number | null, steps: number) => ({
    series: { steps, machines: { one: part(windows, steps), two: part(0.5, steps) } },
  });
  expect(said(series(null, 0.5), series(0.25, 0.5))).toEqual([
    expect.stringMatching(/^AUROC \([^)]*one[^)]*\) in some alone$/),
  ]);
  expect(said(series(0.25, 0.5), series(0.75, 0.25))).toEqual([
    expect.stringMatching(/^AUROC \(.*\) up to .* apart, .*, .*, 1 more$/),
  ]);
});
