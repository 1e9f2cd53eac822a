import path from 'node:path';
import { expect, test } from '@jest/globals';
import { PACKAGE_ROOT } from '../package.js';
import { loadConfig, parseConfig } from './load.js';
import { shippedConfigs } from './shipped.js';
import { schema } from './testing/examples.js';
import { toYaml } from './write.js';

test.each(['all', '[[0, 1]]', '[[0, 1], 2]', '[0, 1]'])(
  'a written experiment with normalClass %s reads back as the same',
  (normalClass) => {
    const text = `
name: example
dataset: [mnist, {file: own.csv, label: kind, normal: [yes, 0]}]
normalClass: ${normalClass}
protocol: paper
testPart: [held-out, redrawn]
knownAnomalyClassCount: [0, 2]
labeledAnomalyRatio: [0.01, 0.1]
detectors:
  - deep-svdd
  - {name: deep-sad, eta: [0.1, 1], hiddenSizes: [[8], []], learningRateMilestones: [50]}
seeds: 7
diagnostics: entropy
`;
    const { experiment } = parseConfig(text, 'example.yaml', [], schema);
    const written = toYaml(experiment);
    expect(parseConfig(written, 'config.yaml', [], schema).experiment).toEqual(experiment);
    expect(written).toContain('seeds: 7\n');
  },
);

test.each([...shippedConfigs().map((name) => `configs/${name}.yaml`), 'docs/own-data/experiment.yaml'])(
  '%s, written, reads back as the same experiment',
  (file) => {
    const { experiment } = loadConfig(path.join(PACKAGE_ROOT, file));
    expect(parseConfig(toYaml(experiment), 'config.yaml').experiment).toEqual(experiment);
  },
);

test.each([
  'cardio',
  '{file: a.npz}',
  '{file: a.mat, test: b.mat, label: kind, normal: [0, 1]}',
  '{file: a.csv.gz, label: kind, normal: fine, categorical: x, drop: [u, v], missing: fill}',
  '{file: a.csv, semiTarget: known}',
  '{file: a.csv, semiTarget: known, test: b.csv, label: kind, normal: fine}',
  'cardio, {file: a.npz, semiTarget: known}',
  '{images: parts}',
  '{images: parts, labels: names.csv, label: kind, network: cifar10}',
  '{series: fleet, windowLength: 32, stride: 8}',
  '{series: fleet, windowLength: 32, stride: 8, machine: "1"}',
])('an experiment on %s that leaves all else open, written, reads back as the same', (dataset) => {
  const text = `{name: example, dataset: [${dataset}], detectors: isolation-forest}`;
  const { experiment } = parseConfig(text, 'example.yaml');
  expect(parseConfig(toYaml(experiment), 'config.yaml').experiment).toEqual(experiment);
});
