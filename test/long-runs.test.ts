import { runInNewContext } from 'node:vm';
import { describe, expect, test } from '@jest/globals';
import { foreignText } from '../src/data/formats/foreign.js';
import { labelName } from '../src/data/label-names.js';
import { isMissing, noNumber, numberIn, shown } from '../src/data/table/cells.js';
import { onOneLine } from '../src/messages/visible.js';

/**
 * Functions that try regular expressions on whatever a file holds. One that can match a text in many ways tries them all before it fails,
 * so that forty blank lines would take it hours.
 */
const DOORS = { foreignText, labelName, isMissing, noNumber, numberIn, shown, onOneLine };

/** Each repeated to some 100,000 characters, behind a start and before an end at which a match may fail. */
const RUNS = [
  ' ',
  '\n',
  '\r\n',
  '\t',
  ' \n',
  '%',
  '% a  b c\n',
  '%  \n\n',
  '# x \n',
  '0',
  '1',
  '9.',
  '1e',
  '-',
  '.',
  ',',
  '"',
  ';',
  'a b ',
  '1 2 ',
  '{',
  '[ ',
  '<!',
];
const STARTS = ['', 'a', '0.'];
const ENDS = ['', 'x', '\nx', '1x', ' \n@relatio'];

/** Many times what a function takes that reads a text once, and nothing to one that is exponential or quadratic in it. */
const PATIENCE = { timeout: 5000 };

describe.each(Object.entries(DOORS))('%s reads at once', (_, door: (text: string) => unknown) => {
  test.each(RUNS)('runs of %j', (run) => {
    const texts = STARTS.flatMap((start) =>
      ENDS.map((end) => start + run.repeat(100_000 / run.length) + end),
    );
    const read = () => texts.map(door).length;
    // A context has a limit of time that ends a regular expression too.
    expect(runInNewContext('read()', { read }, PATIENCE)).toBe(texts.length);
  });
});
