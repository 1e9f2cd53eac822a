import { describe, expect, test } from '@jest/globals';
import { compareResults } from './compare.js';
import { comparisonNotes } from './compare-wording.js';
import { ranksOverDatasets } from './ranks.js';
import type { RunRecord } from './record.js';
import { table } from './table.js';
import { exampleRecord } from './testing/records.js';

const HOLD_OUT = { kernel: 'rbf', selection: 'test-holdout' };
const selected = (where: string) =>
  `Bandwidth chosen by the AUROC on a tenth of the test set, as in the paper, which favours${where}: OC-SVM, SSAD.`;
const redrawn = (where: string) =>
  `Test parts of tables redrawn from all rows, as in the authors’ code, so that they share rows with the training${where}.`;

/** A run of each of three detectors on five data sets. */
const records = (options: RunRecord['detector']['options'], fields: Parameters<typeof exampleRecord>[0]) =>
  ['a', 'b', 'c', 'd', 'e'].flatMap((dataset) =>
    [
      { name: 'kde', options: {} },
      { name: 'ssad', options },
      { name: 'oc-svm', options },
    ].map((detector) => exampleRecord({ dataset, detector, ...fields })),
  );

const HELPED = records(HOLD_OUT, { preparation: { testPart: 'redrawn' } });
const PLAIN = records({ kernel: 'linear' }, {});

/** What is said of records by whatever shows their columns. */
describe.each<[string, (records: readonly RunRecord[]) => readonly string[], string]>([
  ['a table', (own) => table(own).remarks, ''],
  ['ranks over data sets', (own) => ranksOverDatasets(own)[0].remarks, ''],
  ['a comparison', (own) => compareResults(own, own).remarks, ''],
  ['a comparison with others', (own) => compareResults(PLAIN, own).remarks, 'in B'],
])('%s', (_what, saidOf, of) => {
  test('says whose bandwidth test labels chose, and that test parts were redrawn', () => {
    expect(saidOf(HELPED)).toEqual([selected(of && ` ${of}`), redrawn(of && `: ${of}`)]);
    expect(saidOf(PLAIN)).toEqual([]);
  });

  test('says which ratios come to no sample, and in how many runs where it is not all', () => {
    const [labeledAnomalyRatio, labeledNormalRatio, pollutionRatio] = [0.02, 0.01, 0.1];
    const asking = records(
      { kernel: 'linear' },
      { labeledAnomalyRatio, labeledNormalRatio, pollutionRatio },
    ).map((run, index): RunRecord => {
      const labeledAnomalies = run.dataset === 'a' || run.dataset === 'c' ? 0 : 1;
      const training = { labeledNormal: index, labeledAnomalies, unlabeledNormal: 40, unlabeledAnomalies: 4 };
      return { ...run, counts: { ...training, testNormal: 9, testAnomalies: 9 } };
    });
    expect(saidOf(asking)).toEqual([
      'γ_l 0.02 comes to less than one labeled anomaly, and so to none, on a (44 to 46 training samples), c (50 to 52 training samples).',
      'labeled normal 0.01 comes to less than one labeled normal sample, and so to none, on a (44 training samples, in 1 of 3 runs).',
    ]);
    const unasked = { labeledAnomalyRatio: 0, labeledNormalRatio: 0, pollutionRatio: 0 };
    expect(saidOf(asking.map((run) => ({ ...run, ...unasked })))).toEqual([]);
  });

  test('says which versions stand together, and what options differ between data sets', () => {
    const mixed = PLAIN.map((run) =>
      run.dataset === 'a' && run.detector.name === 'ssad'
        ? { ...run, version: '0.0.9', detector: { name: 'ssad', options: { kernel: 'linear', kappa: 3 } } }
        : run,
    );
    expect(saidOf(mixed)).toEqual([
      expect.stringMatching(/^SSAD has not the same options on all data sets: .*kappa/),
      expect.stringContaining('1 run of 0.0.9'),
    ]);
  });
});

test('two versions or options of which each result has one are settings that differ', () => {
  const [first, second] = [1, 10].map((eta) =>
    exampleRecord({ detector: { name: 'deep-sad', options: { eta } } }),
  );
  const compared = compareResults([first], [{ ...second, version: '0.0.9' }]);
  expect(compared.differing.map(({ name }) => name)).toEqual(['deepsad', 'Deep SAD: eta']);
  expect(compared.remarks).toEqual([]);
});

test('the notes of a comparison end with what is said of its columns', () => {
  expect(comparisonNotes(compareResults(HELPED, PLAIN))).toMatch(
    new RegExp(`${selected(' in A')} ${redrawn(': in A')}$`.replaceAll('.', '\\.')),
  );
});

describe('what holds of some runs alone', () => {
  const isSome = ({ dataset }: RunRecord) => dataset === 'a' || dataset === 'c';
  const chosen = (choosing: (run: RunRecord) => boolean) =>
    records(HOLD_OUT, {}).map((run) =>
      choosing(run) || run.detector.name === 'kde'
        ? run
        : { ...run, detector: { ...run.detector, options: { ...HOLD_OUT, selection: 'median' } } },
    );

  test('names its data sets', () => {
    const mixed = chosen(isSome);
    expect(table(mixed).remarks).toContain(selected(' on a, c'));
    expect(ranksOverDatasets(mixed)[0].remarks).toContain(selected(' on a, c'));
    expect(compareResults(mixed, mixed).remarks).toContain(selected(' on a, c'));
    const [some, others] = [HELPED.filter(isSome), PLAIN.filter((run) => !isSome(run))];
    expect(table([...some, ...others]).remarks).toContain(redrawn(': on a, c'));
  });

  test('names the rows by how they are prepared, where each data set has both', () => {
    expect(table([...HELPED, ...PLAIN]).remarks).toContain(redrawn(': where prepared redrawn'));
  });

  test('is counted where nothing that is shown tells it from the rest', () => {
    const { remarks } = compareResults(
      chosen(() => false),
      chosen(isSome),
    );
    expect(remarks).toContain(selected(' in B (in 2 of 5 runs)'));
  });
});
