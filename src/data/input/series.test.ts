import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, expect, test } from '@jest/globals';
import { loadOwnSeries } from '../series/own-series.js';
import { type Input, type InputOptions, readTrainingSet } from './input.js';
import { SEMI_TARGET_SPELLING } from './labels.js';
import { fitInput, restoreInput } from './registry.js';

const root = mkdtempSync(path.join(tmpdir(), 'deepsad-series-input-'));
afterAll(() => rmSync(root, { recursive: true }));

const read = { labels: 'required', warn: () => undefined } as const;
const windows: InputOptions = {
  spelling: SEMI_TARGET_SPELLING,
  warn: () => undefined,
  windowLength: 5,
  stride: 3,
};

function write(name: string, lines: readonly (string | number)[]): string {
  const file = path.join(root, name);
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, `${lines.join('\n')}\n`);
  return file;
}

/** Steps of two variables, more than a batch has windows. */
const steps = (count: number, factor: number) =>
  Array.from({ length: count }, (_, i) => `${(i * i * factor) % 17},${(i * 7 * factor) % 5}`);
write('smd/train/a.txt', steps(2000, 1));
write('smd/train/b.txt', steps(30, 100));
write('smd/test/a.txt', steps(1711, 3));
write('smd/test/b.txt', steps(5, 50));
write(
  'smd/test_label/a.txt',
  Array.from({ length: 1711 }, (_, i) => (i === 6 || i === 1710 ? 1 : 0)),
);
write('smd/test_label/b.txt', [0, 0, 0, 0, 0]);
const [training, tested] = [path.join(root, 'smd', 'train'), path.join(root, 'smd', 'test')];

async function origins(input: Input, source: string): Promise<string[]> {
  const all: string[] = [];
  for await (const batch of input.read(source, { ...read, labels: 'ignored' })) all.push(...batch.origins);
  return all;
}

test('the same windows as in an experiment, in batches', async () => {
  const input = await fitInput(training, windows);
  expect(input).toMatchObject({ kind: 'series', shape: [10], origin: 'window' });
  const restored = restoreInput(JSON.parse(JSON.stringify(input.description)), 'm/detector.json');
  const experiment = await loadOwnSeries({ series: path.join(root, 'smd'), windowLength: 5, stride: 3 });

  const train = await readTrainingSet(restored, training, read);
  expect(train.samples).toEqual(new Float32Array(experiment.training.values));
  expect(new Set(train.semiTargets)).toEqual(new Set([0]));
  const test = await readTrainingSet(restored, tested, read);
  expect(test.samples).toEqual(new Float32Array(experiment.test?.values ?? []));
  expect([...test.semiTargets]).toEqual(
    Array.from(experiment.test?.classes ?? [], (label) => (label ? -1 : 1)),
  );
});

test('labels are found from wherever the folder is named', async () => {
  const input = await fitInput(training, windows);
  const { semiTargets } = await readTrainingSet(input, tested, read);
  expect(semiTargets.includes(-1)).toBe(true);
  const before = process.cwd();
  try {
    process.chdir(tested);
    for (const data of ['.', './', '../test', '../test/.', tested]) {
      expect((await readTrainingSet(input, data, read)).semiTargets).toEqual(semiTargets);
    }
    expect((await readTrainingSet(input, 'b.txt', read)).semiTargets).toEqual(Int8Array.of(1));
    expect(input.labelPlace('.')).toBe('labels in ../test_label');
    expect(input.labelPlace('b.txt')).toBe('labels in ../test_label');
    process.chdir('..');
    expect(input.labelPlace('train')).toBe('labels looked for in train_label');
    mkdirSync('test/sub');
    process.chdir('test/sub');
    expect(input.labelPlace('..')).toBe('labels in ../../test_label');
  } finally {
    process.chdir(before);
    rmSync(path.join(tested, 'sub'), { recursive: true, force: true });
  }
});

test('variables that lie elsewhere than in training are said as they are read, and of training none', async () => {
  const told = async (data: string) => {
    const notices: string[] = [];
    await readTrainingSet(input, data, { ...read, warn: (notice) => notices.push(notice) });
    return notices;
  };
  const input = await fitInput(training, windows);
  expect(await told(training)).toEqual([]);
  expect(await told(tested)).toEqual([]);
  const lines = (line: (step: number) => string) => Array.from({ length: 30 }, (_, step) => line(step));
  const far = (step: number) => step * 1000 + 50_000;
  write(
    'unit/a.txt',
    lines((step) => `${step % 4},${far(step)}`),
  );
  const file = write(
    'unit/b.txt',
    lines((step) => `${far(step)},0`),
  );
  const elsewhere = (place: string, listed: string) => [
    `${place}: nearly all values lie outside of those of the training rows in ${listed}; are they in the same unit?`,
  ];
  expect(await told(path.dirname(file))).toEqual(
    elsewhere(path.dirname(file), '"a, column 2" (0 to 4), "b, column 1" (0 to 16)'),
  );
  expect(await told(file)).toEqual(elsewhere(file, '"b, column 1" (0 to 16)'));
});

test('windows are named by machine and time steps, counted from 1', async () => {
  const input = await fitInput(training, windows);
  const named = await origins(input, tested);
  expect(named.slice(0, 2)).toEqual(['a:1-5', 'a:4-8']);
  expect(named.slice(-3)).toEqual(['a:1705-1709', 'a:1707-1711', 'b:1-5']);
  expect(await origins(input, path.join(tested, 'b.txt'))).toEqual(['b:1-5']);
});

test('refuses what cannot be cut, an unknown machine, both parts at once, and labels that do not fit', async () => {
  const { windowLength: _, ...noLength } = windows;
  await expect(fitInput(training, noLength)).rejects.toThrow('say how to cut them into windows');
  await expect(fitInput(path.join(root, 'smd'), windows)).rejects.toThrow(`found train; give ${training} or`);
  await expect(fitInput(training, { ...windows, labelColumn: 'y' })).rejects.toThrow(
    'labelColumn is for a table',
  );

  const input = await fitInput(training, windows);
  await expect(origins(input, write('c.txt', steps(9, 1)))).rejects.toThrow(
    'c.txt: expected a machine that the model was trained on (a, b), found c',
  );
  await expect(origins(input, '-')).rejects.toThrow('standard input: the model takes time series, which');
  await expect(origins(input, write('short/a.txt', steps(4, 1)))).rejects.toThrow(
    'short/a.txt: expected at least 5 time steps',
  );
  await expect(origins(input, write('wide/a.txt', ['1,2,3']))).rejects.toThrow(
    'expected 2 values as in the training',
  );
  write('cut/a.txt', steps(9, 1));
  write('cut_label/a.txt', [0, 1]);
  await expect(readTrainingSet(input, path.join(root, 'cut'), read)).rejects.toThrow(
    'a.txt: expected 9 labels, one for each time step of',
  );
});

test('a file beside series is named, and so is one of series under another name; neither is taken for images', async () => {
  write('beside/a.txt', steps(9, 1));
  const readme = write('beside/README.md', ['x']);
  await expect(fitInput(path.join(root, 'beside'), windows)).rejects.toThrow(
    `${readme}: expected a time series, MACHINE.txt; take the file away`,
  );
  const table = write('tables/a.csv', steps(9, 1));
  await expect(fitInput(path.join(root, 'tables'), windows)).rejects.toThrow(
    `${table}: expected images (.png, .jpg, .jpeg, .webp, .gif, .tif, .tiff) or time series, MACHINE.txt; take other files away`,
  );
  write('left/Thumbs.db', ['x']);
  write('left/a.txt', steps(9, 1));
  expect((await fitInput(path.join(root, 'left'), windows)).kind).toBe('series');
});

test('a description that was tampered with is refused', async () => {
  const { description } = await fitInput(training, windows);
  expect(() => restoreInput({ ...description, stride: 0 }, 'm/detector.json')).toThrow(
    'm/detector.json: not a description of time series',
  );
});

test('windows that are more than memory is for are refused before they are made', async () => {
  const long = path.join(root, 'long');
  const lines = Array.from({ length: 60_000 }, (_, i) => `${i % 7},${i % 5},${i % 3}`);
  for (const part of ['train', 'test']) write(`long/${part}/a.txt`, lines);
  write('long/test_label/a.txt', new Array(60_000).fill(0));
  const windowing = { windowLength: 30_000, stride: 1 };
  await expect(fitInput(path.join(long, 'train'), { ...windows, ...windowing })).rejects.toThrow(
    `${path.join(long, 'train')}: its windows would take 10.8 GB; choose a longer stride, or fewer machines`,
  );
  await expect(loadOwnSeries({ series: long, ...windowing })).rejects.toThrow(
    `${long}: its windows would take 21.6 GB; choose a longer stride, or one machine (key machine)`,
  );
});

test.each([
  [0, 3, 'windowLength: expected a whole number of at least 1, found 0'],
  [1.5, 1, 'windowLength: expected a whole number of at least 1, found 1.5'],
  [5, 0, 'stride: expected a whole number of at least 1, found 0'],
  [5, Number.NaN, 'stride: expected a whole number of at least 1, found NaN'],
  [5, 9, 'stride: expected at most windowLength, 5, found 9'],
])(
  'windows of %d every %d are refused, of models as of experiments',
  async (windowLength, stride, message) => {
    const windowing = { windowLength, stride };
    await expect(fitInput(training, { ...windows, ...windowing })).rejects.toThrow(message);
    await expect(loadOwnSeries({ series: path.join(root, 'smd'), ...windowing })).rejects.toThrow(message);
  },
);
