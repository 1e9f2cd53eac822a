import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { range } from 'es-toolkit';
import { type InputDescription, readTrainingSet } from '../data/input/input.js';
import { restoreInput } from '../data/input/registry.js';
import { mostHeld } from '../data/testing/most-held.js';
import { UserError } from '../errors.js';
import { randomStream } from '../random.js';
import { type FitRequest, fitModel } from './fit-model.js';

const folder = mkdtempSync(join(tmpdir(), 'deepsad-fit-model-'));
const data = join(folder, 'parts.csv');
afterAll(() => rmSync(folder, { recursive: true }));
beforeAll(() => {
  const rows = Array.from({ length: 20 }, (_, i) => `${i % 7},${(i * i) % 11}`);
  writeFileSync(data, `a,b\n${rows.join('\n')}\n`);
});

const fitted = (given: Partial<FitRequest>) =>
  fitModel({
    data,
    detector: 'isolation-forest',
    set: [],
    seed: 1,
    device: 'cpu',
    contamination: 0.05,
    warn: () => {},
    onRead: () => {},
    onProgress: () => {},
    ...given,
  });

test.each<[Partial<FitRequest>, string]>([
  ...[1, 1.5, -0.1, Number.NaN].map((contamination): [Partial<FitRequest>, string] => [
    { contamination },
    `contamination: expected a share of at least 0 and less than 1, found ${contamination}`,
  ]),
  [{ seed: Number.NaN }, 'seed: expected a whole number of at least 0, found NaN'],
  [{ seed: undefined as never }, 'seed: expected a whole number of at least 0, found undefined'],
  [{ seed: 1.5 }, 'seed: expected a whole number of at least 0, found 1.5'],
])('a fit refuses %o', async (given, message) => {
  const refusal = await fitted(given).catch((error) => error);
  expect(refusal).toBeInstanceOf(UserError);
  expect(refusal.message).toBe(message);
});

test('a fit without such mistakes makes a model', async () => {
  expect((await fitted({})).details.threshold).toEqual({
    value: expect.any(Number),
    contamination: 0.05,
  });
});

test('no Set or Map of a fit holds an element a row', async () => {
  const labeled = join(folder, 'labeled.csv');
  const rows = range(2000).map((row) => `${row / 4},${0.5 - row},${row % 9 ? 1 : -1}`);
  writeFileSync(labeled, `a,b,kind\n${rows.join('\n')}\n`);
  expect(await mostHeld(() => fitted({ data: labeled, labelColumn: 'kind' }))).toBeLessThan(1000);
});

test.each(['kde', 'kde-hybrid', 'oc-svm', 'isolation-forest'])(
  '%s flags about as many samples that it has not seen as of its training samples',
  async (detector) => {
    const random = randomStream(5, 'test samples');
    const rows = Array.from({ length: 600 }, () =>
      Array.from({ length: 20 }, () => random.uniform(0, 1) + random.uniform(0, 1)),
    );
    const many = join(folder, 'many.csv');
    const header = rows[0].map((_, column) => `feature ${column}`);
    writeFileSync(many, [header, ...rows.slice(0, 300)].map((row) => row.join()).join('\n'));
    const set =
      detector === 'kde-hybrid' ? ['pretrainEpochs=5', 'hiddenSizes=[16]', 'representationSize=8'] : [];
    const { detector: model, details } = await fitted({ data: many, detector, set });
    const input = restoreInput(details.input as InputDescription, 'the description');
    const fresh = join(folder, 'fresh.csv');
    writeFileSync(fresh, [header, ...rows.slice(300)].map((row) => row.join()).join('\n'));
    const { samples, count } = await readTrainingSet(input, fresh, { labels: 'ignored', warn: () => {} });
    const scores = await model.score(samples);
    const flagged = scores.filter((score) => score > details.threshold.value).length;
    expect(flagged / count).toBeLessThan(0.2);
  },
);
