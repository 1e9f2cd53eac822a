import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from '@jest/globals';
import { uniq } from 'es-toolkit';
import { parseConfig } from '../config/load.js';
import { SEMI_TARGET_SPELLING } from '../data/input/labels.js';
import { probeDevice } from '../engine/device.js';
import { DEVICES } from '../engine/registry.js';
import { fitModel } from '../models/fit-model.js';
import { writeModel } from '../models/model-folder.js';
import { deviceFor, planAgain, planExperiments } from './experiment.js';

const directory = mkdtempSync(join(tmpdir(), 'experiment-'));
afterAll(() => rmSync(directory, { recursive: true }));

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

test('what is planned again has the runs of the device that it was planned on, which need not be here', async () => {
  const file = join(directory, 'again.csv');
  const rows = Array.from({ length: 40 }, (_, i) => `${Math.sin(i)},${i % 4 ? 'fine' : 'bad'}`);
  writeFileSync(file, ['a,state', ...rows].join('\n'));
  const config = on({ file, label: 'state', normal: 'fine' });
  const plans = await planAgain(DEVICES.map((device) => ({ config, device })));
  expect(plans.map(({ device }) => device)).toEqual(DEVICES);
  for (const { device, devices } of plans) {
    const probe = await probeDevice(device);
    expect([...devices.keys()]).toEqual(uniq(['cpu', ...(probe.available ? [device] : [])]));
  }
  const [cpu, webgpu] = plans.map(({ runs }) => runs.map(({ id }) => id));
  expect(webgpu).not.toEqual(cpu);
  expect(await planExperiments([config], 'cpu')).toMatchObject([{ runs: cpu.map((id) => ({ id })) }]);
});

test('a saved model that runs cannot start from is refused before any of them', async () => {
  const [file, model] = [join(directory, 'parts.csv'), join(directory, 'model')];
  const rows = Array.from(
    { length: 40 },
    (_, i) => `${Math.sin(i)},${Math.cos(7 * i)},${i % 4 ? 'fine' : 'bad'}`,
  );
  writeFileSync(file, ['a,b,state', ...rows].join('\n'));
  const fitted = await fitModel({
    data: file,
    detector: 'autoencoder',
    set: ['epochs=1'],
    seed: 1,
    device: 'cpu',
    contamination: 0.05,
    labelColumn: undefined,
    spelling: SEMI_TARGET_SPELLING,
    drop: ['state'],
    missing: 'refuse',
    warn: () => {},
    onRead: () => {},
    onProgress: () => {},
  });
  await writeModel(model, fitted);
  const planned = (representationSize: number | undefined, options: object = {}) => {
    const detector = { name: 'deep-sad', warmStart: model, representationSize, ...options };
    const dataset = { file, label: 'state', normal: 'fine' };
    const config = JSON.stringify({ name: 'parts', dataset, detectors: ['deep-svdd', detector] });
    return planExperiments([parseConfig(config, 'parts.json', [])], 'cpu');
  };
  const [{ runs }] = await planned(undefined);
  expect(runs).toHaveLength(2);
  await expect(planned(3)).rejects.toThrow(
    /^parts.json:1:\d+: detectors.1.warmStart: on \S*parts.csv, .*detector.json: its encoder is not that of this deep-sad/,
  );
  // One that is gone concerns only the runs that are to be done.
  const { warmStartChecksum } = runs[1].detector.options;
  rmSync(model, { recursive: true });
  expect(await planned(undefined, { warmStartChecksum })).toMatchObject([{ runs }]);
});
