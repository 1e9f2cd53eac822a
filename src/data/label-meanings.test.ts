import { describe, expect, test } from '@jest/globals';
import { labelReader, SEMI_TARGET_SPELLING } from './input/labels.js';
import { describeCounts, doubtLabels, LabelTally } from './label-meanings.js';

const read = labelReader(SEMI_TARGET_SPELLING);

/** The counts of labels that the default spelling reads. */
function countsOf(...labels: string[]) {
  const tally = new LabelTally();
  tally.add(
    Int8Array.from(labels, (label) => read(label) ?? 0),
    labels,
  );
  return tally.counts;
}

test('each spelling is said with its meaning and count', () => {
  expect(describeCounts(countsOf('1', '+1', '1', '-1', '', '0', ''))).toBe(
    '3 labeled normal (1: 2, +1: 1), 1 labeled anomalies (-1), 3 unlabeled (nothing: 2, 0: 1)',
  );
  const tally = new LabelTally();
  tally.add(Int8Array.of(1, 0, 0));
  expect(describeCounts(tally.counts)).toBe('1 labeled normal, 0 labeled anomalies, 2 unlabeled');
});

test('of many spellings the most frequent are said, and texts that are no word in quotes', () => {
  const labels = ['a', 'b', 'c', 'd', 'e', 'not good', 'not good', 'x'.repeat(99), 'x'.repeat(99)];
  const tally = new LabelTally();
  tally.add(new Int8Array(labels.length).fill(-1), labels);
  expect(describeCounts(tally.counts, { anomaly: 'anomalous' })).toBe(
    `9 anomalous ("not good": 2, "${'x'.repeat(39)}…": 2, a: 1, b: 1, c: 1, 2 more)`,
  );
});

describe('labels to fit on', () => {
  const doubts = (...labels: string[]) => doubtLabels(countsOf(...labels), 't.csv, column y', true);

  test.each([
    [
      ['1', '0', '0'],
      't.csv, column y: the label 1 (1) beside "0" (2) alone may mean normal or anomaly; say which: ' +
        'normal 0 anomaly 1, or anomaly 1 or normal 1 with all else unlabeled',
    ],
    [
      ['1.0', '', 'NA'],
      'the label 1 (1) beside nothing and "NA" (2) alone may mean normal or anomaly; say which: anomaly 1 or normal 1 with',
    ],
    [['1', '1'], 'the label 1 (2) alone may mean normal or anomaly; say which: anomaly 1 or normal 1'],
  ])('%j are refused under the default spelling', (labels, message) => {
    expect(() => doubts(...labels)).toThrow(message);
    expect(doubtLabels(countsOf(...labels), 't.csv', false)).toEqual([]);
  });

  test.each([
    [['-1', '0', ''], []],
    [['1', '-1'], []],
    [
      ['-1', '-1', '1'],
      ['t.csv, column y: more anomalies (2) than others (1); is their meaning the other way round?'],
    ],
    [['0', ''], ['t.csv, column y: no sample has a label']],
  ])('%j are warned of: %j', (labels, warnings) => {
    expect(doubts(...labels)).toEqual(warnings);
  });

  test('names of folders of which none is known to be normal are warned of, unless it is said what they mean', () => {
    const tally = new LabelTally();
    tally.add(Int8Array.of(-1, -1, 0, 0), ['healthy', 'healthy', '', '']);
    expect(doubtLabels(tally.counts, 'scans, its folders', true)).toEqual([
      'scans, its folders: no sample is labeled normal, and all labels are taken for anomalies (healthy); say which are normal (normal)',
    ]);
    expect(doubtLabels(tally.counts, 'scans, its folders', false)).toEqual([]);
  });
});
