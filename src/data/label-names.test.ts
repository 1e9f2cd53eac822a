import { expect, test } from '@jest/globals';
import { describeMisspelled, labelName, nearlyEqual, sortedLabels } from './label-names.js';

test.each<[string, string[]]>([
  ['1', ['1', '+1', '01', '1.', '1.0', ' 1 ', '1.000000000000000000e+00', '10.0e-01', '0.01e2']],
  ['0', ['0', '-0', '00', '.0', '0.00e+10']],
  ['-1', ['-1', '-1.0', '-001']],
  ['0.5', ['.5', '0.50', '5.0e-1']],
  ['1200', ['1.2e3', '1200.0']],
  ['true', ['true', 'True', 'TRUE']],
])('%s is one label, however it is written', (name, spellings) => {
  expect(spellings.map(labelName)).toEqual(spellings.map(() => name));
});

test.each<[string, string]>([
  ['1e2', '100'],
  ['0x64', '100'],
  ['9007199254740993', '9007199254740992'],
  ['0.1', '0.1000000000000000055'],
  ['ok', 'OK'],
  ['', '0'],
  ['.', '0'],
  ['-', '0'],
])('%s is not %s', (label, other) => {
  expect(labelName(label)).not.toBe(labelName(other));
});

test('names are sorted numbers first, each once', () => {
  expect(sortedLabels(['b', '10', '9', 'a', '9', '9007199254740993', '9007199254740992'], 'x.csv')).toEqual([
    '9',
    '10',
    '9007199254740992',
    '9007199254740993',
    'a',
    'b',
  ]);
});

test('many misspellings are one line', () => {
  expect(describeMisspelled('t.csv', ['a', 'A', 'b', 'B', 'c', 'C', 'd', 'D', 'e'])).toEqual([
    't.csv: labels of their own that differ by case, space or notation alone: "a" and "A", "b" and "B", "c" and "C", 1 more',
  ]);
});

test('names that differ by case, space or notation alone are found', () => {
  expect(nearlyEqual(['ok', 'bad', 'OK', 'not good', 'notgood', 'fine'])).toEqual([
    ['ok', 'OK'],
    ['not good', 'notgood'],
  ]);
  expect(
    nearlyEqual(['größe', 'gro\u0308ße', 'fine', 'fine\u200b', '\ufb01ne', '7', '７', '1', '1.0', '10']),
  ).toEqual([
    ['größe', 'gro\u0308ße'],
    ['fine', 'fine\u200b', '\ufb01ne'],
    ['7', '７'],
    ['1', '1.0'],
  ]);
});
