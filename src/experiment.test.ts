import { expect, test } from '@jest/globals';
import { parseConfig } from './config/load.js';
import { deviceFor } from './experiment.js';

const on = (dataset: unknown) =>
  parseConfig(JSON.stringify({ name: 'parts', dataset, detectors: ['deep-sad'] }), 'parts.json', []);

test.each([
  ['images', 'mnist', 'auto'],
  ["a user's images", { images: 'parts' }, 'auto'],
  ['images and a table', ['mnist', 'cardio'], 'auto'],
  ['a table', 'cardio', 'cpu'],
  ["a user's table", { file: 'parts.csv', label: 'state', normal: 'fine' }, 'cpu'],
  ['series', { series: 'machines', windowLength: 8, stride: 4 }, 'cpu'],
])('auto looks for a GPU where an experiment has images: %s', (_what, dataset, device) => {
  expect(deviceFor(on(dataset), 'auto')).toBe(device);
  expect(deviceFor(on(dataset), 'webgpu')).toBe('webgpu');
});
