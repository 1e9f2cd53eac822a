import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from '@jest/globals';
import { nearPath } from './near-path.js';

const root = mkdtempSync(join(tmpdir(), 'deepsad-near-'));
afterAll(() => rmSync(root, { recursive: true }));
mkdirSync(join(root, 'configs'));
for (const name of ['quickstart.yaml', 'cardio.yaml']) writeFileSync(join(root, 'configs', name), '');

test.each([
  ['configs/quikstart.yaml', 'configs/quickstart.yaml'],
  ['configs/cardio.yml', 'configs/cardio.yaml'],
  ['config/cardio.yaml', 'configs/cardio.yaml'],
  ['confgs/cardoi.yaml', 'configs/cardio.yaml'],
  ['configs/entirely-other.json', undefined],
  ['elsewhere/cardio.yaml', undefined],
])('%s', (path, near) => {
  expect(nearPath(join(root, path))).toBe(near && join(root, near));
});

test('of a name alone, in the working directory', () => {
  expect(nearPath('package.jsn')).toBe('package.json');
});
