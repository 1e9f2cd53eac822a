import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { datasetNames, readDescriptor } from '../data/descriptor.js';
import { pretrainOptions } from '../detectors/options.js';
import { DETECTORS, detectorNamed } from '../detectors/registry.js';
import { PACKAGE_ROOT } from '../package.js';
import { configPage, sourceOf } from './testing/config-page.js';

const FILE = join(PACKAGE_ROOT, 'docs', 'config.md');

/* docs/config.md shows what the schema says. UPDATE_DOCS=1 writes it anew. */
test('docs/config.md has every key, as the schema has it', () => {
  if (process.env.UPDATE_DOCS) writeFileSync(FILE, configPage());
  expect(configPage()).toBe(readFileSync(FILE, 'utf8'));
});

test('the page has a row with an effect for every option of every detector', () => {
  const rows = configPage()
    .split('\n')
    .map((line) => line.split(/(?<!\\)\|/).map((cell) => cell.trim()));
  for (const { name, options } of DETECTORS) {
    for (const option of Object.keys(options.shape)) {
      const row = rows.find(([, key, names]) => key === `\`${option}\`` && names?.split(', ').includes(name));
      expect([name, option, row?.[3], row?.[5]]).toEqual([
        name,
        option,
        expect.stringMatching(/./),
        expect.stringMatching(/./),
      ]);
    }
  }
});

test.each([
  ['pretrainEpochs', '150'],
  ['pretrainLearningRateMilestones', 'none'],
] as const)('the default of %s is said, and that of each data set that has its own', (option, usual) => {
  const own = datasetNames().flatMap((name) => {
    const value = readDescriptor(name).defaults[option];
    return value === undefined ? [] : [`of ${name} ${value}`];
  });
  expect(pretrainOptions[option].description).toContain(`(${[`default ${usual}`, ...own].join(', ')})`);
});

test('the default of every option is said', () => {
  const [, options] = configPage().split('## Options of detectors');
  const rows = options.split('\n').filter((line) => line.startsWith('| `'));
  const silent = rows.flatMap((row) => {
    const [, option, , , fallback, effect] = row.split(/(?<!\\)\|/).map((cell) => cell.trim());
    return fallback !== '' || /\bdefault\b/.test(effect) ? [] : [option];
  });
  // The one is for the user to give where it counts, and without the other there is no model to start from.
  expect(silent).toEqual(['`gamma`', '`warmStart`']);
});

test('what a protocol sets is said of the detectors and networks that it sets it of', () => {
  expect(
    sourceOf(
      'nu',
      ['oc-svm', 'deep-svdd'].map((name) => detectorNamed(name)),
    ),
  ).toBe("paper: `best-by-test` (oc-svm); authors' code: `0.1` (oc-svm)");
  expect(
    sourceOf(
      'representationSize',
      ['deep-sad', 'oc-svm'].map((name) => detectorNamed(name)),
    ),
  ).toBe("paper: `32` (deep-sad on fashion-mnist); authors' code: `64` (deep-sad on fashion-mnist)");
});
