import { expect, test } from '@jest/globals';
import { classDimensions } from './dimensions.js';
import { exampleRun } from './testing/records.js';

test('known classes vary where runs that know some know different ones, not beside runs without labels', () => {
  const none = exampleRun({ labeledAnomalyRatio: 0, knownAnomalyClasses: [] });
  const named = (...runs: Parameters<typeof classDimensions>[0]) =>
    classDimensions(runs).map(({ name }) => name);
  expect(named(none, exampleRun())).toEqual([]);
  expect(named(none, exampleRun(), exampleRun({ knownAnomalyClasses: ['other'] }))).toEqual([
    'knownAnomalyClasses',
  ]);
  expect(named(exampleRun(), exampleRun({ normalClass: 'other' }))).toEqual(['normalClass']);
});
