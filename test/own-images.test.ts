import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import sharp from 'sharp';
import { randomStream } from '../src/random.js';
import { deepsad, PATIENCE } from './testing/program.js';

jest.setTimeout(PATIENCE);

const folder = mkdtempSync(join(tmpdir(), 'deepsad-images-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** Writes an image of noise around a shade of grey. */
async function writeNoise(file: string, shade: number): Promise<void> {
  mkdirSync(dirname(file), { recursive: true });
  const random = randomStream(1, file);
  const pixels = Uint8Array.from({ length: 30 * 40 }, () => shade + Math.floor(random.uniform(0, 40)));
  await sharp(pixels, { raw: { width: 40, height: 30, channels: 1 } })
    .png()
    .toFile(file);
}

/** A category in MVTec-AD's layout whose defects are brighter. */
beforeAll(async () => {
  const write = (part: string, count: number, shade: number) =>
    Promise.all(
      Array.from({ length: count }, (_, i) => writeNoise(join(folder, 'screw', part, `${i}.png`), shade)),
    );
  await write('train/good', 20, 60);
  await write('test/good', 5, 60);
  await write('test/bent', 6, 160);
  await write('test/worn', 6, 140);
});

function config(name: string, keys: Record<string, unknown> = {}): string {
  const file = join(folder, `${name}.yaml`);
  const content = {
    name,
    dataset: { images: join(folder, 'screw') },
    knownAnomalyClass: 'bent',
    labeledAnomalyRatio: [0, 0.1],
    detectors: [{ name: 'deep-sad', epochs: 5, pretrainEpochs: 5 }, 'isolation-forest'],
    ...keys,
  };
  writeFileSync(file, JSON.stringify(content));
  return file;
}

test('an experiment on images tells the defects, and tests on none that it trains on', async () => {
  const args = ['run', config('screw'), '--out', folder, '--quiet'];
  const { code, stderr } = await deepsad(args);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  const records = readFileSync(join(folder, 'screw', 'runs.jsonl'), 'utf8')
    .trim()
    .split('\n');
  expect(records).toHaveLength(4);
  for (const record of records.map((line) => JSON.parse(line))) {
    const labeled = record.labeledAnomalyRatio > 0 ? 2 : 0;
    expect(record).toMatchObject({
      status: 'done',
      dataset: join(folder, 'screw'),
      normalClass: 'good',
      counts: { unlabeledNormal: 20, labeledAnomalies: labeled, testNormal: 5, testAnomalies: 12 - labeled },
    });
    // Five epochs are too few for Deep SAD to tell.
    if (record.detector.name === 'isolation-forest') expect(record.auroc).toBeGreaterThan(0.9);
  }
});

test('a model of images is fitted, scores and is judged by folders', async () => {
  const [model, screw] = [join(folder, 'model'), join(folder, 'screw')];
  const fit = ['fit', join(screw, 'train'), '--detector', 'isolation-forest', '--out', model];
  const fitted = await deepsad(fit);
  expect(fitted).toMatchObject({ code: 0, stdout: '' });
  expect(fitted.stderr).toContain(
    '20 samples of 1 × 28 × 28 values: 20 labeled normal (good), 0 labeled anomalies',
  );

  const scored = await deepsad(['score', model, join(screw, 'test'), '--quiet']);
  expect(scored).toMatchObject({ code: 0, stderr: '' });
  const [header, ...rows] = scored.stdout.trim().split('\n');
  expect(header).toBe('image,score,flag');
  expect(rows).toHaveLength(17);
  expect(rows[0]).toMatch(/test.bent.0\.png,0\.\d+,1$/);

  const out = join(folder, 'evaluation');
  const judged = await deepsad(['evaluate', model, join(screw, 'test'), '--out', out, '--quiet']);
  expect(judged).toMatchObject({ code: 0, stderr: '' });
  expect(judged.stdout).toMatch(
    /^AUROC {14}(1\.0000|0\.9\d+)\n[\s\S]*anomalies {10}12, [\s\S]*normal samples {5}5,/,
  );
  expect(existsSync(join(out, 'roc.svg'))).toBe(true);

  const noSteps = await deepsad(['score', model, join(screw, 'test'), '--per-step', '--quiet']);
  expect(noSteps.code).toBe(2);
  expect(noSteps.stderr).toMatch(/--per-step is for time series, whose samples are windows\n$/);

  const refused = await deepsad(['evaluate', model, join(screw, 'test'), '--labels', 'kind']);
  expect(refused).toMatchObject({ code: 2, stdout: '' });
  expect(refused.stderr).toMatch(/^--labels names a column of a table; /);
});

test('--network chooses the network of a deep model, and with it the size of the images', async () => {
  const short = ['--set', 'epochs=1', '--set', 'pretrainEpochs=1', '--quiet'];
  for (const [network, name] of [
    ['fashion-mnist', 'small'],
    ['cifar10', 'colour'],
  ]) {
    const model = join(folder, name);
    const fit = ['fit', join(folder, 'screw', 'train'), '--network', network, '--out', model, ...short];
    expect(await deepsad(fit)).toEqual({ code: 0, stdout: '', stderr: '' });
    const { detector } = JSON.parse(readFileSync(join(model, 'detector.json'), 'utf8'));
    expect(detector.options).toMatchObject({ network });
    const scored = await deepsad(['score', model, join(folder, 'screw', 'test', 'bent', '0.png'), '--quiet']);
    expect(scored.stdout.trim().split('\n')).toHaveLength(2);
  }
});

test('a damaged image is refused before anything is written', async () => {
  const damaged = join(folder, 'damaged', 'b', '1.png');
  await writeNoise(join(folder, 'damaged', 'a', '1.png'), 60);
  await writeNoise(damaged, 60);
  writeFileSync(damaged, readFileSync(damaged).subarray(0, 500));
  const keys = { dataset: { images: join(folder, 'damaged') }, normalClass: 'a', knownAnomalyClass: 'b' };
  const { code, stdout, stderr } = await deepsad(['run', config('refused', keys), '--out', folder]);
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  expect(stderr).toMatch(
    /^\S+1\.png: expected an undamaged PNG, JPEG, WebP, GIF or TIFF image \(.+\); replace/,
  );
  expect(stderr.trim().split('\n')).toHaveLength(1);
  expect(existsSync(join(folder, 'refused'))).toBe(false);
});
