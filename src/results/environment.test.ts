import { hash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { Dataset } from '../data/dataset.js';
import { PACKAGE_ROOT } from '../package.js';
import {
  environment,
  forgetEnvironments,
  joinEnvironments,
  joinTexts,
  writeEnvironment,
} from './environment.js';
import { exampleEnvironment, exampleRecord } from './testing/records.js';

const dataset: Dataset = {
  name: 'cardio',
  shape: [1],
  classNames: ['normal', 'anomaly'],
  training: { count: 0, values: new Float64Array(), classes: new Uint8Array() },
  checksum: 'ab'.repeat(32),
  defaults: { network: 'mlp', representationSize: 8 },
};

test('names each engine once, the data and the installed versions', async () => {
  const records = [exampleRecord(), exampleRecord({ seed: 2 })];
  const found = environment(records, [dataset]);
  expect(found.engines).toEqual(['native (avx2)']);
  expect(found.data).toEqual({ cardio: dataset.checksum });
  expect(found.node).toBe(process.version);
  const zod = JSON.parse(readFileSync(join(PACKAGE_ROOT, 'node_modules/zod/package.json'), 'utf8'));
  expect(found.packages.zod).toBe(zod.version);
  expect(Object.values(found.packages)).not.toContain('missing');
});

test('names the commit that the bundle was built from', () => {
  const { commit } = JSON.parse(readFileSync(join(PACKAGE_ROOT, 'bundle', 'build.json'), 'utf8'));
  expect(environment([], []).commit).toBe(commit);
});

describe('in a folder', () => {
  let directory: string;
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'environment-'));
  });
  afterEach(() => rmSync(directory, { recursive: true }));

  const MAIN = 'environment.json';
  const KEPT = expect.stringMatching(/^environment-[0-9a-f]{8}\.json$/);
  const names = () => readdirSync(directory).sort();
  const kept = () => names().filter((name) => name !== MAIN);
  const read = (name = MAIN) => JSON.parse(readFileSync(join(directory, name), 'utf8'));
  const write = async (from = [dataset], record = exampleRecord()) =>
    writeEnvironment(join(directory, MAIN), environment([record], from));
  /** Has the environment there be another one. */
  const age = (node = 'v18.0.0') => writeFileSync(join(directory, MAIN), JSON.stringify({ ...read(), node }));

  test('the only one is one file', async () => {
    await write();
    expect(names()).toEqual([MAIN]);
    expect(read().data).toEqual({ cardio: dataset.checksum });
  });

  test('that of others stays beside it, once, until all are forgotten', async () => {
    await write();
    age();
    const before = readFileSync(join(directory, MAIN), 'utf8');
    for (let time = 0; time < 3; time++) await write();
    expect(names()).toEqual([KEPT, MAIN]);
    expect(read().node).toBe(process.version);
    expect(readFileSync(join(directory, kept()[0]), 'utf8')).toBe(before);

    for (const name of ['environment-of-mine.json', 'environment.1-of-2.host-1.json'])
      writeFileSync(join(directory, name), '{}');
    await forgetEnvironments(directory);
    expect(names()).toEqual(['environment-of-mine.json']);
  });

  test('one that comes back is there once', async () => {
    await write();
    const now = readFileSync(join(directory, MAIN), 'utf8');
    const checksum = hash('sha256', now);
    writeFileSync(join(directory, `environment-${checksum.slice(0, 8)}.json`), now);
    age();
    await write();
    expect(read().node).toBe(process.version);
    expect(kept().map((name) => read(name).node)).toEqual(['v18.0.0']);
  });

  test('differs not by what is computed in it', async () => {
    await write();
    const thyroid = { ...dataset, name: 'thyroid', checksum: 'cd'.repeat(32) };
    await write([thyroid], { ...exampleRecord(), device: 'avx512' });
    expect(names()).toEqual([MAIN]);
    expect(read()).toMatchObject({
      engines: ['native (avx2)', 'native (avx512)'],
      data: { cardio: dataset.checksum, thyroid: thyroid.checksum },
    });
    await write([{ ...dataset, checksum: 'ef'.repeat(32) }]);
    expect(names()).toEqual([KEPT, MAIN]);
    expect(read().data).toEqual({ cardio: 'ef'.repeat(32) });
    expect(read(kept()[0]).data).toMatchObject({ cardio: dataset.checksum });
  });

  test('stays even where it cannot be read', async () => {
    writeFileSync(join(directory, MAIN), 'no JSON');
    await write();
    expect(names()).toEqual([KEPT, MAIN]);
    expect(readFileSync(join(directory, kept()[0]), 'utf8')).toBe('no JSON');
  });
});

test('those that differ by what was computed in them alone are one, by the last name', () => {
  const [a, b] = ['native (avx2)', 'native (avx512)'].map((engine) =>
    exampleEnvironment({ engines: [engine] }),
  );
  const other = exampleEnvironment({ node: 'v22.12.0' });
  const joint = { ...a, engines: [...a.engines, ...b.engines] };
  expect(
    joinEnvironments([
      ['1', a],
      ['2', other],
      ['3', b],
    ]),
  ).toEqual(
    new Map([
      ['2', other],
      ['3', joint],
    ]),
  );
  const texts = [a, b].map((each) => JSON.stringify(each));
  expect(joinTexts([texts[0], 'no JSON', texts[1]])).toEqual(['no JSON', JSON.stringify(joint, null, 2)]);
});
