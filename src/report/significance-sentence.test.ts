import { expect, test } from '@jest/globals';
import { range } from 'es-toolkit';
import type { RunRecord } from '../results/record.js';
import { significanceBySetting } from '../results/significance.js';
import { exampleRecord } from '../results/testing/records.js';
import { significanceSentence } from './significance-sentence.js';

const AUROCS = { 'deep-sad': 0.9, autoencoder: 0.8, kde: 0.7 };

const compared = (seeds: number, dataset = 'cardio') =>
  range(seeds).flatMap((seed) =>
    Object.entries(AUROCS).map(([name, auroc], method) =>
      exampleRecord(
        { dataset, seed, detector: { name, options: {} } },
        { auroc: auroc + (seed * (method + 1)) / 1000 },
      ),
    ),
  );

test.each([
  ['deep-sad', 'Deep SAD is higher in 2 and lower in 0 of 2 comparisons with other detectors'],
  ['autoencoder', 'Autoencoder is higher in 1 and lower in 1 of 2 comparisons with other detectors'],
  ['ssad', '3 of 3 comparisons show a difference'],
])('says what is known of %s', (study, said) => {
  const sentence = significanceSentence(significanceBySetting(compared(10)).auroc, study);
  expect(sentence).toBe(`Significance: ${said} (p < 0.05, Holm).`);
});

test('takes the direction from the ranks that are tested, whatever the mean', () => {
  // Higher by 1 point in eighteen pairs and lower by 29 in two: 3.8 lower on the mean.
  const records = range(20).flatMap((seed) =>
    [0.5, seed < 18 ? 0.51 : 0.21].map((auroc, method) =>
      exampleRecord(
        { seed, detector: { name: ['kde', 'deep-sad'][method], options: {} } },
        { auroc: auroc + seed / 1000 },
      ),
    ),
  );
  expect(significanceSentence(significanceBySetting(records).auroc, 'deep-sad')).toContain(
    'Deep SAD is higher in 1 and lower in 0 of 1 comparison ',
  );
});

test('counts the settings that are tested apart, and not what pools them', () => {
  const both = [...compared(10), ...compared(10, 'satellite')];
  expect(significanceSentence(significanceBySetting(both).auroc, 'deep-sad')).toBe(
    'Significance: Deep SAD is higher in 4 and lower in 0 of 4 comparisons with other detectors in 2 settings, each tested apart (p < 0.05, Holm).',
  );
});

test('passes over settings of too few runs, and says that what pools them is another matter', () => {
  const sentence = (...records: RunRecord[]) =>
    significanceSentence(significanceBySetting(records).auroc, 'deep-sad');
  expect(sentence(...compared(10), ...compared(5, 'satellite'))).toBe(
    'Significance: Deep SAD is higher in 2 and lower in 0 of 2 comparisons with other detectors (p < 0.05, Holm).',
  );
  expect(sentence(...compared(5), ...compared(5, 'satellite'))).toMatch(
    / Deep SAD shares with no other detector the six .* in any one setting\.$/,
  );
});

test('says where nothing could be tested, of the detector under study or of any', () => {
  const untested = (records: RunRecord[], study: string) =>
    significanceSentence(significanceBySetting(records).auroc, study);
  const takes = 'the six paired runs with different results that a test takes.';
  expect(untested(compared(5), 'ssad')).toBe(`Significance: no two detectors have ${takes}`);
  // The two others are tested, as their matrix shows.
  const own = compared(10).filter(({ detector, seed }) => detector.name !== 'deep-sad' || seed < 5);
  for (const records of [compared(5), own])
    expect(untested(records, 'deep-sad')).toBe(
      `Significance: Deep SAD shares with no other detector ${takes}`,
    );
});
