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
