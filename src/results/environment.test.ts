import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import type { Dataset } from '../data/dataset.js';
import { PACKAGE_ROOT } from '../package.js';
import { environment, writeEnvironment } from './environment.js';
import { exampleRecord } from './testing/records.js';

const dataset: Dataset = {
  name: 'cardio',
  shape: [1],
  classNames: ['normal', 'anomaly'],
  training: { count: 0, values: new Float64Array(), classes: new Uint8Array() },
  checksum: 'ab'.repeat(32),
  defaults: { network: 'mlp', representationSize: 8 },
};

test('names each engine once, the data and the installed versions', () => {
  const records = [exampleRecord(), exampleRecord({ seed: 2 })];
  const found = environment(records, [dataset]);
  expect(found.engines).toEqual(['native (avx2)']);
  expect(found.data).toEqual({ cardio: dataset.checksum });
  expect(found.node).toBe(process.version);
  const zod = JSON.parse(readFileSync(join(PACKAGE_ROOT, 'node_modules/zod/package.json'), 'utf8'));
  expect(found.packages.zod).toBe(zod.version);
  expect(Object.values(found.packages)).not.toContain('missing');
});

const inCheckout = existsSync(join(PACKAGE_ROOT, '.git')) ? test : test.skip; // an unpacked release has no commit

inCheckout('names the commit of the checkout', () => {
  const head = execFileSync('git', ['-C', PACKAGE_ROOT, 'rev-parse', 'HEAD'], { encoding: 'utf8' }).trim();
  expect(environment([], []).commit?.replace(/-dirty$/, '')).toBe(head);
});

test('writes one file', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'environment-'));
  try {
    await writeEnvironment([exampleRecord()], [dataset], directory);
    expect(readdirSync(directory)).toEqual(['environment.json']);
    const written = JSON.parse(readFileSync(join(directory, 'environment.json'), 'utf8'));
    expect(written.data).toEqual({ cardio: dataset.checksum });
  } finally {
    rmSync(directory, { recursive: true });
  }
});
