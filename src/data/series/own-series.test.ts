import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import { prepare } from '../prepare.js';
import { loadDataset } from '../registry.js';
import type { OwnSeries } from './own-series.js';

const root = mkdtempSync(path.join(tmpdir(), 'deepsad-series-'));
afterAll(() => rmSync(root, { recursive: true }));

/** Two machines of two variables, the second in other units. */
const FILES: Readonly<Record<string, string>> = {
  'train/a.txt': '0,0\n1,10\n2,20\n3,30\n4,40\n',
  'train/b.txt': '0,0\n100,1\n200,2\n400,4\n',
  'test/a.txt': '4,0\n0,40\n8,0\n4,4\n',
  'test/b.txt': '400,0\n0,4\n400,4\n',
  'test_label/a.txt': '0\n0\n1\n0\n',
  'test_label/b.txt': '0\n0\n0\n',
};

let written = 0;

/** Writes a folder, some of its files replaced or left out (undefined). */
function folder(changes: Record<string, string | undefined> = {}): string {
  const target = path.join(root, String(written++));
  for (const [name, content] of Object.entries({ ...FILES, ...changes })) {
    if (content === undefined) continue;
    mkdirSync(path.join(target, path.dirname(name)), { recursive: true });
    writeFileSync(path.join(target, name), content);
  }
  return target;
}

const load = (series: string, own: Partial<OwnSeries> = {}) =>
  loadDataset({ series, windowLength: 2, stride: 2, ...own });

test('windows of all machines, each machine scaled to its own training part', async () => {
  const series = folder();
  const data = await load(series);
  expect(data).toMatchObject({
    name: series,
    shape: [4],
    classNames: ['normal', 'anomaly'],
    defaults: { network: 'mlp', hiddenSizes: [128, 64], representationSize: 32 },
  });
  expect([...data.training.values]).toEqual(
    [
      [0, 0, 0.25, 0.25],
      [0.5, 0.5, 0.75, 0.75],
      [0.75, 0.75, 1, 1],
      [0, 0, 0.25, 0.25],
      [0.5, 0.5, 1, 1],
    ].flat(),
  );
  expect([...data.training.classes]).toEqual([0, 0, 0, 0, 0]);
  expect([...(data.test?.values ?? [])]).toEqual(
    [
      [1, 0, 0, 1],
      [2, 0, 1, 0.1],
      [1, 0, 0, 1],
      [0, 1, 1, 1],
    ]
      .flat()
      .map(Math.fround),
  );
  expect([...(data.test?.classes ?? [])]).toEqual([0, 1, 0, 0]);
  expect(data.series?.machines.map(({ name, starts }) => [name, ...starts])).toEqual([
    ['a', 0, 2],
    ['b', 0, 1],
  ]);
});

test('labels that may be the other way round are doubted', async () => {
  const series = folder();
  const said = `${path.join(series, 'test_label')}: 6 time steps normal (0), 1 anomalous (1)`;
  expect((await load(series)).notices).toEqual([said]);
  const turned = folder({ 'test_label/a.txt': '1\n1\n0\n1\n', 'test_label/b.txt': '1\n1\n1\n' });
  expect((await load(turned)).notices?.slice(1)).toEqual([
    `${path.join(turned, 'test_label')}: more anomalies (6) than others (1); is their meaning the other way round?`,
  ]);
});

test('labels may be truth values, and what is none is said to be no label', async () => {
  const [said] = (await load(folder({ 'test_label/a.txt': 'False\nfalse\nTrue\n0.0\n' }))).notices ?? [];
  expect(said).toMatch(/test_label: 6 time steps normal \(0\), 1 anomalous \(1\)$/);
  const refused = (content: string) => load(folder({ 'test_label/a.txt': content }));
  const expected = 'expected 0 (normal) or 1 (anomalous), found';
  await expect(refused('label\n0\n0\n1\n0\n')).rejects.toThrow(`a.txt, row 1: ${expected} "label"`);
  await expect(refused('0\n0\nnan\n0\n')).rejects.toThrow(`a.txt, row 3: ${expected} "nan"`);
  await expect(refused('0,False\n1,True\n')).rejects.toThrow(`a.txt, row 1: ${expected} "0,False"`);
  await expect(refused('0\n\n1\n0\n')).rejects.toThrow('a.txt, row 2: expected a label, found an empty line');
  await expect(refused('')).rejects.toThrow('a.txt: expected a label a line, found none');
});

test('columns that tell the time, and numbers that may stand for missing values, are said', async () => {
  const lines = (value: (step: number) => string) =>
    Array.from({ length: 40 }, (_, i) => `${value(i)}\n`).join('');
  const series = folder({
    'train/a.txt': lines((i) => `${i / 10},${i * i},${(i * 7) % 5}`),
    'train/b.txt': lines((i) => `${1e9 + i / 8},${(i * 7) % 40},${i % 9 ? i % 4 : -999}`),
    'test/a.txt': '4,0,0\n5,40,0\n',
    'test/b.txt': '4,0,0\n5,40,0\n',
    'test_label/a.txt': '0\n1\n',
    'test_label/b.txt': '0\n0\n',
  });
  const place = path.join(series, 'train');
  expect((await load(series)).notices?.slice(1)).toEqual([
    `${place}: doubtful as features: "column 1" (rises from row to row, as time does), "column 2" (another integer in each row); take what is none out of the files`,
    `${place}: far from all other values of the column: -999 in "b, column 3" (5 rows); if that says that a value is missing, put it right`,
  ]);
});

test('what may be behind a decimal comma is said', async () => {
  const lines = Array.from(
    { length: 40 },
    (_, i) => `${(i * i) % 7},${String((i * 17) % 100).padStart(2, '0')}\n`,
  );
  const one = { 'train/a.txt': lines.join(''), 'test/a.txt': '1,50\n2,07\n', 'test_label/a.txt': '0\n1\n' };
  const plant = folder({
    ...one,
    'train/b.txt': undefined,
    'test/b.txt': undefined,
    'test_label/b.txt': undefined,
  });
  expect((await load(plant)).notices).toContain(
    `${plant}/train: doubtful as a feature: "column 2" (leading zeros, as behind a decimal comma); take what is none out of the files`,
  );
});

test('variables that lie elsewhere in the test, or are constant in training alone, are said by machine', async () => {
  const lines = (line: (step: number) => string) =>
    Array.from({ length: 20 }, (_, step) => `${line(step)}\n`).join('');
  const usual = lines((step) => `${step % 7},${step % 5},3`);
  const series = folder({
    'train/a.txt': usual,
    'train/b.txt': usual,
    'test/a.txt': lines((step) => `${step % 7},${(step % 5) * 1000 + 50_000},3`),
    // Most of these lie outside, and not nearly all.
    'test/b.txt': lines((step) => `${step > 1 ? 9 : 2},${step % 5},${step === 4 ? 8 : 3}`),
    'test_label/a.txt': lines((step) => String(Number(step === 4))),
    'test_label/b.txt': lines(() => '0'),
  });
  expect((await load(series)).notices?.slice(1)).toEqual([
    `${path.join(series, 'test')}: nearly all values lie outside of those of the training rows in "a, column 2" (0 to 4); are they in the ` +
      'same unit?',
    expect.stringContaining('constant in the training rows and not here: "b, column 3" (3 there'),
  ]);
});

test('a test part that is a copy of the training part is said', async () => {
  const lines = (of: (step: number) => string) =>
    Array.from({ length: 40 }, (_, step) => `${of(step)}\n`).join('');
  const usual = lines((step) => `${(step * step) % 37},${step % 5}`);
  const copied = folder({
    'train/a.txt': usual,
    'train/b.txt': lines((step) => `${(step * step) % 31},${step % 3}`),
    'test/a.txt': usual,
    'test/b.txt': lines((step) => `${(step * step) % 29},${step % 3}`),
    'test_label/a.txt': lines((step) => String(Number(step === 4))),
    'test_label/b.txt': lines(() => '0'),
  });
  expect((await load(copied, { windowLength: 8, stride: 4 })).notices).toContain(
    `${copied}/test: about 50 % of its stretches of 8 time steps are in ${copied}/train too, on which runs are trained; take them out of one of the two`,
  );
});

test.each([1, 7, 8])(
  'a test part that begins within the training part is said, of windows every %d steps',
  async (stride) => {
    const lines = (from: number, to: number) =>
      Array.from({ length: to - from }, (_, i) => `${(from + i) ** 2 % 4099},${(from + i) % 5}\n`).join('');
    const series = folder({
      'train/a.txt': lines(0, 400),
      'test/a.txt': lines(101, 500),
      'test_label/a.txt': `1\n${'0\n'.repeat(398)}`,
      'train/b.txt': undefined,
      'test/b.txt': undefined,
      'test_label/b.txt': undefined,
    });
    expect((await load(series, { windowLength: 20, stride })).notices).toContainEqual(
      expect.stringContaining('/test: about 74 % of its stretches of 20 time steps are in '),
    );
  },
);

test('a run takes the windows as they are, all of the test part', async () => {
  const data = await load(folder());
  const {
    training,
    test: tested,
    counts,
  } = prepare(data, {
    normalClass: 'normal',
    knownAnomalyClasses: [],
    labeledAnomalyRatio: 0,
    labeledNormalRatio: 0,
    pollutionRatio: 0,
    seed: 1,
  });
  expect(training.count).toBe(5);
  expect([...tested.samples]).toEqual([...(data.test?.values ?? [])]);
  expect(counts).toMatchObject({ unlabeledNormal: 5, testNormal: 3, testAnomalies: 1 });
});

test('one machine alone', async () => {
  const series = folder();
  const data = await load(series, { machine: 'a' });
  expect(data.name).toBe(path.join(series, 'a'));
  expect(data.training.count).toBe(3);
  expect(data.series?.machines).toHaveLength(1);
  await expect(load(series, { machine: 'z' })).rejects.toThrow('z.txt: no such file');
});

test('known anomalies in training can be labeled; test windows never are', async () => {
  const labels = { 'train_label/a.txt': '0\n0\n0\n0\n1\n', 'train_label/b.txt': '0\n0\n0\n0\n' };
  const data = await load(folder(labels));
  expect([...data.training.classes]).toEqual([0, 0, 1, 0, 0]);
  const request = {
    normalClass: 'normal',
    knownAnomalyClasses: ['anomaly'],
    labeledAnomalyRatio: 0.2,
    labeledNormalRatio: 0,
    pollutionRatio: 0,
    seed: 1,
  };
  expect([...prepare(data, request).training.semiTargets]).toEqual([0, 0, 0, 0, -1]);
  const unlabeled = await load(folder());
  expect(() => prepare(unlabeled, request)).toThrow(
    'known anomaly class anomaly has no samples for training',
  );
});

test('other windows, values or labels have another checksum', async () => {
  const series = folder();
  const all = await Promise.all([
    load(series),
    load(series, { stride: 1 }),
    load(series, { machine: 'a' }),
    load(folder({ 'test/a.txt': '4,0\n0,40\n8,0\n4,5\n' })),
    load(folder({ 'test_label/a.txt': '0\n1\n1\n0\n' })),
  ]);
  expect(new Set(all.map(({ checksum }) => checksum)).size).toBe(5);
  expect((await load(folder())).checksum).toBe(all[0].checksum);
});

describe('refuses', () => {
  test.each([
    [
      { 'test_label/a.txt': '0\n0\n1\n' },
      'test_label/a.txt: expected 4 labels, one for each time step of ROOT/test/a.txt, found 3',
    ],
    [
      { 'test_label/a.txt': '0\n0\n2\n0\n' },
      'test_label/a.txt, row 3: expected 0 (normal) or 1 (anomalous), found "2"',
    ],
    [{ 'test_label/a.txt': undefined }, 'test_label/a.txt: no such file'],
    [
      { 'test/b.txt': undefined },
      'train/b.txt: expected ROOT/test/b.txt beside it, which is missing; add it, or take this one away',
    ],
    [
      { 'train/b.txt': undefined },
      'test/b.txt: expected ROOT/train/b.txt beside it, which is missing; add it, or take this one away',
    ],
    [
      { 'test/a.txt': '4,0\n0,x\n8,0\n4,4\n' },
      'test/a.txt, row 2, column 2: expected a finite number, found "x"',
    ],
    [
      { 'test/a.txt': '4,0\n0,\n8,0\n4,4\n' },
      'test/a.txt, row 2, column 2: expected a finite number, found nothing',
    ],
    [{ 'train/a.txt': '4,0\n0,1,2\n' }, 'train/a.txt, row 2: expected 2 values as in row 1, found 3'],
    [
      { 'test/a.txt': '4\n0\n8\n4\n' },
      'test/a.txt, row 1: expected 2 values as in the training part, found 1',
    ],
    [{ 'train/b.txt': '1\n2\n3\n' }, 'train/b.txt: expected 2 values a time step as of a, found 1'],
    [
      { 'train/a.txt': '4,0\n\n4,1\n' },
      'train/a.txt, row 2: expected a time step, found an empty line before others',
    ],
    [
      { 'train/a.txt': '0,1,2\n4,0,1\n1,5,2\n' },
      'train/a.txt, row 1: expected a time step, found numbers that count the columns (0, 1, 2); a time series is numbers separated by commas, without a line of names',
    ],
    [
      { 'test/a.txt': ',0,1,2\n0,4,0,1\n1,1,5,2\n' },
      'test/a.txt, row 1: expected a time step, found numbers that count the columns (, 0, 1, 2)',
    ],
    [
      { 'train/a.txt': '2024-01-05 12:30:00,0\n2024-01-05 12:30:10,1\n' },
      'train/a.txt, row 1, column 1: expected a finite number, found "2024-01-05 12:30:00"; take a column that is none of numbers, as one of the time, out of all files',
    ],
    [
      { 'train/a.txt': '1700000000000000000,0\n1700000000000000001,1\n' },
      'past 2^53, which would be rounded; take a column',
    ],
    [{ 'train/a.txt': '' }, 'train/a.txt: expected a time step a line, found none'],
    [
      { 'train/a.txt': '1,2\n1,2\n' },
      'train/a.txt: every one of the 2 features is constant over the 2 training samples',
    ],
    [{ 'train/b.txt': '1,2\n' }, 'train/b.txt: every one of the 2 features is constant'],
    [
      { 'test/a.txt': '1e308,0\n-1e308,0\n0,0\n0,0\n' },
      'test/a.txt, row 1, column 1: 1e+308 cannot be scaled',
    ],
    [{ 'train/notes.md': 'x' }, 'train/notes.md: expected a time series, MACHINE.txt'],
    [
      { 'test/b.txt': '1,2\n', 'test_label/b.txt': '0\n' },
      'test/b.txt: expected at least 2 time steps, the length of a window, found 1',
    ],
  ])('%j', async (changes: Record<string, string | undefined>, message) => {
    const series = folder(changes);
    await expect(load(series)).rejects.toThrow(message.replaceAll('ROOT', series));
    await expect(load(series)).rejects.toHaveProperty('name', 'UserError');
  });

  test('a folder that is not there', async () => {
    await expect(load('nowhere')).rejects.toThrow(`${path.join('nowhere', 'train')}: no such folder`);
  });
});
