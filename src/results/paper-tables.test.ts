import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { range } from 'es-toolkit';
import { expand } from '../config/expansion/expand.js';
import { loadConfig } from '../config/load.js';
import { imagesOf, tableOf } from '../config/testing/examples.js';
import { readDescriptor } from '../data/descriptor.js';
import { DETECTORS } from '../detectors/registry.js';
import { PACKAGE_ROOT } from '../package.js';
import { toCsv } from './csv.js';
import { toMarkdown } from './markdown.js';
import { type PaperTable, paperTables } from './paper-tables.js';
import { isInSetting, publishedExhibits } from './published.js';
import type { RunRecord } from './record.js';
import { exampleRecord } from './testing/records.js';

/** A run of each of MNIST's digits as the normal class. */
function digits(fields: Parameters<typeof exampleRecord>[0] = {}, auroc = 0.9): RunRecord[] {
  return Array.from({ length: 10 }, (_, normal) =>
    exampleRecord(
      {
        dataset: 'mnist',
        normalClass: String(normal),
        knownAnomalyClasses: [String((normal + 1) % 10)],
        ...fields,
      },
      { auroc: auroc + normal / 1000 },
    ),
  );
}

const deepSad = (options: RunRecord['detector']['options']) => ({ name: 'deep-sad', options });
const named = (tables: readonly PaperTable[], name: string) => {
  const found = tables.find((candidate) => candidate.name === name);
  if (!found) throw new Error(`there is no ${name}`);
  return found.table;
};

describe('the paper’s tables', () => {
  test('are those that runs belong to, of the data sets that have some', () => {
    expect(paperTables([])).toEqual([]);
    expect(paperTables([exampleRecord({ dataset: 'parts.csv' })])).toEqual([]);
    expect(paperTables(digits({ normalClass: '0' }))).toEqual([]);
    expect(paperTables([exampleRecord()]).map(({ name, table }) => [name, table.rows.length])).toEqual([
      ['table-6', 1],
    ]);
  });

  test('have every cell of the paper, with and without runs', () => {
    const table = named(paperTables(digits()), 'table-3');
    expect(table.dimensions).toEqual(['dataset', 'labeledAnomalyRatio']);
    expect(table.columns).toHaveLength(13);
    expect(table.rows.map(({ setting }) => setting)).toEqual(
      [0, 0.01, 0.05, 0.1, 0.2].map((ratio) => ['mnist', ratio]),
    );
    expect(table.rows.flatMap(({ published }) => published.filter((stated) => stated))).toHaveLength(31);
    expect(table.rows.flatMap(({ cells }) => cells.filter((cell) => cell))).toHaveLength(1);
    const column = table.columns.indexOf('Deep SAD');
    expect(table.rows[1].cells[column]).toMatchObject({ mean: expect.closeTo(0.9045), runs: 10 });
    expect(table.rows[1].published[column]).toMatchObject({
      mean: 0.964,
      deviation: { difference: expect.closeTo(-0.0595), pairs: 10, outside: true },
    });
    const markdown = toMarkdown(table);
    expect(markdown).toContain('96.4 ± 2.7 (−5.9; 19.7 s.e.‡; 10 of 90 pairs)');
    expect(markdown).toContain('89.9 ± 9.2'); // SS-DGM, whether or not there are runs of it
    expect(toCsv(table).trimEnd().split('\n')).toHaveLength(1 + 31);
  });

  test('put settings of one value in one row, whatever stands behind their numbers', () => {
    const table = named(paperTables(digits({ labeledAnomalyRatio: 0.05, pollutionRatio: 0.1 })), 'table-4');
    expect(table.rows.map(({ setting }) => setting[1])).toEqual([0, 0.01, 0.05, 0.1, 0.2]);
    expect(table.rows.map(({ published }) => published.filter((stated) => stated).length)).toEqual(
      Array(5).fill(13),
    );
  });

  test('take runs of all experiments, one variant of a detector a column', () => {
    const both = [
      ...digits({ detector: deepSad({ eta: 1, pretrain: true }) }),
      ...digits({ labeledAnomalyRatio: 0.1, detector: deepSad({ eta: 1, pretrain: false }) }, 0.95),
      ...digits({ detector: deepSad({ eta: 1, pretrain: false }) }, 0.96),
    ];
    const { columns, rows } = named(paperTables(both), 'table-3');
    const [plain, pretrained] = ['false', 'true'].map((value) =>
      columns.indexOf(`Deep SAD (pretrain=${value})`),
    );
    expect(rows[1].cells[plain]?.mean).toBeCloseTo(0.9645);
    expect(rows[1].cells[pretrained]?.mean).toBeCloseTo(0.9045);
    expect(rows[3].cells[pretrained]).toBeUndefined();
    expect(rows[3].published[pretrained]).toMatchObject({ mean: 0.969 });
  });

  test('leave out variants that lack some of the normal classes, and data that changed', () => {
    const some = digits({ detector: deepSad({ eta: 1, pretrain: false }) }).slice(1);
    const tables = paperTables([...digits({ detector: deepSad({ eta: 1, pretrain: true }) }), ...some]);
    expect(named(tables, 'table-3').columns.filter((column) => column.startsWith('Deep SAD'))).toEqual([
      'Deep SAD',
    ]);
    expect(paperTables([...digits(), ...digits({ dataChecksum: 'cd'.repeat(32) })])).toEqual([]);
  });

  test('take of one known class every pair, and none that other seeds drew beside them', () => {
    const detector = deepSad({ eta: 1, representationSize: 32 });
    const pairs = (seed: number, shift: number) =>
      digits({ labeledAnomalyRatio: 0.05, pollutionRatio: 0.1, detector, seed }).map((record, normal) => ({
        ...record,
        knownAnomalyClasses: [String((normal + shift) % 10)],
      }));
    const every = range(1, 10).flatMap((shift) => pairs(1, shift));
    const drawn = [2, 3, 4].flatMap((seed) => pairs(seed, seed));
    const countsOf = (records: readonly RunRecord[]) =>
      paperTables(records).map(({ name, table }) => ({
        name,
        runs: table.rows.flatMap(({ cells }) => cells.flatMap((cell) => cell?.runs ?? [])),
      }));
    const counted = (runs: number) =>
      ['table-4', 'table-5', 'figure-eta', 'figure-representation-size'].map((name) => ({
        name,
        runs: [runs],
      }));
    expect(countsOf([...drawn, ...every])).toEqual(counted(90));
    // Where some have not been run, and where there are none but draws.
    expect(countsOf([...drawn, ...every.slice(0, 80)])).toEqual(counted(80));
    expect(countsOf(drawn)).toEqual(counted(30));
  });

  test('have along η and d what varies in the rows, and each figure its own numbers', () => {
    const setting = { labeledAnomalyRatio: 0.05, pollutionRatio: 0.1 };
    const records = [0.1, 1].flatMap((eta) =>
      digits({ ...setting, detector: deepSad({ eta, representationSize: 32 }) }),
    );
    const tables = paperTables(records);
    expect(tables.map(({ name }) => name)).toEqual([
      'table-4',
      'table-5',
      'figure-eta',
      'figure-representation-size',
    ]);
    const { columns, rows } = named(tables, 'figure-eta');
    expect(columns).toEqual(['Deep SAD']);
    expect(rows.map(({ setting, cells }) => [setting[1], cells[0]?.runs])).toEqual([
      [0.01, undefined],
      [0.1, 10],
      [1, 10],
      [10, undefined],
      [100, undefined],
    ]);
    expect(named(tables, 'figure-representation-size').rows[1].published[1]).toMatchObject({
      mean: 0.912,
      readFromFigure: true,
      deviation: { pairs: 10 },
    });
  });

  test('never take a mean over data that were prepared in several ways', () => {
    const prepared = (preparation: NonNullable<RunRecord['preparation']>, auroc: number) =>
      [1, 2].map((seed) => exampleRecord({ seed, preparation }, { auroc }));
    const standardized = prepared({ tableScaling: 'standardize' }, 0.8);
    const { dimensions, columns, rows } = named(paperTables([exampleRecord(), ...standardized]), 'table-6');
    expect(dimensions).toEqual(['dataset', 'preparation']);
    const column = columns.indexOf('Deep SAD');
    expect(rows.map(({ setting, cells }) => [...setting, cells[column]?.mean])).toEqual([
      ['cardio', 'as usual', 0.9],
      ['cardio', 'standardize', 0.8],
    ]);
  });

  test('are of no runs with an option or a preparation that no protocol has', () => {
    const robust = exampleRecord({ preparation: { tableScaling: 'robust' } });
    const fast = exampleRecord({ detector: deepSad({ learningRate: 0.5 }) });
    expect(paperTables([robust, fast])).toEqual([]);
    expect(named(paperTables([exampleRecord(), robust, fast]), 'table-6')).toEqual(
      named(paperTables([exampleRecord()]), 'table-6'),
    );
    const contrast = digits({ preparation: { imageScaling: 'contrast' } });
    expect(paperTables(contrast)).toEqual([]);
  });

  test('count what failed', () => {
    const failed = exampleRecord({ seed: 2 }, { status: 'failed', reason: 'collapsed' });
    expect(named(paperTables([exampleRecord(), failed]), 'table-6').failures).toEqual([
      { column: 'Deep SAD', dataset: 'cardio', reason: 'collapsed', runs: 1 },
    ]);
  });
});

describe('configs/paper', () => {
  const folder = join(PACKAGE_ROOT, 'configs', 'paper');
  // Only the counts of classes matter, so that a part of the samples will do.
  const runs = readdirSync(folder).flatMap((file) => {
    const { experiment } = loadConfig(join(folder, file), []);
    return experiment.dataset.flatMap((name) => {
      const { classes, anomalies, defaults, shape } = readDescriptor(String(name));
      const data = anomalies === undefined ? imagesOf(classes, 500) : tableOf(2000, 200);
      return expand(experiment, { ...data, name: String(name), defaults, shape }).runs;
    });
  });

  test.each(publishedExhibits())('has all runs of $name', ({ settings, along }) => {
    for (const setting of settings) {
      const own = runs.filter((run) => isInSetting(run, setting));
      for (const detector of setting.auroc.keys()) {
        if (!DETECTORS.some(({ name }) => name === detector)) continue;
        const members = own.filter((run) => run.detector.name === detector);
        const pairs = new Set(
          members.map(({ normalClass, knownAnomalyClasses }) => `${normalClass}, ${knownAnomalyClasses}`),
        );
        const splits = new Set(
          members.map(({ normalClass, knownAnomalyClasses, seed }) =>
            [normalClass, ...knownAnomalyClasses, seed].join(),
          ),
        );
        const images = setting.normalClasses > 1;
        const known = setting.knownAnomalyClassCount;
        const what = { dataset: setting.dataset, known, detector };
        const sizes = new Set(
          members.map(({ detector: { options } }) => `${options.hiddenSizes}, ${options.representationSize}`),
        );
        // The runs over d belong to their own figure alone.
        if (along !== 'representationSize')
          expect({ ...what, sizes: sizes.size }).toEqual({ ...what, sizes: 1 });
        if (images && known === 1)
          expect({ ...what, pairs: pairs.size, splits: splits.size }).toEqual({
            ...what,
            pairs: 90,
            splits: 90,
          });
        else if (images && known === 0)
          expect({ ...what, pairs: pairs.size }).toEqual({ ...what, pairs: 10 });
        else {
          const splitCount = images ? 100 : 10;
          expect({ ...what, splits: splits.size }).toEqual({ ...what, splits: splitCount });
        }
      }
    }
  });
});
