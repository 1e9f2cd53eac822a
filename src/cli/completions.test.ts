import { expect, test } from '@jest/globals';
import { completionsFor } from './completions.js';

test.each([
  [['fit', 'data.csv', '--detector', 'de'], 'deep-sad'],
  [['fit', 'data.csv', '--set', ''], 'kappa='],
  [['run', 'x.yaml', '--set', 'see'], 'seeds='],
  [['sweep', 'x.yaml', '--set', ''], 'detectors.*.epochs='],
  [['init', '--experiment', ''], 'paper/labeled-ratio-mnist'],
  [['datasets', 'info', 'mn'], 'mnist'],
  [['datasets', 'fetch', 'mnist', ''], 'paper'],
  [['datasets', 'list', '--group', ''], 'adbench'],
])('%j may be %s', (words, name) => {
  expect(completionsFor(words)).toContain(name);
});

test.each([[['run', '']], [['run', 'x.yaml', '--o']], [['datasets', '']], [['datasets', 'fetch', '--d']]])(
  '%j is left to others',
  (words) => {
    expect(completionsFor(words)).toBeUndefined();
  },
);
