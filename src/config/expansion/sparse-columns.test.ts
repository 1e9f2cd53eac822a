import { describe, expect, test } from '@jest/globals';
import { range } from 'es-toolkit/math/range';
import type { Dataset } from '../../data/dataset.js';
import { prepare } from '../../data/prepare.js';
import { parseConfig } from '../load.js';
import { schema, tableOf } from '../testing/examples.js';
import { expand } from './expand.js';

const SEEDS = range(1, 31);

/** A table of 60 normal rows and 20 anomalies, of which the second of two columns has values in the given rows alone. */
function tableWith(rows: readonly number[], keys: Partial<Dataset> = {}): Dataset {
  const table = tableOf(60, 20);
  const values = Float64Array.from({ length: 160 }, (_, i) =>
    i % 2 === 0 || rows.includes((i - 1) / 2) ? i : Number.NaN,
  );
  return { ...table, name: 'parts.csv', shape: [2], training: { ...table.training, values }, ...keys };
}

function expanded(dataset: Dataset, seeds: readonly number[], keys: object = {}) {
  const config = { name: 'a', dataset: 'cardio', detectors: ['deep-sad', 'autoencoder'], seeds, ...keys };
  return expand(parseConfig(JSON.stringify(config), 'a.json', [], schema).experiment, dataset).runs;
}

/** Those of the seeds of which no run could be scaled. */
const failing = (dataset: Dataset, keys: object = {}) =>
  SEEDS.filter((seed) => {
    const [run] = expanded({ ...dataset, training: tableOf(60, 20).training, shape: [1] }, [seed], keys);
    try {
      prepare(dataset, run);
      return false;
    } catch (error) {
      expect((error as Error).message).toContain('is missing in all of');
      return true;
    }
  });

describe('a column of so few values that a split may leave none for training', () => {
  const columns = [{ name: 'size' }, { name: 'colour' }];

  test.each<[string, number[], object]>([
    ['one row', [7], {}],
    ['two rows', [7, 70], {}],
    ['three rows, and a test part that is drawn again', [7, 8, 9], { testPart: 'redrawn' }],
  ])('of %s is refused for all seeds where it does for one', (_, rows, keys) => {
    const dataset = tableWith(rows, { columns });
    const wrong = failing(dataset, keys);
    expect(wrong.length).toBeGreaterThan(0);
    expect(wrong.length).toBeLessThan(SEEDS.length);
    expect(() => expanded(dataset, SEEDS, keys)).toThrow('column colour has a value in');
    for (const seed of SEEDS) {
      const plan = () => expanded(dataset, [seed], keys);
      if (wrong.includes(seed)) expect(plan).toThrow(`and the split of seed ${seed} leaves none`);
      else expect(plan()).toHaveLength(2);
    }
    const right = SEEDS.filter((seed) => !wrong.includes(seed));
    expect(expanded(dataset, right, keys)).toHaveLength(2 * right.length);
  });

  test('is named with the rows, the seeds and what mends it', () => {
    const seeds = failing(tableWith([7])).slice(0, 2);
    expect(() => expanded(tableWith([7], { columns }), seeds)).toThrow(
      `dataset: on parts.csv, column colour has a value in 1 of 80 rows, and the split of seeds ${seeds.join(', ')} leaves none of them for training; ` +
        'leave the column out (key drop), or give a table to test on (key test)',
    );
    expect(() => expanded(tableWith([7]), seeds)).toThrow(
      'on parts.csv, feature 2 (counted from 1) has a value in 1 of 80 rows',
    );
    expect(() => expanded(tableWith([7]), seeds)).toThrow('; save X without it, or give a table');
  });

  test('is taken where there is a table to test on', () => {
    const dataset = tableWith([7], { columns });
    expect(expanded({ ...dataset, test: dataset.training }, SEEDS)).toHaveLength(2 * SEEDS.length);
  });
});
