import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { parse } from 'yaml';
import * as z from 'zod';
import type { Dataset } from '../data/dataset.js';
import { type DatasetDescriptor, readDescriptor } from '../data/descriptor.js';
import { readPart } from '../data/part.js';
import { loadDataset } from '../data/registry.js';
import { DATA_FOLDER, HAS_DATA, WHY_SKIPPED } from '../data/testing/data-folder.js';
import { PACKAGE_ROOT } from '../package.js';
import { expand } from './expansion/expand.js';
import { jsonSchema } from './json-schema.js';
import { loadConfig } from './load.js';
import { imagesOf } from './testing/examples.js';

const FOLDER = path.join(PACKAGE_ROOT, 'configs');
/** A class and 3 × 32 × 32 values. */
const CIFAR_RECORD_BYTES = 3073;
const SCHEMA = path.join(FOLDER, 'schema.json');
const CONFIGS = readdirSync(FOLDER, { recursive: true, encoding: 'utf8' }).filter((file) =>
  file.endsWith('.yaml'),
);
/** The paper's experiments, whole and in the short form of ten pairs. */
const PAPER = CONFIGS.filter((file) => ['paper', 'ten-pairs'].includes(path.dirname(file)));

/* UPDATE_DOCS=1 writes it anew. */
test('configs/schema.json is what `deepsad schema` prints', () => {
  if (process.env.UPDATE_DOCS) writeFileSync(SCHEMA, jsonSchema());
  expect(jsonSchema()).toBe(readFileSync(SCHEMA, 'utf8'));
});

test('no two configs write to the same folder of results', () => {
  const names = CONFIGS.map((file) => loadConfig(path.join(FOLDER, file), []).experiment.name);
  expect(new Set(names).size).toBe(names.length);
});

describe.each(CONFIGS)('configs/%s', (file) => {
  const config = path.join(FOLDER, file);
  const text = readFileSync(config, 'utf8');

  test('is valid, and named like its file', () => {
    expect(`${loadConfig(config, []).experiment.name}.yaml`).toBe(path.basename(file));
  });

  test('names the JSON Schema, which accepts it and refuses a misspelt key', () => {
    const [, schema] = /^# yaml-language-server: \$schema=(\S+)\n/.exec(text) ?? [];
    expect(path.join(path.dirname(config), schema)).toBe(SCHEMA);
    const editor = z.fromJSONSchema(JSON.parse(jsonSchema()));
    expect(editor.safeParse(parse(text)).error).toBeUndefined();
    expect(editor.safeParse({ ...parse(text), pollutionRato: 0 }).success).toBe(false);
  });
});

describe('the comment of a config of the paper says how many runs it makes', () => {
  const isTable = (file: string) => file.includes('classic-');

  /** Compares with the runs on a data set; refused splits, such as for want of anomalies, fail too. */
  function expectRuns(file: string, dataset: Dataset): void {
    const config = path.join(FOLDER, file);
    const [, stated] = /^# ([\d,]+) runs; about .+ on one core\.$/m.exec(readFileSync(config, 'utf8')) ?? [];
    const { runs } = expand(loadConfig(config, []).experiment, dataset);
    expect(stated).toBe(runs.length.toLocaleString('en'));
  }

  const nameOf = (file: string) => loadConfig(path.join(FOLDER, file), []).experiment.dataset[0] as string;

  /** What is read from files in the format of CIFAR-10's binary version, each batch of a tenth of its images. */
  async function madeCifar(descriptor: DatasetDescriptor): Promise<Dataset> {
    const bytes = Buffer.alloc(1000 * CIFAR_RECORD_BYTES);
    for (let i = 0; i < 1000; i++) bytes[i * CIFAR_RECORD_BYTES] = i % descriptor.classes.length;
    const read = (files: DatasetDescriptor['training']) =>
      readPart(
        descriptor,
        files.map(({ path: file }) => ({ file, bytes })),
      );
    const { samples: training, shape } = await read(descriptor.training);
    const { samples: test } = await read(descriptor.test ?? []);
    return { ...imagesOf(descriptor.classes), name: 'cifar10', shape, training, test };
  }

  test.each(PAPER.filter((file) => !isTable(file)))('%s', async (file) => {
    // Ratios decide what can be met, so that a tenth of the training samples will do.
    const descriptor = readDescriptor(nameOf(file));
    const { classes, defaults, format, shape } = descriptor;
    const dataset = format === 'cifar' ? await madeCifar(descriptor) : { ...imagesOf(classes, 500), shape };
    expectRuns(file, { ...dataset, defaults });
  });

  const withData = HAS_DATA ? test : test.skip; // the tables are not in the repository
  withData.each(PAPER.filter(isTable))(`%s${WHY_SKIPPED}`, async (file) => {
    expectRuns(file, await loadDataset(nameOf(file), DATA_FOLDER));
  });
});
