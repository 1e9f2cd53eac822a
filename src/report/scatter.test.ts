import { expect, test } from '@jest/globals';
import { uniqBy } from 'es-toolkit/array/uniqBy';
import { pairedColumns } from '../results/pairing.js';
import { exampleRecord } from '../results/testing/records.js';
import { STUDIED } from './detector-style.js';
import { scatterPlots } from './scatter.js';

const record = (name: string, normalClass: string, seed: number, auroc: number) =>
  exampleRecord({ dataset: 'mnist', normalClass, seed, detector: { name, options: {} } }, { auroc });

test('Deep SAD against each competitor: a point a pair of classes, the mean over its seeds', () => {
  const records = [
    record('deep-sad', '0', 1, 0.75),
    record('autoencoder', '0', 1, 0.5),
    record('deep-sad', '0', 2, 0.25),
    record('autoencoder', '0', 2, 0.25),
    record('deep-sad', '1', 1, 0.5),
    record('autoencoder', '1', 1, 0.75),
    record('ssad', '0', 1, 0.5),
    record('ssad', '1', 1, 0.25),
  ];
  const plots = scatterPlots(pairedColumns(records), STUDIED);
  expect(plots.map(({ title }) => title)).toEqual(['Deep SAD against Autoencoder', 'Deep SAD against SSAD']);
  const [spec] = plots.map((plot) => JSON.parse(JSON.stringify(plot.spec)));
  expect(spec.title).toBe('Deep SAD higher in 1 of 2');
  expect(JSON.stringify(spec)).toContain('"title":"AUROC of Autoencoder, %"');
  expect(spec.layer[1].data.values).toEqual([
    expect.objectContaining({ studied: 50, competitor: 37.5 }),
    expect.objectContaining({ studied: 50, competitor: 75 }),
  ]);
});

test('groups differ in colour and mark, ratios too, whose colours are steps of one', () => {
  const ratios = [0.01, 0.05, 0.1];
  const records = ratios.flatMap((labeledAnomalyRatio) =>
    ['deep-sad', 'kde'].map((name) => ({ ...record(name, '0', 1, 0.5), labeledAnomalyRatio })),
  );
  const [{ key = [] }] = scatterPlots(pairedColumns(records), STUDIED);
  expect(key.map(({ name }) => name)).toEqual(['γ_l 0.01', 'γ_l 0.05', 'γ_l 0.1']);
  for (const cue of ['color', 'shape'] as const) expect(uniqBy(key, (entry) => entry[cue])).toHaveLength(3);
});

test('a single point makes no plot', () => {
  const records = [1, 2].flatMap((seed) => [
    record('deep-sad', '0', seed, 0.75),
    record('kde', '0', seed, 0.5),
  ]);
  expect(scatterPlots(pairedColumns(records), STUDIED)).toEqual([]);
});
