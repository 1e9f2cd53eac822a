import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { range } from 'es-toolkit';
import { toCsv } from './csv.js';
import { toLatex } from './latex.js';
import type { RunRecord } from './record.js';
import { table } from './table.js';
import { renderTable, writeTables } from './tables.js';
import { exampleRecord } from './testing/records.js';
import { noteLines } from './wording.js';

const DEEP_SAD = { name: 'deep-sad', options: { eta: 1 } };
const AUTOENCODER = { name: 'autoencoder', options: {} };

/** Records of one detector on one data set, one seed an AUROC. */
function recordsOf(fields: Parameters<typeof exampleRecord>[0], ...aurocs: readonly number[]): RunRecord[] {
  return aurocs.map((auroc, seed) => exampleRecord({ ...fields, seed }, { auroc }));
}

/** Six runs of two detectors on two data sets, one of them failed. */
const SMALL = [
  ...recordsOf({ dataset: 'cardio', detector: DEEP_SAD }, 0.9, 0.94),
  ...recordsOf({ dataset: 'cardio', detector: AUTOENCODER }, 0.8, 0.6),
  ...recordsOf({ dataset: 'satimage-2', detector: DEEP_SAD }, 0.98),
  exampleRecord(
    { dataset: 'satimage-2', detector: AUTOENCODER },
    { status: 'failed', reason: 'collapsed: every anomaly score is 0' },
  ),
];

describe('table', () => {
  test('takes the mean and the population standard deviation over seeds and class pairs', () => {
    const records = [
      ...recordsOf({ dataset: 'parts', normalClass: '0', knownAnomalyClasses: ['1'] }, 0.7, 0.8),
      ...recordsOf({ dataset: 'parts', normalClass: '1', knownAnomalyClasses: ['0'] }, 0.9, 1),
    ];
    const { rows } = table(records);
    expect(rows).toHaveLength(1);
    // Deviations ±.05 and ±.15 from .85: variance (2 · .0025 + 2 · .0225) / 4.
    expect(rows[0].cells).toEqual([
      {
        mean: expect.closeTo(0.85),
        std: expect.closeTo(Math.sqrt(0.0125)),
        averagePrecision: 0.5,
        runs: 4,
        // Means of the pairs .75 and .95; within each a variance of .005, over 4 runs.
        errors: { classes: expect.closeTo(0.1), seeds: expect.closeTo(Math.sqrt(0.005 / 4)) },
        best: false,
      },
    ]);
  });

  test('has the standard error over normal classes, or of a single one over its known classes', () => {
    const errorsOf = (...runs: [normalClass: string, known: string, ...aurocs: number[]][]) =>
      table(
        runs.flatMap(([normalClass, known, ...aurocs]) =>
          recordsOf({ dataset: 'parts', normalClass, knownAnomalyClasses: [known] }, ...aurocs),
        ),
      ).rows[0].cells[0]?.errors;
    // Means .8 and .95.
    expect(errorsOf(['0', '1', 0.7], ['0', '2', 0.9], ['1', '0', 0.9], ['1', '2', 1])).toEqual({
      classes: expect.closeTo(0.075),
    });
    expect(errorsOf(['0', '1', 0.7], ['0', '2', 0.9])).toEqual({ classes: expect.closeTo(0.1) });
    // The means of the seeds over the known classes, .7 and .8: a variance of .005, over 2 of them.
    expect(errorsOf(['0', '1', 0.6, 0.9], ['0', '2', 0.8, 0.7], ['1', '2', 0.75])).toEqual({
      classes: expect.closeTo(0),
      seeds: expect.closeTo(Math.sqrt(0.005 / 3)),
    });
  });

  test('says which versions its runs are of, where they are of several', () => {
    const runs = range(5).map((seed) => exampleRecord({ dataset: 'parts', seed }));
    const ids = runs.map(({ id }) => id);
    const note = (...of: Pick<RunRecord, 'version' | 'build'>[]) =>
      noteLines(table(of.map((build, index) => ({ ...runs[index], ...build })))).slice(1);
    const [old, now] = ['0.9.0', '0.10.0'].map((version) => ({ version }));
    expect(note(now, now)).toEqual([]);
    const start = 'Runs of several versions of deepsad stand together, which may compute otherwise: ';
    expect(note(now, old, now)).toEqual([`${start}1 run of 0.9.0: ${ids[1]}; 2 runs of 0.10.0.`]);
    const [first, second] = ['a', 'b'].map((digit) => ({ ...now, build: digit.repeat(40) }));
    expect(note(first, first)).toEqual([]);
    expect(note({ ...first, ...old }, second, second)).toEqual([
      `${start}1 run of 0.9.0: ${ids[0]}; 2 runs of 0.10.0.`,
    ]);
    expect(note(second, first, second, second)).toEqual([
      `${start}1 run of 0.10.0 (commit aaaaaaaaaa): ${ids[1]}; 3 runs of 0.10.0 (commit bbbbbbbbbb).`,
    ]);
    // Of records from before builds were recorded, and of a checkout with changes.
    const changed = { ...now, build: `${'c'.repeat(40)}-dirty, build 0123456789ab` };
    expect(note(changed, now, changed)).toEqual([
      `${start}2 runs of 0.10.0 (commit cccccccccc-dirty, build 0123456789ab); 1 run of 0.10.0 (commit unknown): ${ids[1]}.`,
    ]);
    expect(note(first, second, second, second, second)).toEqual([expect.stringContaining(`: ${ids[0]};`)]);
    const failed = exampleRecord({ seed: 3 }, { status: 'failed', reason: 'none' });
    expect(noteLines(table([exampleRecord(), { ...failed, version: '0.0.9' }])).join()).not.toContain(
      'versions',
    );
  });

  test('does not depend on the order in which runs finished, to the last bit', () => {
    const records = recordsOf({}, 0.1, 0.7, 0.3, 0.9, 0.2);
    expect(table(records.toReversed()).rows).toEqual(table(records).rows);
  });

  test('says which options of a column differ between data sets', () => {
    const weighted = (dataset: string, eta: number) =>
      recordsOf({ dataset, detector: { name: 'deep-sad', options: { eta } } }, 0.9);
    const said = 'Deep SAD has not the same options on all data sets: eta 1 on cardio; eta 100 on thyroid.';
    const records = [...weighted('cardio', 1), ...weighted('thyroid', 100)];
    expect(noteLines(table(records))).toContain(said);
    expect(renderTable(records)).toContain(said);
    expect(noteLines(table([...weighted('cardio', 1), ...weighted('thyroid', 1)])).join()).not.toContain(
      'options',
    );
  });

  test('has a row a data set and ratio, and dimensions only for ratios that are used', () => {
    const at = (labeledAnomalyRatio: number, pollutionRatio: number) =>
      recordsOf({ labeledAnomalyRatio, pollutionRatio }, 0.9);
    const names = (records: RunRecord[]) => table(records).dimensions;
    expect(names(at(0, 0))).toEqual(['dataset']);
    expect(names(at(0, 0.1))).toEqual(['dataset', 'pollutionRatio']);
    const grid = [...at(0, 0), ...at(0.05, 0), ...at(0.05, 0.1)];
    expect(names(grid)).toEqual(['dataset', 'labeledAnomalyRatio', 'pollutionRatio']);
    expect(table(grid).rows.map((row) => row.setting)).toEqual([
      ['cardio', 0, 0],
      ['cardio', 0.05, 0],
      ['cardio', 0.05, 0.1],
    ]);
    expect(names(recordsOf({ labeledNormalRatio: 0.1 }, 0.9))).toContain('labeledNormalRatio');
  });

  test('tells apart how many anomaly classes are known', () => {
    const known = (...knownAnomalyClasses: string[]) => recordsOf({ knownAnomalyClasses }, 0.9);
    expect(table([...known('1'), ...known('2')]).rows).toHaveLength(1);
    expect(table([...known('1'), ...known('1', '2')]).rows.map((row) => row.setting)).toEqual([
      ['cardio', 0.01, 1],
      ['cardio', 0.01, 2],
    ]);
  });

  test('orders detectors as their registry does', () => {
    expect(table(SMALL).columns).toEqual(['Autoencoder', 'Deep SAD']);
  });

  test('orders ratios and the values of options by size, data sets as they come', () => {
    const records = ['satellite', 'cardio'].flatMap((dataset) =>
      [0.1, 0, 0.05].flatMap((labeledAnomalyRatio) =>
        [10, 1, 100].flatMap((eta) =>
          recordsOf({ dataset, labeledAnomalyRatio, detector: { name: 'deep-sad', options: { eta } } }, 0.9),
        ),
      ),
    );
    const { rows, columns } = table(records);
    expect(columns).toEqual(['Deep SAD (eta=1)', 'Deep SAD (eta=10)', 'Deep SAD (eta=100)']);
    expect(rows.map(({ setting }) => setting)).toEqual([
      ['satellite', 0],
      ['satellite', 0.05],
      ['satellite', 0.1],
      ['cardio', 0],
      ['cardio', 0.05],
      ['cardio', 0.1],
    ]);
  });

  test('names variants of a detector by the options in which they differ on a data set', () => {
    const variant = (dataset: string, eta: number, representationSize: number) =>
      recordsOf({ dataset, detector: { name: 'deep-sad', options: { eta, representationSize } } }, 0.9);
    const records = [...variant('mnist', 0.1, 32), ...variant('mnist', 1, 32), ...variant('cardio', 1, 8)];
    expect(table(records).columns).toEqual(['Deep SAD (eta=0.1)', 'Deep SAD (eta=1)']);
    expect(table(records.slice(1)).columns).toEqual(['Deep SAD']);
  });

  test('shows an option that follows from a varying one only where it varies itself', () => {
    const variant = (options: RunRecord['detector']['options']) =>
      recordsOf({ detector: { name: 'deep-svdd', options } }, 0.9);
    const pretrained = variant({ pretrain: true, pretrainEpochs: 150 });
    expect(table([...pretrained, ...variant({ pretrain: false })]).columns).toEqual([
      'Deep SVDD (pretrain=true)',
      'Deep SVDD (pretrain=false)',
    ]);
    expect(table([...pretrained, ...variant({ pretrain: true, pretrainEpochs: 10 })]).columns).toEqual([
      'Deep SVDD (pretrainEpochs=10)',
      'Deep SVDD (pretrainEpochs=150)',
    ]);
  });

  test('tells an option from its usual value, which records leave out', () => {
    const variant = (options: RunRecord['detector']['options']) =>
      recordsOf(
        { detector: { name: 'deep-sad', options: { pretrain: true, batchSize: 128, ...options } } },
        0.9,
      );
    const usual = variant({});
    expect(table([...usual, ...variant({ leakyReluSlope: 0.1, pretrainBatchSize: 200 })]).columns).toEqual([
      'Deep SAD (leakyReluSlope=0.01, pretrainBatchSize=128)',
      'Deep SAD (leakyReluSlope=0.1, pretrainBatchSize=200)',
    ]);
    expect(table([...usual, ...variant({ centerOf: 'without-anomalies' })]).columns).toHaveLength(2);
    expect(table(variant({ leakyReluSlope: 0.1 })).columns).toEqual(['Deep SAD']);
  });

  test('tells a start from a saved model from others, and from one that was in its folder before', () => {
    const plain = { eta: 1, pretrain: false };
    const variant = (start: object) =>
      recordsOf({ detector: { name: 'deep-sad', options: { ...plain, ...start } } }, 0.9);
    const from = (digit: string) => variant({ warmStart: 'model', warmStartChecksum: digit.repeat(64) });
    expect(table([...variant({}), ...from('a'), ...from('b')]).columns).toEqual([
      'Deep SAD (warmStart=none)',
      'Deep SAD (warmStart=model aaaaaaaa)',
      'Deep SAD (warmStart=model bbbbbbbb)',
    ]);
    expect(table(from('a')).columns).toEqual(['Deep SAD']);
  });

  test('says of a detector that it was chosen by the test set, in whatever company', () => {
    const variant = (nu: number | string) =>
      recordsOf({ detector: { name: 'oc-svm', options: { nu, kernel: 'linear' } } }, 0.9);
    expect(table(variant('best-by-test')).columns).toEqual(['OC-SVM, best of 5 ν by test AUROC']);
    expect(table([...variant('best-by-test'), ...variant(0.1)]).columns).toEqual([
      'OC-SVM, best of 5 ν by test AUROC',
      'OC-SVM (nu=0.1)',
    ]);
  });

  test('has a row for each way in which data were prepared, and says what was redrawn', () => {
    const usual = recordsOf({}, 0.9);
    const redrawn = recordsOf({ preparation: { tableScaling: 'robust', testPart: 'redrawn' } }, 0.95);
    const both = table([...usual, ...redrawn]);
    expect(both.rows.map(({ setting }) => setting)).toEqual([
      ['cardio', 0.01, 'as usual'],
      ['cardio', 0.01, 'robust+redrawn'],
    ]);
    expect(noteLines(both)).toContainEqual(
      expect.stringMatching(/share rows with the training: where prepared robust\+redrawn\.$/),
    );
    expect(noteLines(table(redrawn))).toContainEqual(expect.stringMatching(/rows with the training\.$/));
    expect(noteLines(table(usual)).join()).not.toContain('share rows');
  });

  test('marks all that are best to the digits shown', () => {
    const { rows } = table([
      ...recordsOf({ detector: AUTOENCODER }, 0.9001),
      ...recordsOf({ detector: { name: 'deep-svdd', options: {} } }, 0.9004),
      ...recordsOf({ detector: DEEP_SAD }, 0.89),
    ]);
    expect(rows[0].cells.map((cell) => cell?.best)).toEqual([true, true, false]);
  });

  test('marks no result that has nothing beside it', () => {
    const { rows } = table(SMALL);
    expect(rows.map((row) => row.cells.map((cell) => cell?.best))).toEqual([
      [false, true],
      [undefined, false],
    ]);
  });

  describe('beside the published numbers', () => {
    const published = (...aurocs: number[]) => table(recordsOf({}, ...aurocs)).rows[0].published[0];

    test('has the difference of a cell', () => {
      expect(published(0.9, 0.92)).toMatchObject({ mean: 0.95, std: 0.016, runs: 10 });
      expect(published(0.9, 0.92)?.deviation?.difference).toBeCloseTo(-0.04, 12);
    });

    // Ours: population standard deviation .03 of 10 runs, standard error .01; published: .016 / 3. Together .011333.
    const around = (center: number) => Array.from({ length: 10 }, (_, i) => center + (i % 2 ? 0.03 : -0.03));

    test.each([
      ['within two standard errors', around(0.95 - 0.0226), false],
      ['beyond two standard errors below', around(0.95 - 0.0227), true],
      ['within two standard errors above', around(0.95 + 0.0226), false],
    ])('tells whether a cell lies %s', (_where, aurocs, outside) => {
      const deviation = published(...aurocs)?.deviation;
      expect(deviation?.outside).toBe(outside);
      expect(deviation?.standardErrors).toBeCloseTo(2, 1);
    });

    test('shows a difference that rounds to nothing without a sign', () => {
      expect(renderTable(recordsOf({}, 0.9498, 0.9496))).toContain('95.0 ± 1.6 (0.0; 0.1 s.e.)');
    });

    /** Runs of a detector on MNIST with every digit as the normal class and the next ones as the only known anomaly class. */
    const pairs = (name: string, known: number, fields: Parameters<typeof exampleRecord>[0] = {}) =>
      Array.from({ length: 10 }, (_, normal) =>
        Array.from({ length: known }, (_, next) =>
          exampleRecord(
            {
              dataset: 'mnist',
              normalClass: String(normal),
              knownAnomalyClasses: [String((normal + 1 + next) % 10)],
              detector: { name, options: {} },
              ...fields,
            },
            { auroc: 0.9 + normal / 100 + next / 1e6 },
          ),
        ),
      ).flat();

    test('says over how many of the pairs of classes a cell is, where they are not all', () => {
      expect(renderTable(pairs('deep-sad', 1))).toContain('96.4 ± 2.7 (−1.9; 1.9 s.e.; 10 of 90 pairs)');
      expect(renderTable(pairs('deep-sad', 9))).toContain('96.4 ± 2.7 (−1.9; 1.9 s.e.)');
    });

    test.each([
      ['pairs of classes', pairs('deep-sad', 9)],
      ['pairs of classes and seeds', [1, 2, 3].flatMap((seed) => pairs('deep-sad', 3, { seed }))],
      ['seeds', recordsOf({}, ...around(0.9))],
    ])('has the standard error of a cell that the mean over cells has, over %s', (_what, records) => {
      const { rows, difference } = table(records);
      const deviation = rows[0].published[0]?.deviation;
      const { difference: mean = NaN, standardError = NaN } = difference ?? {};
      expect(deviation?.standardErrors).toBeCloseTo(Math.abs(mean) / standardError, 9);
    });

    test('does not compare with what is no target, and says why', () => {
      const rendered = renderTable(pairs('ssad', 1));
      expect(rendered).toContain('| 96.6 ± 2.4† |');
      expect(rendered).toMatch(
        /† no target: of raw SSAD, the paper’s table 3 has the numbers of its pollution/,
      );
      expect(rendered).not.toMatch(/s\.e\.|our difference/);
    });

    test('marks what was read from a figure', () => {
      const options = { eta: 10, representationSize: 32 };
      const rendered = renderTable(
        pairs('deep-sad', 1, {
          labeledAnomalyRatio: 0.05,
          pollutionRatio: 0.1,
          detector: { name: 'deep-sad', options },
        }),
      );
      expect(rendered).toContain('90.6 ± 4.8§ (+3.9; 3.6 s.e.‡; 10 of 90 pairs)');
      expect(rendered).toContain('§ measured in a figure');
    });

    test('judges no single run', () => {
      expect(published(0.1)?.deviation).toEqual({ difference: expect.closeTo(-0.85), outside: false });
      expect(renderTable(recordsOf({}, 0.1))).toContain('of 10 runs (our difference).');
      expect(renderTable(recordsOf({}, 0.1, 0.2))).toContain(
        'of 10 runs (our difference; in standard errors).',
      );
    });
  });

  test('says which published values are the best of several by test result', () => {
    const variants = [0.1, 'best-by-test'].flatMap((nu) =>
      recordsOf({ detector: { name: 'oc-svm', options: { nu, kernel: 'rbf' } } }, 0.9, 0.8),
    );
    const deepSvdd = recordsOf({ detector: { name: 'deep-svdd', options: {} } }, 0.9, 0.8);
    const said = 'Published as the best by test AUROC: OC-SVM of 5 ν, Deep SVDD of 3 objectives.';
    expect(noteLines(table([...variants, ...deepSvdd])).join()).toContain(said);
    expect(noteLines(table(SMALL)).join()).not.toContain('best by test');
  });

  test('names the detectors whose bandwidth the test set chose', () => {
    const ocSvm = (selection: string) =>
      recordsOf({ detector: { name: 'oc-svm', options: { kernel: 'rbf', selection } } }, 0.9);
    const said = /chosen by the AUROC on a tenth of the test set.*: OC-SVM\./;
    expect(table([...ocSvm('test-holdout'), ...SMALL]).remarks).toEqual([expect.stringMatching(said)]);
    expect(renderTable(ocSvm('test-holdout'))).toMatch(said);
    expect(table([...ocSvm('heuristic'), ...SMALL]).remarks).toEqual([]);
  });

  test('keeps the runs of two engines apart where it makes a difference', () => {
    const onTfjs = (records: RunRecord[]) => records.map((record) => ({ ...record, engine: 'tfjs' }));
    const kde = recordsOf({ detector: { name: 'kde', options: {} } }, 0.9, 0.8);
    const both = [
      ...SMALL,
      ...onTfjs(recordsOf({ dataset: 'cardio', detector: DEEP_SAD }, 0.9)),
      kde[0],
      ...onTfjs([kde[1]]),
    ];
    expect(table(both).columns).toEqual([
      'KDE',
      'Autoencoder',
      'Deep SAD (engine=native)',
      'Deep SAD (engine=tfjs)',
    ]);
    expect(table(onTfjs(SMALL)).columns).toEqual(['Autoencoder', 'Deep SAD']);
  });

  test('counts failures by reason', () => {
    const failed = (seed: number, reason: string) => exampleRecord({ seed }, { status: 'failed', reason });
    expect(table([failed(1, 'a'), failed(2, 'b'), failed(3, 'a')]).failures).toEqual([
      { column: 'Deep SAD', dataset: 'cardio', reason: 'a', runs: 2 },
      { column: 'Deep SAD', dataset: 'cardio', reason: 'b', runs: 1 },
    ]);
  });

  test('counts failures together whose reasons differ in numbers alone', () => {
    const failed = (dataset: string, seed: number, within: string) =>
      exampleRecord({ dataset, seed }, { status: 'failed', reason: `scores lie within ${within}` });
    const records = [failed('of-1', 1, '0.02'), failed('of-1', 2, '3e-7'), failed('of-2', 1, '0.1')];
    expect(table(records).failures).toEqual([
      { column: 'Deep SAD', dataset: 'of-1', reason: 'for one: scores lie within 0.02', runs: 2 },
      { column: 'Deep SAD', dataset: 'of-2', reason: 'scores lie within 0.1', runs: 1 },
    ]);
  });
});

describe('Markdown', () => {
  test('shows percent with one decimal, the best in bold, failures below', () => {
    expect(renderTable(SMALL)).toBe(
      `| Data set   |  γ_l |     Autoencoder |                     published |           Deep SAD |                   published |
| :--------- | ---: | --------------: | ----------------------------: | -----------------: | --------------------------: |
| cardio     | 0.01 | 70.0 ± 10.0 (2) | 94.3 ± 2.0 (−24.3; 2.4 s.e.‡) | **92.0 ± 2.0** (2) | 95.0 ± 1.6 (−3.0; 1.4 s.e.) |
| satimage-2 | 0.01 |               – |                             – |           98.0 (1) |           99.9 ± 0.1 (−1.9) |

AUROC in %, mean ± standard deviation (number of runs).

Published: Ruff et al. (ICLR 2020), mean ± standard deviation of 10 runs (our difference; in standard errors). ‡ more than two standard errors away.

Failed and left out: 1 run of Autoencoder on satimage-2 (collapsed: every anomaly score is 0).
`,
    );
  });

  test('says the number of runs once where it is the same in all cells', () => {
    const rendered = renderTable(recordsOf({}, 0.9, 0.8, 0.7));
    expect(rendered).toContain('| 80.0 ± 8.2 |');
    expect(rendered).toContain('mean ± standard deviation of 3 runs each.');
    expect(renderTable(recordsOf({}, 0.9))).toContain('|     90.0 |');
  });

  test('never takes a mean over two data sets of one name', () => {
    const [before, after] = ['0123456789', '0123456780'].map((start) => start.padEnd(64, '0'));
    const records = [before, after, 'f'.repeat(64)].flatMap((dataChecksum, i) =>
      recordsOf({ dataset: 't.csv', dataChecksum }, 0.5 + i / 10, 0.6 + i / 10),
    );
    const rendered = renderTable([...records, ...recordsOf({ dataset: 'other.csv' }, 0.9, 0.9)]);
    expect(rendered).toContain('| t.csv (data 0123456789) | 0.01 | 55.0 ± 5.0 |');
    expect(rendered).toContain('| t.csv (data 0123456780) | 0.01 | 65.0 ± 5.0 |');
    expect(rendered).toContain('| t.csv (data ffffffffff) | 0.01 | 75.0 ± 5.0 |');
    expect(rendered).toContain('| other.csv               | 0.01 | 90.0 ± 0.0 |');
  });

  test('survives a data set whose name holds a bar', () => {
    expect(renderTable(recordsOf({ dataset: 'a|b.csv' }, 0.9))).toContain('| a\\|b.csv |');
  });
});

test('CSV holds a line a cell, in fractions', () => {
  expect(toCsv(table(SMALL)).trimEnd().split('\n')).toEqual([
    'dataset,labeledAnomalyRatio,detector,aurocMean,aurocStd,runs,' +
      'publishedMean,publishedStd,publishedRuns,publishedPairs,readFromFigure,remark,' +
      'pairs,difference,standardErrors,outsideTwoStandardErrors',
    expect.stringMatching(
      /^cardio,0\.01,Autoencoder,0\.7,0\.1\d*,2,0\.943,0\.02,10,,false,,,-0\.243\d*,2\.42\d*,true$/,
    ),
    expect.stringMatching(
      /^cardio,0\.01,Deep SAD,0\.9\d*,0\.0\d*,2,0\.95,0\.016,10,,false,,,-0\.03\d*,1\.44\d*,false$/,
    ),
    expect.stringMatching(/^satimage-2,0\.01,Deep SAD,0\.98,0,1,0\.999,0\.001,10,,false,,,-0\.01\d*,,false$/),
  ]);
});

test('LaTeX is a booktabs table with everything escaped', () => {
  const dataset = 'metal_nut & 5%';
  const records = [
    ...recordsOf({ dataset, detector: AUTOENCODER }, 0.9, 0.8),
    ...recordsOf({ dataset, detector: DEEP_SAD }, 0.7, 0.7),
    ...recordsOf({ detector: DEEP_SAD }, 0.5996, 0.6004),
  ];
  expect(toLatex(table(records))).toBe(`\\begin{tabular}{lrrrr}
\\toprule
Data set & $\\gamma_l$ & Autoencoder & Deep SAD & published \\\\
\\midrule
metal\\_nut \\& 5\\% & 0.01 & \\textbf{85.0 $\\pm$ 5.0} & 70.0 $\\pm$ 0.0 & -- \\\\
cardio & 0.01 & -- & 60.0 $\\pm$ 0.0 & 95.0 $\\pm$ 1.6 ($-$35.0; 65.4 s.e.$^\\ddagger$) \\\\
\\bottomrule
\\end{tabular}

\\par\\smallskip{\\footnotesize AUROC in \\%, mean $\\pm$ standard deviation of 2 runs each.}

\\par\\smallskip{\\footnotesize Published: Ruff et al. (ICLR 2020), mean $\\pm$ standard deviation of 10 runs (our difference; in standard errors). $^\\ddagger$ more than two standard errors away.}
`);
});

test('a bandwidth that is chosen by cross-validation is called so', () => {
  const records = [null, 2].flatMap((bandwidth) =>
    recordsOf({ detector: { name: 'kde', options: { bandwidth } } }, 0.9),
  );
  expect(table(records).columns.toSorted()).toEqual(['KDE (bandwidth=2)', 'KDE (bandwidth=cross-validated)']);
});

test('writeTables leaves the three files and nothing else', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'tables-'));
  try {
    await writeTables(SMALL, directory);
    await writeTables(SMALL, directory);
    expect(readdirSync(directory)).toEqual(['table.csv', 'table.md', 'table.tex']);
    expect(readFileSync(join(directory, 'table.md'), 'utf8')).toBe(renderTable(SMALL));
    expect(readFileSync(join(directory, 'table.csv'), 'utf8')).toBe(toCsv(table(SMALL)));
    expect(readFileSync(join(directory, 'table.tex'), 'utf8')).toBe(toLatex(table(SMALL)));
  } finally {
    rmSync(directory, { recursive: true });
  }
});

test('no records make an empty table', () => {
  expect(renderTable([])).toBe('| Data set |\n| :------- |\n\nNo run has a result.\n');
});
