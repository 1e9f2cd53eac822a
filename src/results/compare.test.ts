import { describe, expect, test } from '@jest/globals';
import { range } from 'es-toolkit';
import { compareResults } from './compare.js';
import { isApart } from './compare-wording.js';
import { exampleRecord } from './testing/records.js';

const deepSad = (options: Record<string, number>) => ({ name: 'deep-sad', options });

/** Runs of Deep SAD and KDE with these seeds, whose AUROC differs from the seed's own by `added`. */
const experiment = (seeds: readonly number[], eta: number, added: number, pollutionRatio = 0) =>
  seeds.flatMap((seed) => [
    exampleRecord({ seed, pollutionRatio, detector: deepSad({ eta }) }, { auroc: 0.5 + seed / 64 + added }),
    exampleRecord({ seed, pollutionRatio, detector: { name: 'kde', options: {} } }, { auroc: 0.5 }),
  ]);

describe('two experiments', () => {
  const compared = compareResults(experiment([1, 2, 3], 1, 0), experiment([2, 3, 4, 5], 10, 0.125, 0.1));

  test('differ in settings and options, whose values are named in order', () => {
    expect(compared.common).toBe('cardio, γ_l 0.01');
    expect(compared.differing).toEqual([
      { name: 'γ_p', values: ['0', '0.1'] },
      { name: 'seed', values: ['1..3', '2..5'] },
      { name: 'Deep SAD: eta', values: ['1', '10'] },
    ]);
  });

  test('have means of each detector, and of the runs that both have the mean of their differences', () => {
    const [{ setting, detectors }, ...more] = compared.settings;
    expect([setting, more]).toEqual(['', []]);
    expect(detectors.map(({ detector }) => detector)).toEqual(['Deep SAD', 'KDE']);
    const [{ metrics }, kde] = detectors;
    expect(metrics.auroc.spreads.map((spread) => spread?.mean)).toEqual([0.5 + 2 / 64, 0.625 + 3.5 / 64]);
    expect(metrics.auroc.difference).toBeCloseTo(0.125 + 1.5 / 64, 12);
    expect(metrics.auroc.paired).toEqual({ pairs: 2, mean: 0.125, standardError: 0 });
    expect(kde.metrics.averagePrecision.difference).toBe(0);
    expect([compared.pairs, compared.same]).toEqual([4, 2]);
  });
});

test('what varies on either side is a setting of its own', () => {
  const both = [...experiment([1], 1, 0), ...experiment([1], 1, 0, 0.1)];
  const { common, settings } = compareResults(both, experiment([1], 1, 0.25));
  expect(common).toBe('cardio, γ_l 0.01');
  expect(settings.map(({ setting, detectors }) => [setting, detectors[0].metrics.auroc.difference])).toEqual([
    ['γ_p 0', 0.25],
    ['γ_p 0.1', undefined],
  ]);
});

test('runs that failed are in no mean', () => {
  const failed = exampleRecord(
    { seed: 9, detector: deepSad({ eta: 1 }) },
    { status: 'failed', reason: 'lost' },
  );
  const done = experiment([1, 2], 1, 0);
  const spreadsOf = (records: typeof done) =>
    compareResults(records, done).settings[0].detectors[0].metrics.auroc.spreads[0];
  expect(spreadsOf([failed, ...done])).toEqual(spreadsOf(done));
});

test('variants of a detector on one side are compared by their options', () => {
  const variants = [1, 10].map((eta) => exampleRecord({ detector: deepSad({ eta }) }));
  const [{ detectors }] = compareResults(variants, variants.slice(0, 1)).settings;
  expect(detectors.map(({ detector, metrics }) => [detector, metrics.auroc.paired?.pairs])).toEqual([
    ['Deep SAD (eta=1)', 1],
    ['Deep SAD (eta=10)', undefined],
  ]);
});

test('single runs are compared whatever their detectors are, and those of other data are no pair', () => {
  const [first, second] = ['kde', 'ssad'].map((name) => exampleRecord({ detector: { name, options: {} } }));
  const named = compareResults([first], [second]);
  expect(named.settings[0].detectors.map(({ detector }) => detector)).toEqual(['KDE / SSAD']);
  expect(named.pairs).toBe(1);
  const other = compareResults([first], [{ ...first, dataChecksum: 'cd'.repeat(32) }]);
  expect(other.differing).toEqual([
    { name: 'data set', values: ['cardio (data abababab)', 'cardio (data cdcdcdcd)'] },
  ]);
  expect(other.pairs).toBe(0);
  expect(compareResults([first], [{ ...second, knownAnomalyClasses: ['9'] }]).pairs).toBe(0);
});

test('runs of one normal class are no independent ones', () => {
  const runs = (added: (normalClass: string) => number) =>
    ['0', '1', '2'].flatMap((normalClass) =>
      ['3', '4'].flatMap((known) =>
        [1, 2].map((seed) =>
          exampleRecord(
            { normalClass, knownAnomalyClasses: [known], seed },
            { auroc: 0.5 + seed / 64 + Number(known) / 32 + added(normalClass) },
          ),
        ),
      ),
    );
  const second = runs((normalClass) => 0.125 - Number(normalClass) / 16);
  const [{ detectors }] = compareResults(
    runs(() => 0),
    second,
  ).settings;
  // Over the means of three classes, 0.125, 0.0625 and 0, as the table has it, and not over twelve pairs.
  const standardError = expect.closeTo(0.0625 / Math.sqrt(3), 12);
  expect(detectors[0].metrics.auroc.paired).toEqual({ pairs: 12, mean: 0.0625, standardError });
});

test('known classes of which a detector makes nothing leave its seeds as what differs', () => {
  const runs = (added: number) =>
    ['1', '2', '3'].flatMap((known) =>
      [1, 2, 3].map((seed) =>
        exampleRecord(
          {
            normalClass: '0',
            knownAnomalyClasses: [known],
            seed,
            detector: { name: 'deep-svdd', options: {} },
          },
          { auroc: 0.5 + (seed * added) / 16 },
        ),
      ),
    );
  const [{ detectors }] = compareResults(runs(1), runs(2)).settings;
  const standardError = expect.closeTo(0.0625 / Math.sqrt(3), 12);
  expect(detectors[0].metrics.auroc.paired).toEqual({ pairs: 9, mean: 0.125, standardError });
});

test('differences that are rounding alone are not apart', () => {
  const seeds = (added: number) =>
    [1, 2].map((seed) => exampleRecord({ seed }, { auroc: 0.5 + seed / 8 + added }));
  const [{ detectors }] = compareResults(seeds(0), seeds(2 ** -52)).settings;
  expect(isApart(detectors[0].metrics.auroc)).toBe(false);
});

test('differences that are all alike have no standard error beyond rounding, and one pair has none', () => {
  const seeds = range(1, 9);
  const { settings } = compareResults(experiment(seeds, 1, 0), experiment(seeds, 1, 0.25));
  expect(settings[0].detectors[0].metrics.auroc.paired).toEqual({ pairs: 8, mean: 0.25, standardError: 0 });
  const [one] = compareResults(experiment([1], 1, 0), experiment([1], 1, 0.25)).settings;
  expect(one.detectors[0].metrics.auroc.paired).toEqual({ pairs: 1, mean: 0.25 });
});

test('a way of preparing data is one value among those that differ, whatever it is made of', () => {
  const usual = exampleRecord({ preparation: { tableScaling: 'standardize' } });
  const redrawn = exampleRecord({ preparation: { tableScaling: 'standardize', testPart: 'redrawn' } });
  expect(compareResults([usual], [usual, redrawn]).differing).toEqual([
    { name: 'preparation', values: ['standardize', 'standardize, standardize+redrawn'] },
  ]);
});
