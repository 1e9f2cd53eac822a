import { expect, test } from '@jest/globals';
import { parseConfig } from './load.js';
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
