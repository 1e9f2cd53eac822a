import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import * as z from 'zod';
import { byName } from '../src/by-name.js';
import { parseConfig } from '../src/config/load.js';
import { loadDataset } from '../src/data/registry.js';
import { deepsad, PATIENCE } from './testing/program.js';

jest.setTimeout(PATIENCE);

/** Names that every object of JavaScript has a meaning for. */
const NAMES = ['__proto__', 'constructor', 'hasOwnProperty', 'toString'];

const root = mkdtempSync(join(tmpdir(), 'deepsad-names-'));
afterAll(() => rmSync(root, { recursive: true }));

const STEPS = Array.from({ length: 30 }, (_, i) => `${i},${(i * 7) % 5}\n`).join('');
const IMAGE = join(import.meta.dirname, '../src/data/formats/testing/fixtures/wave.jpg');

beforeAll(() => {
  for (const name of NAMES) {
    mkdirSync(join(root, 'images', name), { recursive: true });
    copyFileSync(IMAGE, join(root, 'images', name, `${name}.jpg`));
  }
  for (const part of ['train', 'test', 'test_label']) {
    mkdirSync(join(root, 'series', part), { recursive: true });
    for (const name of NAMES) {
      const labels = '0\n'.repeat(29);
      writeFileSync(
        join(root, 'series', part, `${name}.txt`),
        part === 'test_label' ? `${labels}1\n` : STEPS,
      );
    }
  }
  const rows = Array.from({ length: 20 }, (_, i) => `${i},${(i * 3) % 7},${NAMES[i % 2]}`);
  writeFileSync(join(root, 'table.csv'), `__proto__,constructor,toString\n${rows.join('\n')}\n`);
});

test('of folders are classes', async () => {
  const { classNames } = await loadDataset({ images: join(root, 'images') });
  expect(classNames).toEqual(NAMES);
});

test('of columns and labels are columns and labels', async () => {
  const dataset = await loadDataset({
    file: join(root, 'table.csv'),
    label: 'toString',
    normal: ['constructor'],
  });
  expect(dataset).toMatchObject({ classNames: ['normal', '__proto__'], shape: [2] });
});

test('of machines are machines, in results and in models', async () => {
  const config = join(root, 'config.json');
  const series = { series: join(root, 'series'), windowLength: 3, stride: 1 };
  writeFileSync(config, JSON.stringify({ name: 'odd', dataset: series, detectors: ['isolation-forest'] }));
  const results = join(root, 'results');
  expect(await deepsad(['run', config, '--out', results])).toMatchObject({ code: 0 });
  const again = await deepsad(['run', config, '--out', results]);
  for (const name of NAMES) expect(again.stdout).toContain(name);

  const [data, model] = [join(root, 'series', 'train'), join(root, 'model')];
  const fit = ['fit', data, '--window-length', '3', '--stride', '1', '--detector', 'isolation-forest'];
  expect(await deepsad([...fit, '--out', model])).toMatchObject({ code: 0 });
  const { stdout } = await deepsad(['score', model, data]);
  for (const name of NAMES) expect(stdout).toContain(`${name}:1-3,`);
});

describe.each(NAMES)('%s', (name) => {
  const config = (keys: string, ...assignments: string[]) =>
    parseConfig(`name: x\ndataset: cardio\ndetectors: [deep-sad]\n${keys}`, 'x.yaml', assignments);

  test('as a key of a config is unknown', () => {
    expect(() => config(`${name}: 1\n`)).toThrow(`x.yaml:4:1: ${name}: unknown key`);
  });

  test('as a detector, a data set or an option is unknown', () => {
    expect(() => config('', `detectors=${name}`)).toThrow(`found "${name}"`);
    expect(() => config('', `dataset=${name}`)).toThrow(`found "${name}"`);
    expect(() => config('', `detectors.0.${name}=1`)).toThrow('unknown key');
    expect(() => config('', `detectors.0.${name}.a=1`)).toThrow('unknown key');
  });

  test('as a command or an option of the command line is unknown', async () => {
    expect(await deepsad([name])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining(`unknown command ${name}`),
    });
    expect(await deepsad(['fit', 'x.csv', '--out', 'm', '--detector', name])).toMatchObject({ code: 2 });
    expect(await deepsad(['fit', 'images', '--out', 'm', '--network', name])).toMatchObject({ code: 2 });
  });

  test('is read back from JSON', () => {
    const text = JSON.stringify(Object.fromEntries([[name, 1]]));
    expect(Object.entries(byName(z.number()).parse(JSON.parse(text)))).toEqual([[name, 1]]);
    expect(() => byName(z.string()).parse(JSON.parse(text))).toThrow(name);
  });
});
