import { expect, test } from '@jest/globals';
import { columnRanks } from './mean-ranks.js';
import { table } from './table.js';
import { exampleRecord } from './testing/records.js';

const run = (dataset: string, name: string, auroc: number) =>
  exampleRecord({ dataset, detector: { name, options: {} } }, { auroc });

test('ranks are means over data sets, of detectors that have runs on all, and shared where means are equal', () => {
  const records = [
    ...[run('a', 'kde', 0.7), run('a', 'autoencoder', 0.9), run('a', 'deep-sad', 0.8)],
    ...[run('b', 'kde', 0.6), run('b', 'autoencoder', 0.5), run('b', 'deep-sad', 0.6)],
    // The best of its one data set.
    run('b', 'ssad', 1),
  ];
  const shown = table(records);
  expect(shown.columns).toEqual(['KDE', 'Autoencoder', 'SSAD', 'Deep SAD']);
  expect(columnRanks(shown)).toEqual([(3 + 1.5) / 2, (1 + 3) / 2, undefined, (2 + 1.5) / 2]);
});

test('means that are equal but for their rounding share a rank', () => {
  const seeds = (name: string, auroc: number) =>
    [1, 2, 3].map((seed) =>
      exampleRecord({ dataset: 'a', detector: { name, options: {} }, seed }, { auroc }),
    );
  // The mean of three times 0.7 is 0.6999999999999998.
  const records = [...seeds('kde', 0.7), run('a', 'ssad', 0.7), run('b', 'kde', 0.5), run('b', 'ssad', 0.5)];
  expect(columnRanks(table(records))).toEqual([1.5, 1.5]);
});

test('a single data set or a single detector has no ranks', () => {
  expect(columnRanks(table([run('a', 'kde', 0.7), run('a', 'ssad', 0.9)]))).toEqual([undefined, undefined]);
  expect(columnRanks(table([run('a', 'kde', 0.7), run('b', 'kde', 0.9)]))).toEqual([undefined]);
});
