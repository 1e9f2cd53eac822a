import { describe, expect, test } from '@jest/globals';
import { labelReader, SEMI_TARGET_SPELLING, spellingOf } from './labels.js';

describe('a spelling', () => {
  test.each([
    [{}, SEMI_TARGET_SPELLING],
    [
      { normal: ['0'], anomaly: ['1'] },
      { normal: ['0'], anomaly: ['1'], unlabeled: [''] },
    ],
    [{ anomaly: ['+1.0'] }, { normal: [], anomaly: ['+1.0'], unlabeled: ['', '0'] }],
    [{ unlabeled: ['-1'] }, { normal: ['1'], anomaly: [], unlabeled: ['-1'] }],
    [{ normal: ['1'] }, { normal: ['1'], anomaly: ['-1'], unlabeled: ['', '0'] }],
  ])('given as %j takes its labels from the defaults', (given, spelling) => {
    expect(spellingOf(given, SEMI_TARGET_SPELLING)).toEqual(spelling);
  });

  test('that gives one label two meanings is refused', () => {
    const given = { normal: ['0'], anomaly: ['0.0'] };
    expect(() => labelReader(spellingOf(given, SEMI_TARGET_SPELLING))).toThrow(
      'label "0" is given two meanings: normal and an anomaly',
    );
  });
});

test('a missing label is read as an empty one, unless it is spelled', () => {
  const cells = ['', 'NA', 'n/a', 'NaN', 'null', ' ? '];
  expect(cells.map(labelReader(SEMI_TARGET_SPELLING))).toEqual(cells.map(() => 0));
  expect(labelReader(spellingOf({ normal: ['NA'] }, SEMI_TARGET_SPELLING))('NA')).toBe(1);
  expect(labelReader(spellingOf({ unlabeled: ['none'] }, SEMI_TARGET_SPELLING))('NA')).toBeUndefined();
});
