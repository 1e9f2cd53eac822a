import { describe, expect, test } from '@jest/globals';
import { range } from 'es-toolkit';
import { MOST_PAIRED, pairedColumns } from './pairing.js';
import { signedRankTest } from './signed-rank-test.js';
import { significanceBySetting, significances } from './significance.js';
import { exampleRecord } from './testing/records.js';

describe('paired runs', () => {
  const detector = (name: string) => ({ name, options: {} });
  const run = (name: string, seed: number, auroc: number) =>
    exampleRecord({ detector: detector(name), seed }, { auroc });

  test('share all but the detector, and both were done', () => {
    const records = [
      run('deep-sad', 1, 0.75),
      run('deep-sad', 2, 0.5),
      run('deep-sad', 3, 0.9),
      exampleRecord({ detector: detector('autoencoder'), seed: 3 }, { status: 'failed', reason: 'lost' }),
      run('autoencoder', 2, 0.625),
      run('autoencoder', 1, 0.25),
      run('autoencoder', 4, 0.9),
    ];
    const [columns, ...more] = pairedColumns(records);
    expect(more).toEqual([]);
    expect(columns.pairs.map(({ first, second }) => [first.seed, first.auroc, second.auroc])).toEqual([
      [2, 0.625, 0.5],
      [1, 0.25, 0.75],
    ]);
    expect(significances([columns], 'auroc')).toEqual([
      {
        first: 'Autoencoder',
        second: 'Deep SAD',
        pairs: 2,
        wins: 1,
        losses: 1,
        meanDifference: -0.1875,
      },
    ]);
  });

  test('are tested from six pairs on, and corrected for all comparisons', () => {
    const seeds = [1, 2, 3, 4, 5, 6];
    const records = seeds.flatMap((seed) => [
      run('deep-sad', seed, 0.9 + seed / 1000),
      run('autoencoder', seed, 0.5 + seed / 1e6),
      run('kde', seed, 0.5 + seed / 1e6 + (seed % 2 ? seed : -seed) / 10000),
    ]);
    // A comparison of one pair is none that is tested.
    const tests = significances(pairedColumns([...records, run('ssad', 1, 0.7)]), 'auroc').filter(
      ({ pValue }) => pValue !== undefined,
    );
    const balanced = signedRankTest([1, -2, 3, -4, 5, -6]).pValue;
    // All six alike: 2 / 2⁶, of which the least of three counts thrice, and the next no less than it.
    expect(tests.map(({ first, second, corrected }) => [first, second, corrected])).toEqual([
      ['KDE', 'Autoencoder', expect.closeTo(balanced, 12)],
      ['KDE', 'Deep SAD', expect.closeTo(3 / 32, 12)],
      ['Autoencoder', 'Deep SAD', expect.closeTo(3 / 32, 12)],
    ]);
    const five = significances(pairedColumns(records.filter(({ seed }) => seed < 6)), 'auroc');
    expect(five.map(({ pairs, pValue, corrected }) => [pairs, pValue, corrected])).toEqual(
      Array(3).fill([5, undefined, undefined]),
    );
  });

  test('have a corrected p-value of at most 1', () => {
    const records = range(8).flatMap((seed) => [
      run('deep-sad', seed, 0.5 + seed / 64),
      run('autoencoder', seed, 0.5 + seed / 64 + (seed % 2 ? 1 : -1) / 256),
      run('kde', seed, 0.5 + seed / 64 + (seed % 4 < 2 ? 1 : -1) / 512),
    ]);
    for (const { pValue, corrected } of significances(pairedColumns(records), 'auroc')) {
      expect(3 * Number(pValue)).toBeGreaterThan(1);
      expect(corrected).toBe(1);
    }
  });

  test('say which is higher by the ranks that are tested, whatever the mean difference', () => {
    // Higher by 1 point in eighteen pairs and lower by 29 in two.
    const records = range(20).flatMap((seed) => [
      run('kde', seed, 0.5 + seed / 1000),
      run('deep-sad', seed, (seed < 18 ? 0.51 : 0.21) + seed / 1000),
    ]);
    const [{ first, meanDifference, corrected, sign }] = significances(pairedColumns(records), 'auroc');
    expect({ first, meanDifference, sign }).toEqual({
      first: 'KDE',
      meanDifference: expect.closeTo(0.02, 12),
      sign: -1,
    });
    expect(corrected).toBeLessThan(0.05);
  });

  test('that are equal do not count towards the six', () => {
    const pairsOf = (equal: number, differing: number) =>
      range(equal + differing).flatMap((seed) => [
        run('autoencoder', seed, 0.5 + seed / 1024),
        run('deep-sad', seed, 0.5 + seed / 1024 + (seed < equal ? 0 : 0.25)),
      ]);
    const tested = (equal: number, differing: number) => {
      const [{ pairs, losses, pValue }] = significances(pairedColumns(pairsOf(equal, differing)), 'auroc');
      return [pairs, losses, pValue];
    };
    expect(tested(1, 5)).toEqual([6, 5, undefined]);
    expect(tested(9, 0)).toEqual([9, 0, undefined]);
    expect(tested(2, 6)).toEqual([8, 6, 2 / 2 ** 6]);
  });

  test('differ by what rounding leaves', () => {
    // 0.9 − 0.8 is less than 0.8 − 0.7, and 0.4 − 0.3 more than 0.3 − 0.2.
    const records = [0.9, 0.8, 0.7, 0.6, 0.5, 0.4, 0.3].flatMap((auroc, seed) => {
      const [higher, lower] = [auroc, Number((auroc - 0.1).toFixed(1))];
      return [
        run('deep-sad', seed, seed === 0 ? lower : higher),
        run('autoencoder', seed, seed === 0 ? higher : lower),
      ];
    });
    // As far from the middle lie, on one side, no sign below 0 and any single one.
    expect(significances(pairedColumns(records), 'auroc')[0].pValue).toBe((2 * (1 + 7)) / 2 ** 7);
  });

  test('count once where a detector comes to the same with every seed, unless that is all there is to come to', () => {
    const seeds = [1, 2, 3, 4, 5, 6];
    const records = ['0', '1'].flatMap((normalClass) =>
      seeds.flatMap((seed) => [
        exampleRecord({ normalClass, detector: detector('kde'), seed }, { auroc: 0.75 }),
        exampleRecord({ normalClass, detector: detector('autoencoder'), seed }, { auroc: 0.5 + seed / 16 }),
        exampleRecord({ normalClass, detector: detector('deep-sad'), seed }, { auroc: 1 }),
      ]),
    );
    expect(
      significances(pairedColumns(records), 'auroc').map(({ first, second, pairs, wins }) => [
        first,
        second,
        pairs,
        wins,
      ]),
    ).toEqual([
      // The mean of the autoencoder's seeds is below 0.75 for either class.
      ['KDE', 'Autoencoder', 2, 2],
      ['KDE', 'Deep SAD', 2, 0],
      ['Autoencoder', 'Deep SAD', 12, 0],
    ]);
  });

  test('are compared in each setting apart, and in all of them pooled, by either metric', () => {
    const records = [0, 0.1].flatMap((pollutionRatio) =>
      ['0', '1', '2'].flatMap((normalClass) => [
        exampleRecord(
          { normalClass, pollutionRatio, detector: detector('kde') },
          { status: 'done', auroc: 0.5 + pollutionRatio, averagePrecision: 0.9 },
        ),
        exampleRecord({ normalClass, pollutionRatio, detector: detector('deep-sad') }, { auroc: 0.75 }),
      ]),
    );
    const of = (metric: 'auroc' | 'averagePrecision') =>
      significanceBySetting(records)[metric].map(({ setting, comparisons: [{ pairs, wins }] }) => [
        setting,
        pairs,
        wins,
      ]);
    const settings = ['cardio, γ_l 0.01, γ_p 0', 'cardio, γ_l 0.01, γ_p 0.1'];
    expect(of('auroc')).toEqual([...settings.map((setting) => [setting, 3, 0]), [undefined, 6, 0]]);
    expect(of('averagePrecision')).toEqual([
      ...settings.map((setting) => [setting, 3, 3]),
      [undefined, 6, 6],
    ]);
    expect(significanceBySetting(records.slice(0, 6)).auroc.map(({ setting }) => setting)).toEqual([
      'cardio, γ_l 0.01',
    ]);
  });

  test('are of at most a hundred columns, whose pairs still have room in a page', () => {
    const variants = (count: number) =>
      range(count).map((trees) =>
        exampleRecord({ detector: { name: 'isolation-forest', options: { trees } } }),
      );
    expect(pairedColumns(variants(MOST_PAIRED))).toHaveLength((100 * 99) / 2);
    expect(pairedColumns(variants(MOST_PAIRED + 1))).toEqual([]);
  });

  test.each([
    ['data', { dataChecksum: 'cd'.repeat(32) }],
    ['normal class', { normalClass: '1' }],
    ['known anomaly classes', { knownAnomalyClasses: [] }],
    ['labeled anomaly ratio', { labeledAnomalyRatio: 0.2 }],
    ['labeled normal ratio', { labeledNormalRatio: 0.2 }],
    ['pollution ratio', { pollutionRatio: 0.2 }],
  ])('are not paired across another %s', (_what, fields) => {
    const other = exampleRecord({ detector: detector('autoencoder'), ...fields });
    expect(pairedColumns([run('deep-sad', 1, 0.9), other])).toEqual([]);
  });
});
