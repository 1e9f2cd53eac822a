import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import { fixture } from './formats/testing/fixtures.js';
import { loadDataset } from './registry.js';

const folder = mkdtempSync(path.join(tmpdir(), 'deepsad-own-'));
afterAll(() => rmSync(folder, { recursive: true }));

function write(name: string, content: string | Uint8Array): string {
  const file = path.join(folder, name);
  writeFileSync(file, content);
  return file;
}

describe('a .csv', () => {
  const rows = ['1,2,ok', '3,4,crack', '5,6,fine', '7,8,10', '9,10,9.0', '11,12,9'];
  const file = write('own.csv', `a,b,kind\n${rows.join('\n')}\n`);

  test('normal labels form one class; the others are classes of their own, numbers first', async () => {
    const {
      name,
      shape,
      classNames,
      training,
      test: testPart,
      defaults,
    } = await loadDataset({ file, normal: ['ok', 'fine'] });
    expect({ name, shape, classNames, testPart }).toEqual({
      name: file,
      shape: [2],
      classNames: ['normal', '9', '10', 'crack'],
      testPart: undefined,
    });
    expect(Array.from(training.classes)).toEqual([0, 3, 0, 2, 1, 1]);
    expect(training.values).toEqual(Float64Array.from({ length: 12 }, (_, i) => i + 1));
    expect(defaults).toEqual({ network: 'mlp', hiddenSizes: [32, 16], representationSize: 8 });
  });

  test('the order of rows decides no class', async () => {
    const reversed = write('reversed.csv', `a,b,kind\n${rows.toReversed().join('\n')}\n`);
    const { classNames, checksum } = await loadDataset({ file: reversed, normal: ['ok', 'fine'] });
    const original = await loadDataset({ file, normal: ['ok', 'fine'] });
    expect(classNames).toEqual(original.classNames);
    expect(checksum).not.toBe(original.checksum);
  });

  test('other normal labels have another checksum', async () => {
    const checksums = await Promise.all(
      [['ok'], ['ok', 'fine'], ['fine', 'ok']].map(
        async (normal) => (await loadDataset({ file, normal })).checksum,
      ),
    );
    expect(checksums[0]).not.toBe(checksums[1]);
    expect(checksums[1]).toBe(checksums[2]);
  });

  test('a label column by name, its normal label written as another form of the number', async () => {
    const { classNames, shape } = await loadDataset({
      file: write('b.csv', 'y,a\n1,5\n0.0,6\n'),
      label: 'y',
      normal: ['0'],
    });
    expect(classNames).toEqual(['normal', '1']);
    expect(shape).toEqual([1]);
  });

  test.each([
    [{}, 'say which labels are normal (key normal); found 9, 10, crack, fine, ok'],
    [{ normal: ['good'] }, 'no sample has the normal label good; found 9, 10, crack, fine, ok'],
    [{ label: 'c', normal: ['ok'] }, 'row 1: expected a label column named c'],
  ])('refuses %j', async (keys, message) => {
    await expect(loadDataset({ file, ...keys })).rejects.toThrow(message);
    await expect(loadDataset({ file, ...keys })).rejects.toHaveProperty('name', 'UserError');
  });

  test('a label named normal that is not', async () => {
    const confusing = write('confusing.csv', 'a,y\n1,ok\n2,normal\n');
    await expect(loadDataset({ file: confusing, normal: ['ok'] })).rejects.toThrow(
      'label normal is not among the normal labels ok; rename it',
    );
  });

  test('more than 256 classes', async () => {
    const numbers = (count: number) =>
      `a,y\n${Array.from({ length: count }, (_, i) => `1,${i}`).join('\n')}\n`;
    const most = await loadDataset({ file: write('most.csv', numbers(256)), normal: ['0'] });
    expect(most.classNames).toHaveLength(256);
    expect(most.training.classes[255]).toBe(255);
    await expect(loadDataset({ file: write('many.csv', numbers(257)), normal: ['0'] })).rejects.toThrow(
      '257 classes, but at most 256 are possible; is the label column a feature?',
    );
  });
});

test.each(['arrays.npz', 'arrays.mat'])('%s: X and y, 0 is normal', async (name) => {
  const file = write(name, fixture(name));
  const { classNames, shape, training } = await loadDataset({ file });
  expect({ classNames, shape }).toEqual({ classNames: ['normal', '1', '2'], shape: [2] });
  expect(Array.from(training.classes)).toEqual([0, 1, 0, 2]);
  expect(training.values).toEqual(Float64Array.of(0, 1, 2, 3, 4, 5, 6, 7));

  const other = await loadDataset({ file, label: 'z', normal: ['2', '1'] });
  expect(other.classNames).toEqual(['normal', '0']);
  expect(Array.from(other.training.classes)).toEqual([0, 0, 1, 1]);
});

test('a file that is not there, and one of another kind', async () => {
  await expect(loadDataset({ file: 'nowhere.csv' })).rejects.toThrow(
    'nowhere.csv: no such file; a path in a config counts from the working directory',
  );
  await expect(loadDataset({ file: 'x.parquet' })).rejects.toThrow(
    'x.parquet: expected a .csv, .npz or .mat file',
  );
});
