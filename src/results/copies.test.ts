import { describe, expect, test } from '@jest/globals';
import { range } from 'es-toolkit';
import { compareResults } from './compare.js';
import { byResult } from './copies.js';
import { meanDifference } from './mean-difference.js';
import { pairedColumns } from './pairing.js';
import { isDone, type RunRecord } from './record.js';
import { significanceBySetting, significances } from './significance.js';
import { spreadOf } from './spread.js';
import { table } from './table.js';
import { exampleRecord } from './testing/records.js';

const CLASSES = range(10).map(String);

/** An AUROC of a detector that learns from no labels, in no order that repeats. */
const aurocOf = (name: string, normalClass: string, seed: number) =>
  0.75 + 0.2 * Math.sin(name.length ** 2 + 7 * Number(normalClass) + seed);

/** Runs of detectors with each of some classes the normal one and so many others known, which make no difference to them. */
function unlabeled(
  names: readonly string[],
  known: number,
  seeds: readonly number[] = [1],
  added = 0,
  normalClasses: readonly string[] = CLASSES,
): RunRecord[] {
  return names.flatMap((name) =>
    normalClasses.flatMap((normalClass) =>
      CLASSES.filter((other) => other !== normalClass)
        .slice(0, known)
        .flatMap((other) =>
          seeds.map((seed) =>
            exampleRecord(
              {
                dataset: 'mnist',
                normalClass,
                knownAnomalyClasses: [other],
                labeledAnomalyRatio: 0.05,
                detector: { name, options: {} },
                seed,
              },
              { auroc: aurocOf(name, normalClass, seed) + added * Math.sin(Number(normalClass)) },
            ),
          ),
        ),
    ),
  );
}

const NAMES = ['kde', 'isolation-forest'];

/** The same of a single normal class, with eight seeds. */
const ofOneClass = (names: readonly string[], known: number) =>
  unlabeled(names, known, range(1, 9), 0, ['0']);

/** All statistics of runs that say how sure they are, with how many runs they count. */
const STATISTICS = [
  ['the standard errors of a cell', (known: number) => spreadOf(unlabeled(['kde'], known, [1, 2]))?.errors],
  [
    'the standard errors of a cell of one normal class',
    (known: number) => spreadOf(ofOneClass(['kde'], known))?.errors,
  ],
  [
    'how many standard errors a cell is from the published one',
    (known: number) => table(unlabeled(['kde'], known)).rows[0].published[0]?.deviation?.standardErrors,
  ],
  [
    'the standard error of the mean difference from the published cells',
    (known: number) => table(unlabeled(NAMES, known, [1, 2])).difference?.standardError,
  ],
  [
    'the pairs and p of a comparison',
    (known: number) =>
      significanceBySetting(unlabeled(NAMES, known, [1, 2])).auroc.map(
        ({ comparisons: [{ pairs, wins, pValue }] }) => ({
          pairs,
          wins,
          pValue,
        }),
      ),
  ],
  [
    'the standard error of the difference of two experiments',
    (known: number) =>
      compareResults(unlabeled(['kde'], known), unlabeled(['kde'], known, [1], 0.01)).settings[0].detectors[0]
        .metrics.auroc.paired?.standardError,
  ],
  [
    'the pairs and p of a comparison with one normal class',
    (known: number) =>
      significances(pairedColumns(ofOneClass(NAMES, known)), 'auroc').map(({ pairs, pValue }) => [
        pairs,
        pValue,
      ]),
  ],
  [
    'the standard error of the difference of two experiments with one normal class',
    (known: number) =>
      compareResults(ofOneClass(['kde'], known), ofOneClass(['isolation-forest'], known)).settings[0]
        .detectors[0].metrics.auroc.paired?.standardError,
  ],
] as const;

test.each(STATISTICS)('runs that other known classes make no difference to do not change %s', (_what, of) => {
  const numbers = (known: number) =>
    JSON.parse(JSON.stringify(of(known)), (_key, value) =>
      typeof value === 'number' ? expect.closeTo(value, 9) : value,
    );
  expect(of(1)).toBeDefined();
  expect(of(9)).toEqual(numbers(1));
});

describe('a result that runs share', () => {
  const [kde, forest, deepSad, ssad] = ['kde', 'isolation-forest', 'deep-sad', 'ssad'];
  const run = (
    name: string,
    normalClass: string,
    known: string,
    auroc: number,
    { seed = 1, labeledAnomalyRatio = 0.05 } = {},
  ) =>
    exampleRecord(
      {
        normalClass,
        knownAnomalyClasses: [known],
        labeledAnomalyRatio,
        detector: { name, options: {} },
        seed,
      },
      { auroc },
    );
  const CHOICES = range(5).flatMap((normal) => range(4).map((known) => [normal, known] as const));
  const pairsOf = (records: RunRecord[]) =>
    significances(pairedColumns(records), 'auroc').map(({ first, second, pairs, pValue }) => [
      `${first} – ${second}`,
      pairs,
      pValue !== undefined,
    ]);

  test('makes one pair with the mean of the other detector’s, and none of those that differ by labels are one', () => {
    const records = CHOICES.flatMap(([normal, known]) => {
      const at = (name: string, auroc: number) => run(name, String(normal), String(known), auroc);
      return [
        at(kde, 0.5 + normal / 16),
        at(forest, 0.75 + normal / 64),
        at(deepSad, 0.5 + (normal * 4 + known) / 64),
        at(ssad, 0.625 + (normal * 4 + known) / 128),
      ];
    });
    expect(pairsOf(records)).toEqual([
      ['Isolation forest – KDE', 5, false],
      ['Isolation forest – SSAD', 5, false],
      ['Isolation forest – Deep SAD', 5, false],
      ['KDE – SSAD', 5, false],
      ['KDE – Deep SAD', 5, false],
      ['SSAD – Deep SAD', 20, true],
    ]);
  });

  test('is one across ratios of labels, and with known classes that seeds draw', () => {
    const records = [0.01, 0.05].flatMap((labeledAnomalyRatio) =>
      range(6).flatMap((normal) =>
        [1, 2, 3].flatMap((seed) => {
          const at = (name: string, auroc: number) =>
            run(name, String(normal), `drawn by ${seed}`, auroc, { seed, labeledAnomalyRatio });
          return [
            at(kde, 0.5 + normal / 16),
            at(forest, 0.75 + (normal * 3 + seed) / 128),
            at(deepSad, 0.25 + (normal * 3 + seed) / 256 + labeledAnomalyRatio),
          ];
        }),
      ),
    );
    const pooled = significanceBySetting(records).auroc.find(({ setting }) => setting === undefined);
    expect(pooled?.comparisons.map(({ first, second, pairs }) => [first, second, pairs])).toEqual([
      // With every seed the same.
      ['Isolation forest', 'KDE', 6],
      // The forest has a result a seed, and Deep SAD one a ratio too.
      ['Isolation forest', 'Deep SAD', 18],
      ['KDE', 'Deep SAD', 6],
    ]);
  });

  test('is none where some seeds alone come to the same, or all is separated', () => {
    const done = (aurocs: readonly number[], normalClass = '0') =>
      aurocs.map((auroc, seed) => run(deepSad, normalClass, '1', auroc, { seed })).filter(isDone);
    const counts = (records: ReturnType<typeof done>) =>
      byResult(records, (each) => each).map(({ length }) => length);
    expect(counts(done([0.75, 0.75, 0.5]))).toEqual([1, 1, 1]);
    expect(counts(done([0.75, 0.75, 0.75]))).toEqual([3]);
    expect(counts(done([1, 1, 1]))).toEqual([1, 1, 1]);
    const precisions = done([0.75, 0.75]).map((record, i) => ({ ...record, averagePrecision: 0.5 + i / 4 }));
    expect(counts(precisions)).toEqual([1, 1]);
    expect(counts([...done([0.75]), ...done([0.75], '2')])).toEqual([1, 1]);
  });

  test('is none with other pollution, data or preparation', () => {
    const [record] = [run(kde, '0', '1', 0.75)];
    const others = [
      { ...record, pollutionRatio: 0.1 },
      { ...record, dataChecksum: 'cd'.repeat(32) },
      { ...record, preparation: { testPart: 'redrawn' as const } },
    ];
    expect(byResult([record, ...others].filter(isDone), (each) => each)).toHaveLength(4);
  });
});

test('one result has no standard error, whatever seeds and known classes it is of', () => {
  const records = ['1', '2'].flatMap((known) =>
    [1, 2, 3].map((seed) => exampleRecord({ knownAnomalyClasses: [known], seed }, { auroc: 0.75 })),
  );
  expect(spreadOf(records)).toMatchObject({ std: 0, runs: 6 });
  expect(spreadOf(records)?.errors).toEqual({});
});

test('known classes that make no difference are one class where each lacks some run, in whatever order runs are', () => {
  const all = ofOneClass(['kde'], 3);
  const some = all.filter((_, place) => place % 5 !== 0);
  const { errors } = spreadOf(all) ?? {};
  expect(errors).toEqual({ seeds: expect.any(Number) });
  for (const records of [some, some.toReversed()]) expect(spreadOf(records)?.errors).toEqual(errors);
  const paired = (records: readonly RunRecord[]) =>
    compareResults(records, ofOneClass(['isolation-forest'], 3)).settings[0].detectors[0].metrics.auroc
      .paired;
  expect(paired(some)?.standardError).toBeCloseTo(paired(all)?.standardError ?? Number.NaN, 12);
});

test('pairs that share a result with others that do are together', () => {
  // One detector has a result a seed, whatever the ratio, and the other one a result a ratio, whatever the seed.
  const pairOf = (seed: number, labeledAnomalyRatio: number) => {
    const at = (auroc: number) => exampleRecord({ normalClass: '0', seed, labeledAnomalyRatio }, { auroc });
    return [at(0.5 + seed / 8), at(0.5 + labeledAnomalyRatio)].filter(isDone);
  };
  const pairs = [pairOf(1, 0.01), pairOf(2, 0.05), pairOf(1, 0.05), pairOf(2, 0.01)];
  const [first, second] = [0, 1].map((side) => (pair: (typeof pairs)[0]) => pair[side]);
  expect(byResult(pairs, first, second)).toEqual([pairs]);
  expect(byResult(pairs, first)).toEqual([
    [pairs[0], pairs[2]],
    [pairs[1], pairs[3]],
  ]);
});

test('cells of one normal class err together, whatever classes are known in them', () => {
  const published = { mean: 0.75, std: 0.1, runs: 101, readFromFigure: false };
  const cell = (known: readonly string[]) => ({
    runs: ['0', '1']
      .map((normalClass) =>
        exampleRecord(
          { dataset: 'mnist', normalClass, knownAnomalyClasses: known },
          { auroc: normalClass === '0' ? 0.85 : 0.65 },
        ),
      )
      .filter(isDone),
    published,
  });
  const errorOf = (...cells: ReturnType<typeof cell>[]) => meanDifference(cells)?.standardError;
  expect(errorOf(cell([]), cell(['2']), cell(['3']))).toBeCloseTo(errorOf(cell(['2'])) ?? Number.NaN, 12);
});
