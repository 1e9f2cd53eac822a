import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import sharp from 'sharp';
import type { Dataset } from '../dataset.js';
import { prepare } from '../prepare.js';
import { loadDataset } from '../registry.js';
import { DATA_FOLDER, HAS_DATA, WHY_SKIPPED } from '../testing/data-folder.js';
import type { OwnImages } from './own-images.js';

const root = mkdtempSync(path.join(tmpdir(), 'deepsad-images-'));
afterAll(() => rmSync(root, { recursive: true }));

const encoded = new Map<number, Buffer>();
beforeAll(async () => {
  for (const grey of [10, 20, 30, 40]) {
    const image = sharp({
      create: { width: 5, height: 9, channels: 3, background: { r: grey, g: grey, b: grey } },
    });
    encoded.set(grey, await image.png().toBuffer());
  }
});

/** Writes files into a new folder: images of one shade of grey where the content is a number. */
function folder(name: string, files: Record<string, number | string>): string {
  for (const [file, content] of Object.entries(files)) {
    const target = path.join(root, name, file);
    mkdirSync(path.dirname(target), { recursive: true });
    writeFileSync(target, typeof content === 'number' ? (encoded.get(content) ?? '') : content);
  }
  return path.join(root, name);
}

/** The class and the shade of each image. */
function contentOf({ classNames, shape, training: { classes, values } }: Dataset) {
  const size = shape.reduce((product, extent) => product * extent, 1);
  return Array.from(classes, (label, i) => [classNames[label], values[i * size]]);
}

describe('a folder for each class', () => {
  const files = {
    'rose/b.png': 20,
    'rose/a.JPG': 10,
    'fern/1.png': 30,
    '.DS_Store': 'x',
    'fern/Thumbs.db': 'x',
  };

  test('class after class, images in the order of their names, hidden files passed over', async () => {
    const images = folder('plants', files);
    const data = await loadDataset({ images });
    expect(contentOf(data)).toEqual([
      ['fern', 30],
      ['rose', 10],
      ['rose', 20],
    ]);
    expect(data).toMatchObject({ name: images, shape: [1, 28, 28], classNames: ['fern', 'rose'] });
    expect(data).not.toHaveProperty('test');
    expect(data.training.values).toHaveLength(3 * 784);
  });

  test.each([
    ['mnist', [1, 28, 28], { network: 'mnist', representationSize: 32 }],
    ['fashion-mnist', [1, 28, 28], { network: 'fashion-mnist', representationSize: 64 }],
    [
      'cifar10',
      [3, 32, 32],
      {
        network: 'cifar10',
        representationSize: 128,
        pretrainEpochs: 350,
        pretrainLearningRateMilestones: [250],
      },
    ],
  ] as const)('become the input of the network %s, with its defaults', async (network, shape, defaults) => {
    const data = await loadDataset({ images: folder('plants', files), network });
    expect(data).toMatchObject({ shape, defaults });
    expect(data.defaults).not.toHaveProperty('bandwidthSelection');
    expect(data.defaults).not.toHaveProperty('pretrain');
  });

  test('images that are there twice are said', async () => {
    const images = folder('copies', {
      'fern/1.png': 30,
      'fern/2.png': 20,
      'rose/a.png': 10,
      'rose/b.png': 30,
    });
    expect((await loadDataset({ images })).notices?.slice(1)).toEqual([
      `${images}: 1 of 4 images have the pixels of another, such as rose/b.png of fern/1.png; are they copies?`,
    ]);
    expect((await loadDataset({ images: folder('plants', files) })).notices).toHaveLength(1);
  });

  test('a class named normal is the normal one', async () => {
    const data = await loadDataset({ images: folder('parts', { 'normal/1.png': 10, 'broken/1.png': 20 }) });
    expect(data.classNames).toEqual(['normal', 'broken']);
    expect(data.notices?.[0]).toMatch(
      /: images of the classes normal \(1\), broken \(1\); normal is normal where normalClass names no other$/,
    );
  });

  test('others beside it whose names mean normal are doubted', async () => {
    const images = folder('also', { 'normal/1.png': 10, 'OK/1.png': 20, 'bad/1.png': 30 });
    expect((await loadDataset({ images })).notices?.slice(1)).toEqual([
      `${images}: "OK" means normal by its name, but is an anomaly beside normal where normalClass names no other; is that meant?`,
    ]);
    const named = folder('named', { 'good/1.png': 10, 'ok/1.png': 20 });
    expect((await loadDataset({ images: named })).notices).toEqual([
      `${named}: images of the classes good (1), ok (1)`,
    ]);
  });

  test('other pixels, classes or class names have another checksum; other file names do not', async () => {
    const checksum = async (name: string, content: Record<string, number>, own: Partial<OwnImages> = {}) =>
      (await loadDataset({ images: folder(name, content), ...own })).checksum;
    const original = await checksum('c1', { 'a/1.png': 10, 'b/2.png': 20 });
    expect(await checksum('c2', { 'a/3.png': 10, 'b/4.png': 20 })).toBe(original);
    const others = [
      await checksum('c3', { 'a/1.png': 10, 'b/2.png': 30 }),
      await checksum('c4', { 'a/1.png': 10, 'c/2.png': 20 }),
      await checksum('c1', { 'a/1.png': 10, 'b/2.png': 20 }, { network: 'cifar10' }),
    ];
    expect(new Set([original, ...others]).size).toBe(4);
  });
});

describe('the layout of MVTec-AD', () => {
  const files = {
    'train/good/000.png': 10,
    'train/good/001.png': 10,
    'test/good/000.png': 20,
    'test/broken/000.png': 30,
    'test/broken/001.png': 30,
    'test/broken/002.png': 30,
    'test/scratched/000.png': 40,
    'ground_truth/broken/000_mask.png': 10,
    'license.txt': 'terms',
  };

  test('train/good and test/good are normal, every other folder of test is a kind of defect', async () => {
    const data = await loadDataset({ images: folder('bottle', files) });
    expect(data.classNames).toEqual(['good', 'broken', 'scratched']);
    expect(data.training.count).toBe(7);
    expect(Array.from(data.testNormal ?? [], (index) => data.training.values[index * 784])).toEqual([20]);
  });

  test('labeled anomalies leave the test set', async () => {
    const data = await loadDataset({ images: folder('bottle', files) });
    const request = {
      normalClass: 'good',
      knownAnomalyClasses: ['broken'],
      labeledNormalRatio: 0,
      pollutionRatio: 0,
      seed: 1,
    };
    const shades = (samples: Float32Array) =>
      Array.from({ length: samples.length / 784 }, (_, i) => Math.round(samples[i * 784] * 255));
    const whole = prepare(data, { ...request, labeledAnomalyRatio: 0 });
    expect(shades(whole.training.samples)).toEqual([10, 10]);
    expect(shades(whole.test.samples).sort()).toEqual([20, 30, 30, 30, 40]);
    const labeled = prepare(data, { ...request, labeledAnomalyRatio: 0.5 });
    expect(shades(labeled.training.samples)).toEqual([10, 10, 30, 30]);
    expect(shades(labeled.test.samples).sort()).toEqual([20, 30, 40]);
  });

  test('the folders of the normal class are known by the names that a fit knows, in any case', async () => {
    const spelled = {
      'train/Good/0.png': 10,
      'train/normal/0.png': 20,
      'test/GOOD/0.png': 20,
      'test/Normal/0.png': 30,
      'test/ok/0.png': 40,
      'test/broken/0.png': 10,
    };
    const { classNames, testNormal, training, notices } = await loadDataset({
      images: folder('spelled', spelled),
    });
    expect(classNames).toEqual(['good', 'broken']);
    expect([...training.classes].sort()).toEqual([0, 0, 0, 0, 0, 1]);
    expect(testNormal).toHaveLength(3);
    expect(notices?.[0]).toContain('good (5), broken (1); good is normal');
  });

  test.each([
    ['two-trainings', { 'train/bad/0.png': 10 }, 'train/bad: expected good alone in'],
    ['no-image', { 'test/good/0.txt': 'x' }, 'test/good/0.txt: expected an image (.png, .jpg'],
  ])('refuses %s', async (name, more: Record<string, number | string>, message) => {
    const images = folder(name, { ...files, ...more });
    await expect(loadDataset({ images })).rejects.toThrow(message);
  });
});

describe('a table of labels', () => {
  const shown = { '000.png': 10, '001.png': 20, '002.png': 30, 'b.png': 40 };

  const load = (
    name: string,
    rows: string,
    own: Partial<OwnImages> = {},
    files: Record<string, number> = shown,
  ) => {
    const images = folder(name, { ...files, 'labels.csv': rows });
    return loadDataset({ images, labels: path.join(images, 'labels.csv'), ...own });
  };

  test('numbers name images by value, other names with or without the extension', async () => {
    const data = await load('scans', 'id, kind\n2,sick\n0,well\n1.0, well\nb,sick\n');
    expect(contentOf(data)).toEqual([
      ['well', 10],
      ['well', 20],
      ['sick', 30],
      ['sick', 40],
    ]);
    expect(data.classNames).toEqual(['sick', 'well']);
    expect((await load('scans2', 'id,kind\n002.png,sick\n0,well\n1,well\nb.png,sick\n')).checksum).toBe(
      data.checksum,
    );
  });

  test.each([
    ['hash', ['0e12', '0e98', '12e4', '120000']],
    ['stamp', ['20240131123456789000', '20240131123456789001']],
    ['padded', ['1', '01', '001', '1.0']],
  ])('names like numbers are names first: %s', async (kind, names) => {
    const files = Object.fromEntries(names.map((name, i) => [`${name}.png`, 10 + 10 * i]));
    for (const extension of ['', '.png']) {
      const rows = names.map((name, i) => `${name}${extension},${i % 2 ? 'sick' : 'well'}\n`);
      const data = await load(`${kind}${extension}`, `id,kind\n${rows.join('')}`, {}, files);
      expect(contentOf(data).sort()).toEqual(
        names.map((_, i) => [i % 2 ? 'sick' : 'well', 10 + 10 * i]).sort(),
      );
    }
  });

  test.each(['NA', '?', 'null', 'Unlabeled'])('a label %s is missing', async (cell) => {
    await expect(load(`gap ${cell.length}`, `id,kind\n0,a\n1,${cell}\n2,b\nb,a\n`)).rejects.toThrow(
      `labels.csv, row 3, column kind: expected a label for 001.png, found "${cell}"`,
    );
  });

  test('the classes are said, and those that differ by case, space or notation alone', async () => {
    const { notices } = await load('case', 'id,kind\n0,ok\n1,OK\n2,bad\nb,ok\n', { label: 'kind' });
    expect(notices).toEqual([
      expect.stringMatching(/labels\.csv, column kind: images of the classes OK \(1\), bad \(1\), ok \(2\)$/),
      expect.stringMatching(/labels\.csv, column id: numbers name the images, as 0 for 000\.png$/),
      expect.stringContaining(
        'labels of their own that differ by case, space or notation alone: "OK" and "ok"',
      ),
    ]);
  });

  test.each([
    ['whole names', 'id,file,kind\n1,000.png,a\n0,001.png,b\n2,002.png,a\n'],
    ['paths', 'id,file,kind\n1,scans/000.png,a\n0,scans/001.png,b\n2,scans\\002.png,a\n'],
    ['names without an extension', 'id,file,kind\n1,000,a\n0,001,b\n2,002,a\n'],
    ['names last', 'id,kind,file\n1,a,000.png\n0,b,001.png\n2,a,002.png\n'],
  ])('refuses numbers of the row beside surer names of others: %s', async (name, rows) => {
    const numbered = { '000.png': 10, '001.png': 20, '002.png': 30 };
    await expect(load(`beside ${name}`, rows, {}, numbered)).rejects.toThrow(
      /labels\.csv, row 2: "1" in column id would mean 001\.png, but column file names 000\.png; put the column of the names of images first, or take column file away$/,
    );
  });

  test('a number of the row that names the same images, and a column that names a few of them, are no matter', async () => {
    const rows =
      'id,file,like,kind\n0,000.png,b.png,a\n1,001.png,b.png,b\n2,002.png,000.png,a\nb,b.png,001.png,b\n';
    const data = await load('same', rows);
    expect(contentOf(data).map(([kind]) => kind)).toEqual(['a', 'b', 'a', 'b']);
    const whole = 'file,order,kind\n000.png,1,a\n001.png,0,b\n002.png,2,a\nb.png,b,b\n';
    const { notices } = await load('whole', whole);
    expect(notices).toEqual([expect.stringContaining('images of the classes a (2), b (2)')]);
  });

  test('the column of the labels by its name', async () => {
    const data = await load('columns', 'id,kind,site\n0,1,x\n1,0,x\n2,0,y\nb,1,y\n', { label: 'kind' });
    expect(data.classNames).toEqual(['0', '1']);
  });

  test.each([
    ['id,kind\n0,a\n1,b\n2,b\nb,b\n9,a\n', 'labels.csv, row 6, column id: ROOT holds no image "9"; add it'],
    ['id,kind\n0,a\n1,b\n2,b\n', 'b.png: ROOT/labels.csv has no row for it; add one'],
    ['id,kind\n0,a\n1,b\n2,b\nb,a\n00,a\n', 'labels.csv, row 6: a second label for 000.png'],
    [
      '0,a\n1,b\n2,b\nb,a\n',
      'labels.csv, row 1: expected a header, found the image "0"; put a line of names',
    ],
    [
      'id,kind\n0,a\n1,\n2,b\nb,a\n',
      'labels.csv, row 3, column kind: expected a label for 001.png, found nothing',
    ],
    ['id,kind\n0,a\n1,a\n2,a\nb,a\n', 'labels.csv: expected from 2 to 256 classes, found 1: a'],
    [
      'id\n0\n1\n',
      'expected the names of the images in the first column and the labels in the last after it',
    ],
  ])('refuses %j', async (rows, message) => {
    const name = `refused-${rows.length}`;
    const where = path.join(root, name);
    await expect(load(name, rows)).rejects.toThrow(message.replaceAll('ROOT', where));
    await expect(load(name, rows)).rejects.toHaveProperty('name', 'UserError');
  });

  test('refuses a column that is not there, a table that is not, and names that cannot be told apart', async () => {
    const rows = 'id,kind\n0,a\n1,b\n2,b\nb,b\n';
    await expect(load('absent', rows, { label: 'sort' })).rejects.toThrow(
      'a column sort after it, found id, kind',
    );
    await expect(load('absent', rows, { label: 'id' })).rejects.toThrow(
      'a column id after it, found id, kind',
    );
    await expect(load('absent', rows, { labels: 'nowhere.csv' })).rejects.toThrow(
      'labels.csv: expected an image',
    );
    await expect(load('twice', rows, {}, { ...shown, '01.png': 10, 'b.jpg': 10 })).rejects.toThrow(
      'labels.csv, row 3, column id: "1" may mean 001.png or 01.png; give the whole name of the file',
    );
  });
});

describe('refuses', () => {
  test.each([
    [
      'a file of another kind',
      { 'a/1.png': 10, 'b/notes.txt': 'x' },
      'b/notes.txt: expected an image (.png, .jpg',
    ],
    [
      'a damaged image',
      { 'a/1.png': 10, 'b/2.png': 'not a PNG' },
      'b/2.png: expected an undamaged PNG, JPEG',
    ],
    [
      'images beside the folders',
      { 'a/1.png': 10, '2.png': 10 },
      '2.png: expected ROOT to hold a folder for each class',
    ],
    [
      'folders in a class',
      { 'a/x/1.png': 10, 'b/2.png': 10 },
      'a/x: expected images alone in ROOT/a, found a folder; move its images out and take it away',
    ],
    [
      'a class without images',
      { 'a/1.png': 10, 'b/.hidden': 'x' },
      'ROOT/b: expected images, found nothing; put some into it or take it away',
    ],
    [
      'images that are unlabeled',
      { 'a/1.png': 10, 'Unlabelled/1.png': 10 },
      'ROOT/Unlabelled: expected the images of a class, found unlabeled ones',
    ],
    [
      'unlabeled images in the test part',
      { 'train/good/1.png': 10, 'test/good/1.png': 10, 'test/unlabeled/1.png': 10 },
      'ROOT/test/unlabeled: expected the images of a class, found unlabeled ones',
    ],
    ['one class', { 'a/1.png': 10 }, 'ROOT: expected from 2 to 256 classes, found 1: a'],
    [
      'an empty folder',
      { '.hidden': 'x' },
      'ROOT: expected a folder of images for each class, found nothing; make one for each',
    ],
  ])('%s', async (name, files: Record<string, number | string>, message) => {
    const images = folder(name, files);
    await expect(loadDataset({ images })).rejects.toThrow(message.replaceAll('ROOT', images));
    await expect(loadDataset({ images })).rejects.toHaveProperty('name', 'UserError');
  });

  test('a folder that is not there, or a file', async () => {
    await expect(loadDataset({ images: 'nowhere' })).rejects.toThrow('nowhere: no such folder');
    const file = path.join(folder('file', { 'x.png': 10 }), 'x.png');
    await expect(loadDataset({ images: file })).rejects.toThrow(
      'x.png: expected a folder of images, found a file',
    );
  });
});

(HAS_DATA ? test : test.skip)(
  `Head-CT: 200 images, half of them with a haemorrhage${WHY_SKIPPED}`,
  async () => {
    const headCt = path.join(DATA_FOLDER, 'head-ct');
    const data = await loadDataset({
      images: path.join(headCt, 'head_ct'),
      labels: path.join(headCt, 'labels.csv'),
      label: 'hemorrhage',
    });
    expect(data.classNames).toEqual(['0', '1']);
    expect(Array.from(data.training.classes)).toEqual(
      Array.from({ length: 200 }, (_, i) => (i < 100 ? 1 : 0)),
    );
  },
);
