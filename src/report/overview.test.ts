import { expect, test } from '@jest/globals';
import type { Run } from '../config/run.js';
import { exampleRecord } from '../results/testing/records.js';
import { overviewsOf } from './overview.js';

const experiment = (name: string, fields: Partial<Omit<Run, 'id'>>, aurocs: Record<string, number>) => ({
  name,
  records: Object.entries(aurocs).map(([detector, auroc]) =>
    exampleRecord({ ...fields, detector: { name: detector, options: {} } }, { auroc }),
  ),
  environments: [],
  traces: new Map(),
  scores: new Map(),
  repetitions: [],
  contradictions: [],
  configs: [],
});

const CARDIO = experiment('one', { dataset: 'cardio' }, { kde: 0.7, 'deep-sad': 0.9 });
const SATELLITE = experiment('two', { dataset: 'satellite' }, { kde: 0.8, 'deep-sad': 0.6 });
const POLLUTED = experiment('three', { dataset: 'cardio', pollutionRatio: 0.1 }, { kde: 0.5 });

const means = (overview: ReturnType<typeof overviewsOf>[number]) =>
  overview.tables.auroc.rows.map(({ setting, cells }) => [setting[0], ...cells.map((cell) => cell?.mean)]);

test('experiments that differ by data set alone are one table, others are not in it', () => {
  const overviews = overviewsOf([CARDIO, POLLUTED, SATELLITE]);
  expect(overviews.map(({ title, experiments }) => [title, experiments])).toEqual([
    ['2 data sets', ['one', 'two']],
  ]);
  expect(means(overviews[0])).toEqual([
    ['cardio', 0.7, 0.9],
    ['satellite', 0.8, 0.6],
  ]);
  expect(overviews[0].note).toMatch(/mean ranks.*No other experiment .* of three, left out here\.$/);
});

test('means and ranks are explained where there are any', () => {
  const noteBeside = (aurocs: Record<string, number>) =>
    overviewsOf([CARDIO, experiment('four', { dataset: 'thyroid' }, aurocs)])[0].note;
  expect(noteBeside({ 'oc-svm': 0.7 })).toBe('These experiments differ by data set and detectors alone.');
  expect(noteBeside({ kde: 0.7 })).toMatch(
    /; means are over all columns, of detectors that have runs in all\.$/,
  );
  expect(noteBeside({ kde: 0.7, 'deep-sad': 0.8 })).toMatch(
    /; means and mean ranks, 1 the best, are over all/,
  );
});

test('the note says what experiments differ by, and the tables which options do', () => {
  const said = (...experiments: Parameters<typeof overviewsOf>[0]) =>
    overviewsOf(experiments).map(({ note, tables }) => [note.split(/[;.]/)[0], ...tables.auroc.remarks]);
  const weighted = (dataset: string, eta: number) => ({
    ...CARDIO,
    name: dataset,
    records: [exampleRecord({ dataset, detector: { name: 'deep-sad', options: { eta } } })],
  });
  expect(said(CARDIO, SATELLITE)).toEqual([['These experiments differ by data set alone']]);
  expect(said(CARDIO, experiment('four', { dataset: 'thyroid' }, { kde: 0.7 }))).toEqual([
    ['These experiments differ by data set and detectors alone'],
  ]);
  expect(said(weighted('cardio', 1), weighted('thyroid', 100))).toEqual([
    [
      'Each mean is over all runs of an experiment, whatever their settings',
      'Deep SAD has not the same options on all data sets: eta 1 on cardio; eta 100 on thyroid.',
    ],
  ]);
});

test('experiments that differ otherwise are a row each', () => {
  const [overview, ...more] = overviewsOf([CARDIO, POLLUTED]);
  expect(more).toEqual([]);
  expect(means(overview)).toEqual([
    ['one', 0.7, 0.9],
    ['three', 0.5, undefined],
  ]);
});

test('the notes that qualify the means are those of the table of each experiment, whatever the rows are', () => {
  const chosen = exampleRecord({
    detector: { name: 'oc-svm', options: { kernel: 'rbf', selection: 'test-holdout' } },
  });
  const failed = exampleRecord(
    { seed: 2, detector: { name: 'kde', options: {} } },
    { status: 'failed', reason: 'collapsed' },
  );
  const redrawn = exampleRecord({
    ...{ pollutionRatio: 0.1, preparation: { testPart: 'redrawn' } },
    detector: { name: 'kde', options: {} },
  });
  const first = { ...CARDIO, records: [...CARDIO.records, chosen, failed] };
  for (const second of [SATELLITE, { ...POLLUTED, records: [redrawn] }]) {
    const [{ tables }] = overviewsOf([first, second]);
    for (const { remarks, failures } of [tables.auroc, tables.averagePrecision]) {
      expect({ remarks, failures }).toEqual({
        remarks: [
          expect.stringMatching(/^Bandwidth chosen.*: OC-SVM\.$/),
          ...(second === SATELLITE
            ? []
            : [expect.stringMatching(/^Test parts of tables redrawn.*: in three\.$/)]),
        ],
        failures: [{ column: 'KDE', dataset: 'cardio', reason: 'collapsed', runs: 1 }],
      });
    }
  }
});

test('experiments on one table under two paths have the columns of one data set', () => {
  const of = (dataset: string, eta: number) => ({
    ...CARDIO,
    name: dataset,
    records: [
      exampleRecord({
        dataset,
        dataChecksum: '12'.repeat(32),
        detector: { name: 'deep-sad', options: { eta } },
      }),
    ],
  });
  const [{ title, tables }] = overviewsOf([of('q.csv', 1), of('./q.csv', 10)]);
  expect([title, tables.auroc.columns]).toEqual(['2 experiments', ['Deep SAD (eta=1)', 'Deep SAD (eta=10)']]);
  expect(tables.auroc.remarks).toEqual([expect.stringContaining('q.csv is the same data as ./q.csv')]);
});

test('a single experiment needs no overview', () => {
  expect(overviewsOf([CARDIO])).toEqual([]);
});
