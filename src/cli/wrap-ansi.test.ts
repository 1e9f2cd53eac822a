import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import wrapAnsi from 'wrap-ansi';
import { wrapWords } from './wrap-ansi.js';

test('words come in the lines that the package puts them in', () => {
  const word = fc.string({
    unit: fc.constantFrom(...'abcdefgh-_.γ→\u00a0\t\n\u001b'),
    maxLength: 4,
  });
  const text = fc.array(word, { maxLength: 12 }).map((words) => words.join(' '));
  let wrapped = 0;
  fc.assert(
    fc.property(text, fc.integer({ min: 1, max: 20 }), fc.boolean(), (text, columns, hard) => {
      const lines = wrapWords(text, columns);
      if (lines === undefined) return;
      if (lines.includes('\n')) wrapped++;
      expect(lines).toBe(wrapAnsi(text, columns, { hard }));
    }),
    { numRuns: 5000 },
  );
  expect(wrapped).toBeGreaterThan(50);
});

test('what is more than words in lines is left to the package', () => {
  for (const text of [' a', 'a\tb', 'a\u00a0 b', '\u001b[1ma\u001b[22m', '日本', 'abcdefghi'])
    expect(wrapWords(text, 8)).toBeUndefined();
});
