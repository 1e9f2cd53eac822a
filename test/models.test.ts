import { execFile } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createServer, type Server } from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { chromium } from 'playwright-core';
import { loadDataset } from '../src/data/registry.js';
import { IMAGE_SCALINGS } from '../src/data/split.js';
import type { ModelFile } from '../src/models/model-folder.js';
import { PACKAGE_ROOT } from '../src/package.js';
import { deepsad, writeParts } from './testing/program.js';

/** A busy machine may take long to train and to start a browser. */
jest.setTimeout(120_000);

const CHROMIUM = '/usr/bin/chromium';
const TFJS = createRequire(import.meta.url).resolve('@tensorflow/tfjs/dist/tf.min.js');
/** So many test digits are scored again. */
const COUNT = 4;
const MODELS = ['deep-sad', 'autoencoder'].flatMap((detector) =>
  IMAGE_SCALINGS.map((scaling) => [detector, scaling] as const),
);

const folder = mkdtempSync(join(tmpdir(), 'deepsad-models-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** Serves the model folders, tf.min.js and an empty page. */
let server: Server;
let address: string;
beforeAll(async () => {
  const config = join(folder, 'digits.yaml');
  const quick = 'epochs: 1, representationSize: 16';
  writeFileSync(
    config,
    `name: digits
dataset: mnist
normalClass: 0
imageScaling: [unit, contrast]
detectors:
  - { name: deep-sad, ${quick}, pretrain: false }
  - { name: autoencoder, ${quick} }
`,
  );
  const { code, stderr } = await deepsad(['run', config, '--save-models', '--quiet', '--out', folder]);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });

  server = createServer(({ url = '/' }, response) => {
    const file = url === '/tf.min.js' ? TFJS : join(folder, url);
    response.end(url === '/' || !existsSync(file) ? '' : readFileSync(file));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => new Promise((resolve) => server.close(resolve)));

/** The path of a detector's model from `folder`. */
function modelOf(detector: string, scaling: (typeof IMAGE_SCALINGS)[number]): string {
  const models = join('digits', 'models');
  const id = readdirSync(join(folder, models)).find((run) => {
    const content: ModelFile = JSON.parse(readFileSync(join(folder, models, run, 'detector.json'), 'utf8'));
    return content.detector.name === detector && !content.scaling?.contrast === (scaling === 'unit');
  });
  return `${models}/${id}`;
}

/** The scores that the run gave to the first test digits. */
function scoresOf(model: string): number[] {
  const lines = readFileSync(join(folder, model, 'scores.csv'), 'utf8').split('\n');
  return lines.slice(1, COUNT + 1).map((line) => Number(line.split(',')[2]));
}

/** The first test digits, as bytes. */
async function digits(): Promise<number[]> {
  const { test: samples } = await loadDataset('mnist');
  return [...(samples?.values.subarray(0, COUNT * 28 * 28) ?? [])];
}

const PAGE = readFileSync(join(PACKAGE_ROOT, 'docs', 'models.md'), 'utf8');
const [, RECIPE] = PAGE.match(/```js\n(.*?)```/s) ?? [];
const [, AUTOENCODER_SCORES] = PAGE.match(/score of the autoencoder is `(.*?)`/) ?? [];

/** What docs/models.md says, as a function that scores the first test digits where `tf` is TensorFlow.js. */
async function recipeOf(detector: string, model: string): Promise<string> {
  const recipe =
    detector === 'autoencoder'
      ? RECIPE.replace(/const scores = .*;/, `const scores = ${AUTOENCODER_SCORES};`)
      : RECIPE;
  const given = { url: `${address}/${model}`, count: COUNT, bytes: await digits() };
  return `(async ({ url, count, bytes }) => {
    ${recipe}
    return scores.array();
  })(${JSON.stringify(given)})`;
}

function expectClose(found: readonly number[], expected: readonly number[]): void {
  expect(found).toHaveLength(COUNT);
  found.forEach((score, i) => {
    expect(Math.abs(score - expected[i]) / expected[i]).toBeLessThan(1e-4);
  });
}

test.each(MODELS)(
  'TensorFlow.js alone gives the scores of %s, images scaled by %s',
  async (detector, scaling) => {
    const model = modelOf(detector, scaling);
    // In a program of its own, since Jest gives a module arrays that TensorFlow.js does not take for arrays.
    const program = `import * as tf from '@tensorflow/tfjs'; process.stdout.write(JSON.stringify(await ${await recipeOf(detector, model)}))`;
    const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', program], {
      cwd: PACKAGE_ROOT,
    });
    expectClose(JSON.parse(stdout), scoresOf(model));
  },
);

const withBrowser = existsSync(CHROMIUM) ? test : test.skip;
withBrowser(`a browser gives the scores of Deep SAD (needs ${CHROMIUM})`, async () => {
  const browser = await chromium.launch({
    executablePath: CHROMIUM,
    args: ['--no-sandbox', '--disable-gpu', '--no-first-run', '--disable-background-networking'],
  });
  try {
    const page = await browser.newPage();
    await page.goto(address);
    await page.addScriptTag({ url: `${address}/tf.min.js` });
    const model = modelOf('deep-sad', 'unit');
    expectClose(await page.evaluate(await recipeOf('deep-sad', model)), scoresOf(model));
  } finally {
    await browser.close();
  }
});

test('a model that cannot be saved fails its saving, not its run', async () => {
  const table = join(folder, 'blocked.csv');
  writeParts(table);
  const config = join(folder, 'blocked.yaml');
  const data = { file: table, normal: 'fine' };
  writeFileSync(config, JSON.stringify({ name: 'blocked', dataset: data, detectors: 'kde', seeds: [1, 2] }));
  const results = join(folder, 'blocked');
  const run = (...more: string[]) => deepsad(['run', config, '--out', folder, '--quiet', ...more]);
  const statuses = () =>
    readFileSync(join(results, 'runs.jsonl'), 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line).status);

  // A file is in the place of the folder of all models, first after the runs are done, then before.
  const { stdout } = await run();
  for (const records of [2, 0]) {
    if (records === 0) rmSync(results, { recursive: true });
    mkdirSync(results, { recursive: true });
    writeFileSync(join(results, 'models'), '');
    const blocked = await run('--save-models');
    expect(blocked).toMatchObject({ code: 1, stdout });
    expect(blocked.stderr).toMatch(
      /^The models of 2 of 2 runs are not saved \(cannot create the folder .*\); their results are\. The same command tries again\.\n$/,
    );
    expect(statuses()).toEqual(Array(records + 2).fill('done'));
  }

  rmSync(join(results, 'models'));
  expect(await run('--save-models')).toEqual({ code: 0, stdout, stderr: '' });
  expect(readdirSync(join(results, 'models'))).toHaveLength(2);
});

test('models that are asked for when the runs are done are made then, once', async () => {
  const table = join(folder, 'parts.csv');
  writeParts(table);
  // An empty line is no row, and counted.
  writeFileSync(table, readFileSync(table, 'utf8').replace('\n', '\n\n'));
  const config = join(folder, 'parts.yaml');
  const data = { file: table, normal: 'fine' };
  writeFileSync(config, JSON.stringify({ name: 'parts', dataset: data, detectors: 'kde' }));
  const run = (...more: string[]) => deepsad(['run', config, '--out', folder, ...more]);
  const records = () => readFileSync(join(folder, 'parts', 'runs.jsonl'), 'utf8').split('\n').length - 1;

  expect((await run()).code).toBe(0);
  expect(existsSync(join(folder, 'parts', 'models'))).toBe(false);
  const again = await run('--save-models');
  expect(again.code).toBe(0);
  const models = join(folder, 'parts', 'models');
  const [kept] = readdirSync(models).map((id) => join(models, id));
  expect(readdirSync(kept).sort()).toEqual(['arrays.npz', 'detector.json', 'scores.csv']);
  const lines = readFileSync(table, 'utf8').split('\n');
  const [header, ...scored] = readFileSync(join(kept, 'scores.csv'), 'utf8').trim().split('\n');
  expect([header, scored.length]).toEqual(['row,anomaly,score', 80]);
  for (const [row, anomaly] of scored.map((line) => line.split(','))) {
    expect(lines[Number(row) - 1]).toMatch(anomaly === '1' ? /,broken$/ : /,fine$/);
  }
  // Who names no model is told to name one that is taken.
  expect((await deepsad(['score', kept, table])).stderr).toContain('the model of a run of an experiment');
  expect((await deepsad(['score', models, table])).stderr).toBe(
    `${join(models, 'detector.json')}: no such file; the folder is no model; name one that was fitted\n`,
  );
  expect(records()).toBe(2);
  expect((await run('--save-models')).stdout).toBe(again.stdout);
  expect(records()).toBe(2);
});
