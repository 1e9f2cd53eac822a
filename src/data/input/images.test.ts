import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, expect, test } from '@jest/globals';
import sharp from 'sharp';
import { type InputOptions, readTrainingSet } from './input.js';
import type { GivenSpelling } from './labels.js';
import { fitInput, restoreInput } from './registry.js';

const root = mkdtempSync(path.join(tmpdir(), 'deepsad-image-input-'));
afterAll(() => rmSync(root, { recursive: true }));

const read = { labels: 'required', warn: () => undefined } as const;
const options: InputOptions = { warn: () => undefined };

/** Writes images of one shade of grey each into a new folder. */
async function folder(name: string, shades: Readonly<Record<string, number>>): Promise<string> {
  for (const [file, shade] of Object.entries(shades)) {
    const target = path.join(root, name, file);
    mkdirSync(path.dirname(target), { recursive: true });
    const background = { r: shade, g: shade, b: shade };
    await sharp({ create: { width: 7, height: 5, channels: 3, background } }).toFile(target);
  }
  return path.join(root, name);
}

test('images of a folder are unlabeled, those of its folders labeled by the name', async () => {
  const images = await folder('mixed', {
    'x.png': 51,
    'good/1.png': 102,
    'normal/1.png': 102,
    'unlabeled/1.png': 153,
    'scratch/1.png': 204,
    'odd/1.png': 255,
  });
  const input = await fitInput(images, options);
  expect(input).toMatchObject({ kind: 'images', shape: [1, 28, 28], origin: 'image' });
  expect(input.defaults).toEqual({ network: 'mnist', representationSize: 32 });
  const training = await readTrainingSet(input, images, read);
  expect(Array.from({ length: 6 }, (_, i) => training.samples[i * 784])).toEqual(
    [0.2, 0.4, 0.4, 1, 0.8, 0.6].map(Math.fround),
  );
  expect([...training.semiTargets]).toEqual([0, 1, 1, -1, -1, 0]);

  const spelling = { normal: ['odd'], unlabeled: ['scratch'] };
  const respelled = await fitInput(images, { ...options, spelling });
  expect([...(await readTrainingSet(respelled, images, read)).semiTargets]).toEqual([0, 1, 1, 1, 0, 0]);
});

test('known names of folders are known in any case, and others are what they are', async () => {
  const names = [
    'Good',
    'NORMAL',
    'Ok',
    'Unlabeled',
    'unlabelled',
    'constructor',
    '__proto__',
    'not good',
    'nan',
  ];
  const images = await folder('names', Object.fromEntries(names.map((name) => [`${name}/1.png`, 1])));
  const input = await fitInput(images, options);
  const { labels } = await readTrainingSet(input, images, read);
  expect([...labels.normal.keys()].sort()).toEqual(['Good', 'NORMAL', 'Ok']);
  expect([...labels.anomaly.keys()].sort()).toEqual(['__proto__', 'constructor', 'nan', 'not good']);
  expect([...labels.unlabeled.keys()].sort()).toEqual(['Unlabeled', 'unlabelled']);
});

test('numbers as names of folders are asked about, unless it is said what they mean or what is normal', async () => {
  const images = await folder('numbers', {
    '0/1.png': 1,
    '01/1.png': 2,
    '-1/1.png': 3,
    '2/1.png': 4,
    'x.png': 5,
  });
  const kinds = async (spelling?: GivenSpelling) => {
    const input = await fitInput(images, { ...options, spelling });
    const { labels } = await readTrainingSet(input, images, read);
    return [labels.normal, labels.anomaly, labels.unlabeled].map((names) =>
      [...names.keys()].sort().join(' '),
    );
  };
  const asked = (name: string) =>
    `${path.join(images, name)}: the number may mean normal, an anomaly or unlabeled; say what it means (normal, anomaly, unlabeled)`;
  await expect(kinds()).rejects.toThrow(asked('-1'));
  await expect(kinds({ anomaly: ['-1', '1'] })).rejects.toThrow(asked('0'));
  expect(await kinds({ normal: ['2'] })).toEqual(['2', '-1 0 01', '']);
  expect(await kinds({ normal: ['1'], unlabeled: ['0'] })).toEqual(['01', '-1 2', ' 0']);
  expect(await kinds({ anomaly: ['0', '1', '-1'], unlabeled: ['2'] })).toEqual(['', '-1 0 01', ' 2']);
  // Scores need no labels.
  const input = await fitInput(images, options);
  expect((await readTrainingSet(input, images, { ...read, labels: 'ignored' })).count).toBe(5);
});

test('and so is one whose name differs from a known one by space', async () => {
  const images = await folder('spaced', { 'Good /1.png': 1, 'x.png': 2 });
  await expect(readTrainingSet(await fitInput(images, options), images, read)).rejects.toThrow(
    `${path.join(images, 'Good ')}: differs from the label good by case, space or notation alone; say what it means`,
  );
});

test('a folder whose name differs from a given label by case, space or notation alone is refused', async () => {
  const images = await folder('nearly', { 'Fine/1.png': 1, 'x.png': 2 });
  const fitted = (normal: string) => fitInput(images, { ...options, spelling: { normal: [normal] } });
  await expect(readTrainingSet(await fitted('fine'), images, read)).rejects.toThrow(
    `${path.join(images, 'Fine')}: differs from the label fine by case, space or notation alone; say what it means`,
  );
  expect([...(await readTrainingSet(await fitted('Fine'), images, read)).semiTargets]).toEqual([0, 1]);
});

test('a restored input reads a folder or one image, as of the network', async () => {
  const images = await folder('plain', { 'b.png': 255, 'a.png': 51 });
  const input = await fitInput(images, { ...options, network: 'cifar10' });
  const restored = restoreInput(JSON.parse(JSON.stringify(input.description)), 'm/detector.json');
  await expect(readTrainingSet(restored, '-', read)).rejects.toThrow(
    'standard input: the model takes images',
  );
  expect(restored).toMatchObject({
    shape: [3, 32, 32],
    defaults: { network: 'cifar10', pretrainEpochs: 350 },
  });
  const origins: string[] = [];
  for (const source of [images, path.join(images, 'b.png')]) {
    for await (const batch of restored.read(source, { ...read, labels: 'ignored' })) {
      origins.push(...batch.origins.map((origin) => path.basename(origin)));
      expect(batch.samples).toHaveLength(batch.origins.length * 3072);
      expect(batch.semiTargets).toBeUndefined();
    }
  }
  expect(origins).toEqual(['a.png', 'b.png', 'b.png']);
});

test('many images come in batches', async () => {
  const many = await folder(
    'many',
    Object.fromEntries(Array.from({ length: 40 }, (_, i) => [`${i}.png`, i])),
  );
  const input = await fitInput(many, options);
  const sizes: number[] = [];
  for await (const { origins } of input.read(many, read)) sizes.push(origins.length);
  expect(sizes).toEqual([16, 16, 8]);
});

test('refuses two parts at once, what is no image, and options of other data', async () => {
  const parts = await folder('bottle', { 'train/good/1.png': 1, 'test/bad/1.png': 1 });
  await expect(fitInput(parts, options)).rejects.toThrow(`give ${path.join(parts, 'train')} or`);
  const images = await folder('with-notes', { 'a.png': 1 });
  await expect(fitInput(images, { ...options, stride: 2 })).rejects.toThrow(
    'with-notes: stride is for a folder of time series, but this is a folder of images; leave it out',
  );
  writeFileSync(path.join(images, 'notes.md'), 'x');
  await expect(fitInput(images, options)).rejects.toThrow('notes.md: expected an image');
  mkdirSync(path.join(root, 'empty'));
  await expect(fitInput(path.join(root, 'empty'), options)).rejects.toThrow(
    'empty: expected images, found nothing; give a folder that holds some',
  );
});

test('a description that was tampered with is refused', async () => {
  const { description } = await fitInput(await folder('tampered', { 'a.png': 1 }), options);
  expect(() => restoreInput({ ...description, network: 'resnet' }, 'm/detector.json')).toThrow(
    'm/detector.json: not a description of images',
  );
});
