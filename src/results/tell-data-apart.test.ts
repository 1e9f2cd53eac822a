import { describe, expect, test } from '@jest/globals';
import type { Windowing } from '../data/series/windows.js';
import { compareResults } from './compare.js';
import { comparisonNotes } from './compare-wording.js';
import { ranksOverDatasets } from './ranks.js';
import type { RunRecord, RunSuccess } from './record.js';
import { table } from './table.js';
import { nameData, sameData, tellDataApart } from './tell-data-apart.js';
import { exampleRecord } from './testing/records.js';

const DATA = '12'.repeat(32);
const PATHS = ['/data/q.csv', './q.csv', 'q.csv'];
const SAID =
  'q.csv is the same data as ./q.csv, /data/q.csv: a run that was made under several names counts once.';

/** A run on data that lie at this path, one seed an AUROC. */
const at = (dataset: string, aurocs: readonly number[], name = 'kde', dataChecksum = DATA) =>
  aurocs.map((auroc, seed) =>
    exampleRecord({ dataset, dataChecksum, seed, detector: { name, options: {} } }, { auroc }),
  );

describe('data under several paths', () => {
  const records = PATHS.flatMap((path) => at(path, [0.5, 0.75]));

  test('have the shortest as their name, and a run under several counts once', () => {
    const told = tellDataApart(records);
    expect(told.map(({ dataset, seed, id }) => [dataset, seed, id])).toEqual([
      ['q.csv', 0, records[0].id],
      ['q.csv', 1, records[1].id],
    ]);
    const { rows, remarks } = table(told);
    expect(rows.map(({ setting, cells }) => [setting[0], cells[0]?.mean, cells[0]?.runs])).toEqual([
      ['q.csv', 0.625, 2],
    ]);
    expect(remarks).toEqual([SAID]);
  });

  test('do so in any order, and are told again as they were', () => {
    const told = tellDataApart(records.toReversed());
    expect(table(told).remarks).toEqual([SAID]);
    expect(tellDataApart([...told, ...at('other/q.csv', [0.5])]).map(({ dataset }) => dataset)).toEqual([
      'q.csv',
      'q.csv',
    ]);
    expect(nameData(records)).toHaveLength(6);
  });

  test('keep runs that others are not, and of equal ones that which is done', () => {
    const failed = exampleRecord(
      { dataset: PATHS[0], dataChecksum: DATA, seed: 0, detector: { name: 'kde', options: {} } },
      { status: 'failed', reason: 'out of memory' },
    );
    const told = tellDataApart([failed, ...at('q.csv', [0.5]), ...at('./q.csv', [0.9], 'ssad')]);
    expect(told.map(({ status, detector }) => [status, detector.name])).toEqual([
      ['done', 'kde'],
      ['done', 'ssad'],
    ]);
    // Another engine trains to other bits; what trains nothing is computed without one.
    const [on, deep] = ['kde', 'deep-sad'].map((name) =>
      PATHS.slice(0, 2).flatMap((path, index) =>
        at(path, [0.5], name).map((run) => ({ ...run, engine: ['native', 'webgpu'][index] })),
      ),
    );
    expect([on, deep].map((runs) => tellDataApart(runs).length)).toEqual([1, 2]);
  });

  test('are compared as the same', () => {
    const compared = compareResults(at('q.csv', [0.5, 0.75]), at('./q.csv', [0.5, 0.75]));
    expect(compared).toMatchObject({ pairs: 2, same: 2, differing: [] });
    expect(comparisonNotes(compared)).toContain('q.csv is the same data as ./q.csv: ');
  });

  test('of which one held other data before are told apart by both', () => {
    const before = at('q.csv', [0.5], 'kde', '34'.repeat(32));
    const told = tellDataApart([...records, ...before]);
    expect(told.map(({ dataset }) => dataset)).toEqual([
      'q.csv (data 12121212)',
      'q.csv (data 12121212)',
      'q.csv (data 34343434)',
    ]);
    expect(sameData(told)).toEqual([SAID]);
    // A part of them alone has no need of that.
    expect(tellDataApart(told.slice(2)).map(({ dataset }) => dataset)).toEqual(['q.csv']);
  });
});

test('time series are told apart by their windows, where these are recorded and do so', () => {
  const cut = (checksum: string, windows: Partial<Windowing>) =>
    exampleRecord(
      { dataset: 'smd', dataChecksum: checksum.repeat(32) },
      { status: 'done', auroc: 0.5, averagePrecision: 0.5, series: { ...windows, steps: 0.5, machines: {} } },
    );
  const namesOf = (...runs: RunRecord[]) => nameData(runs).map(({ dataset }) => dataset);
  const [before, after] = [
    cut('12', { windowLength: 20, stride: 8 }),
    cut('34', { windowLength: 20, stride: 7 }),
  ];
  expect(namesOf(before, after)).toEqual([
    'smd (windowLength 20, stride 8)',
    'smd (windowLength 20, stride 7)',
  ]);
  const { series: _, ...planned } = before as RunRecord & RunSuccess;
  expect(namesOf(planned, before, after)[0]).toBe('smd (windowLength 20, stride 8)');
  expect(namesOf(before, after, cut('56', {}))).toEqual([
    'smd (data 12121212)',
    'smd (data 34343434)',
    'smd (data 56565656)',
  ]);
  const changed = cut('78', { windowLength: 20, stride: 8 });
  expect(namesOf(before, changed)).toEqual(['smd (data 12121212)', 'smd (data 78787878)']);
});

test('data sets that are known by name keep theirs, and are said to be the same', () => {
  const five = ['thyroid', 'adbench/thyroid', 'cardio', 'satellite', 'shuttle'];
  const records = ['kde', 'ssad', 'oc-svm'].flatMap((detector, index) =>
    five.flatMap((name) =>
      name.endsWith('thyroid')
        ? at(name, [0.5 + index / 10], detector)
        : exampleRecord({ dataset: name, detector: { name: detector, options: {} } }),
    ),
  );
  const said = ['thyroid, adbench/thyroid are the same data, and count as 2.'];
  expect(tellDataApart(records)).toEqual(records);
  expect(table(records).remarks).toEqual(said);
  expect(ranksOverDatasets(records)[0].remarks).toEqual(said);
  const compared = compareResults(at('thyroid', [0.5]), at('adbench/thyroid', [0.5]));
  expect(compared).toMatchObject({ pairs: 1, remarks: said });
});

test('nothing is said of data with one name', () => {
  const records = [...at('q.csv', [0.5]), exampleRecord({ dataset: 'r.csv' })];
  expect(tellDataApart(records)).toEqual(records);
  expect(table(records).remarks).toEqual([]);
});
