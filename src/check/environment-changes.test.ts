import { expect, test } from '@jest/globals';
import type { Environment } from '../results/environment.js';
import { describeChange, environmentChanges } from './environment-changes.js';

const before: Environment = {
  deepsad: '0.1.0',
  commit: 'a1',
  node: 'v20.11.0',
  os: 'Linux 6.1 x64',
  cpu: 'A',
  cores: 2,
  engines: ['native (avx2)'],
  packages: { zod: '4.0.0', yaml: '2.0.0' },
  data: { mnist: 'ab' },
};

test('an environment has not changed against itself', () => {
  expect(environmentChanges(before, { ...before, packages: { ...before.packages } })).toEqual([]);
});

test('names every part that changed, came or went', () => {
  const { commit: _, ...rest } = before;
  const changes = environmentChanges(before, {
    ...rest,
    cpu: 'B',
    engines: ['native (avx512)'],
    packages: { zod: '4.1.0', sharp: '0.35.0' },
    data: { mnist: 'cd' },
  });
  expect(changes.map(describeChange)).toEqual([
    'commit: a1 → none',
    'CPU: A → B',
    'engine: native (avx2) → native (avx512)',
    'package zod: 4.0.0 → 4.1.0',
    'package yaml: 2.0.0 → none',
    'data mnist: ab → cd',
    'package sharp: none → 0.35.0',
  ]);
});
