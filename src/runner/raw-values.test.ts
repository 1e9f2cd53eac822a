import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path, { join } from 'node:path';
import { afterAll, expect, test } from '@jest/globals';
import type { Run } from '../config/run.js';
import type { Dataset } from '../data/dataset.js';
import { loadDataset } from '../data/registry.js';
import { TABLE_SCALINGS } from '../data/split.js';
import { detectorNamed } from '../detectors/registry.js';
import { createNativeEngine } from '../engine/native/native-engine.js';
import { type ModelFile, readModel } from '../models/model-folder.js';
import { randomStream } from '../random.js';
import { exampleRun } from '../results/testing/records.js';
import { executeRun } from './execute-run.js';

const root = mkdtempSync(join(tmpdir(), 'deepsad-save-run-'));
afterAll(() => rmSync(root, { recursive: true }));
const engine = createNativeEngine();
const random = randomStream(1, 'saved runs');

/** What a run saved. */
interface Saved {
  readonly content: ModelFile;
  /** The row or index of each test sample, and its score. */
  readonly places: readonly number[];
  readonly scores: readonly number[];
  /** Scores samples by the saved model. */
  score(samples: readonly (readonly number[])[]): Promise<number[]>;
}

/** Runs a kernel density estimate, whose scores tell samples apart by all of their features, and saves it. */
async function save(dataset: Dataset, preparation?: Run['preparation']): Promise<Saved> {
  const modelDirectory = mkdtempSync(join(root, 'model-'));
  const run = exampleRun({
    dataset: dataset.name,
    dataChecksum: dataset.checksum,
    knownAnomalyClasses: [],
    labeledAnomalyRatio: 0,
    ...(preparation && { preparation }),
    detector: { name: 'kde', options: detectorNamed('kde').resolve({}, dataset.defaults, dataset.shape) },
  });
  expect(await executeRun(run, dataset, engine, { modelDirectory })).toMatchObject({ status: 'done' });
  const { detector } = await readModel(modelDirectory, engine);
  const [, ...lines] = readFileSync(join(modelDirectory, 'scores.csv'), 'utf8').trim().split('\n');
  const cells = lines.map((line) => line.split(',').map(Number));
  return {
    content: JSON.parse(readFileSync(join(modelDirectory, 'detector.json'), 'utf8')),
    places: cells.map(([place]) => place),
    scores: cells.map(([, , score]) => score),
    score: async (samples) => [...(await detector.score(Float32Array.from(samples.flat())))],
  };
}

function expectClose(found: readonly number[], expected: readonly number[]): void {
  expect(new Set(expected).size).toBeGreaterThan(5);
  expect(found).toEqual(expected.map((score) => expect.closeTo(score, 4)));
}

/** What docs/models.md says of a feature. */
function scaled(value: number, low: number, high: number): number {
  return high === low ? value - low : (value - low) / (high - low);
}

test.each(TABLE_SCALINGS)('rows of a table come to the scores of the run, scaled by %s', async (scaling) => {
  const file = join(root, 'parts.csv');
  const lines = Array.from({ length: 60 }, (_, i) => {
    const size = i % 9 === 4 ? '' : random.uniform(-40, 90).toFixed(2);
    const wood = ['oak', 'pine', '', 'ash'][random.integer(4)];
    return [wood, size, 'here', random.uniform(0, 0.01), i % 6 ? 'fine' : 'broken'].join();
  });
  writeFileSync(file, `wood,size,place,share,state\n${lines.join('\n')}\n`);
  const dataset = await loadDataset({
    file,
    label: 'state',
    normal: ['fine'],
    categorical: ['wood', 'place'],
    missing: 'fill',
  });
  const { content, places, scores, score } = await save(
    dataset,
    scaling === 'min-max' ? undefined : { tableScaling: scaling },
  );
  const { low = [], high = [], mean = [], columns = [] } = content.scaling ?? {};
  expect(columns.map(({ name }) => name)).toEqual(['wood', 'size', 'place', 'share']);
  const samples = places.map((row) => {
    const cells = lines[row - 2].split(',');
    const features = columns.flatMap(({ categories }, column) =>
      categories
        ? categories.map((category) => Number(cells[column] === category))
        : [cells[column] === '' ? Number.NaN : Number(cells[column])],
    );
    return features.map((value, j) => scaled(Number.isNaN(value) ? mean[j] : value, low[j], high[j]));
  });
  expectClose(await score(samples), scores);
});

test('features of an array have no names, and their scaling', async () => {
  const values = Float64Array.from({ length: 120 }, () => random.uniform(5, 9));
  const classes = Uint8Array.from({ length: 60 }, (_, i) => (i % 6 ? 0 : 1));
  const { content, places, scores, score } = await save({
    name: 'arrays',
    shape: [2],
    classNames: ['normal', 'anomaly'],
    training: { count: 60, values, classes },
    checksum: 'cd'.repeat(32),
    defaults: { network: 'mlp', representationSize: 2 },
  });
  const { low = [], high = [], columns } = content.scaling ?? {};
  expect(columns).toBeUndefined();
  const samples = places.map((index) => [0, 1].map((j) => scaled(values[2 * index + j], low[j], high[j])));
  expectClose(await score(samples), scores);
});

test.each([undefined, 'contrast'] as const)('images too, with imageScaling %s', async (imageScaling) => {
  const size = 12;
  const bytes = Uint8Array.from({ length: 60 * size }, (_, i) =>
    // One is of a single colour.
    i < size ? 7 : random.uniform(0, 4 + i / 3),
  );
  const classes = Uint8Array.from({ length: 60 }, (_, i) => (i % 6 ? 0 : 1));
  const { content, places, scores, score } = await save(
    {
      name: 'images',
      shape: [3, 2, 2],
      classNames: ['normal', 'anomaly'],
      training: { count: 60, values: bytes, classes },
      test: { count: 60, values: bytes, classes },
      checksum: 'ef'.repeat(32),
      defaults: { network: 'mlp', representationSize: 2 },
    },
    imageScaling && { imageScaling },
  );
  const { low: [low] = [], high: [high] = [], contrast } = content.scaling ?? {};
  expect(contrast).toBe(imageScaling && true);
  const averageOf = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / size;
  const samples = places.map((index) => {
    const image = [...bytes.subarray(index * size, (index + 1) * size)];
    if (!contrast) return image.map((value) => scaled(value, low, high));
    const centered = image.map((value) => value - averageOf(image));
    const spread = averageOf(centered.map(Math.abs));
    return centered.map((value) => scaled(value / (spread || 1), low, high));
  });
  expectClose(await score(samples), scores);
});

test('windows of time series too, by the range of their machine', async () => {
  const [windowLength, stride, steps] = [4, 2, 40];
  const tested = new Map<string, readonly (readonly number[])[]>();
  const write = (file: string, lines: readonly (string | number)[]) => {
    mkdirSync(path.dirname(join(root, 'fleet', file)), { recursive: true });
    writeFileSync(join(root, 'fleet', file), `${lines.join('\n')}\n`);
  };
  for (const [machine, unit] of Object.entries({ fan: 1, pump: 1000 })) {
    const [training, test] = [0, 1].map(() =>
      Array.from({ length: steps }, () => [
        random.uniform(0, unit),
        3 + unit,
        random.uniform(unit, 2 * unit),
      ]),
    );
    write(`train/${machine}.txt`, training.map(String));
    write(`test/${machine}.txt`, test.map(String));
    write(
      `test_label/${machine}.txt`,
      test.map((_, step) => Number(step > 30)),
    );
    tested.set(machine, test);
  }
  const dataset = await loadDataset({ series: join(root, 'fleet'), windowLength, stride });
  const { content, places, scores, score } = await save(dataset);
  expect(content.scaling).toBeUndefined();
  const windows = [...tested].flatMap(([machine, series]) => {
    const { low, high } = content.machines?.[machine] ?? { low: [], high: [] };
    return Array.from({ length: (steps - windowLength) / stride + 1 }, (_, window) =>
      series
        .slice(window * stride, window * stride + windowLength)
        .flatMap((values) => values.map((value, j) => scaled(value, low[j], high[j]))),
    );
  });
  expectClose(await score(places.map((index) => windows[index])), scores);
});

test('of samples that were scaled elsewhere nothing is said of how', async () => {
  const values = Float32Array.from({ length: 60 }, () => random.uniform(0, 1));
  const classes = Uint8Array.from(values, (_, i) => (i % 6 ? 0 : 1));
  const { content } = await save({
    name: 'ready',
    shape: [1],
    scaled: true,
    classNames: ['normal', 'anomaly'],
    training: { count: 60, values, classes },
    checksum: 'ba'.repeat(32),
    defaults: { network: 'mlp', representationSize: 2 },
  });
  expect(content).not.toHaveProperty('scaling');
  expect(content).not.toHaveProperty('machines');
});
