import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import stringWidth from 'string-width';
import wrapAnsi from 'wrap-ansi';
import { tooWide } from './testing/too-wide.js';
import wrap, { wrapBeside, wrapCell } from './wrap.js';

const word = fc.string({ unit: fc.constantFrom(...'abcdefgh-_.γ→日'), minLength: 1, maxLength: 12 });
const text = fc.array(word, { maxLength: 12, size: 'max' }).map((words) => words.join(' '));

test('words come in the lines that the package wrap-ansi puts them in, where none is longer than a line', () => {
  fc.assert(
    fc.property(text, fc.integer({ min: 24, max: 40 }), (text, columns) => {
      expect(wrap(text, columns)).toBe(wrapAnsi(text, columns));
    }),
  );
});

test('no line of a cell is too long, and nothing but spaces is lost', () => {
  fc.assert(
    fc.property(text, fc.integer({ min: 2, max: 20 }), (text, columns) => {
      const wrapped = wrapCell(text, columns);
      expect(Math.max(...wrapped.split('\n').map((line) => stringWidth(line)))).toBeLessThanOrEqual(columns);
      expect(wrapped.replaceAll(/[ \n]/g, '')).toBe(text.replaceAll(' ', ''));
    }),
  );
});

test('no word is broken, and no line goes on behind its end but for a word that is longer', () => {
  fc.assert(
    fc.property(text, fc.integer({ min: 2, max: 20 }), fc.nat(3), (words, columns, depth) => {
      const text = ' '.repeat(depth) + words;
      const wrapped = wrap(text, columns);
      expect(wrapped.trim().split(/[ \n]+/)).toEqual(text.trim().split(/ +/));
      expect(tooWide(wrapped, columns)).toEqual([]);
    }),
  );
});

describe('a cell is broken', () => {
  test.each([
    ['Isolation forest (treeSamples=256)', 14, ['Isolation', 'forest', '(treeSamples=', '256)']],
    ['Isolation forest (treeSamples=256)', 11, ['Isolation', 'forest', '(tree', 'Samples=', '256)']],
    ['see results/paper/labeled/report.html', 16, ['see', 'results/paper/', 'labeled/', 'report.html']],
    ['https://example.org/a', 12, ['https://', 'example.org/', 'a']],
    ['sha256 0123456789abcdef', 10, ['sha256 012', '3456789abc', 'def']],
    ['日本語', 4, ['日本', '語']],
  ])('%j in %d columns', (text, columns, lines) => {
    expect(wrapCell(text, columns)).toBe(lines.join('\n'));
  });
});

describe('a line is broken', () => {
  test.each([
    ['see results/paper/labeled/report.html, and', 16, ['see', 'results/paper/labeled/report.html,', 'and']],
    ['in it a/long/path b/long/path and', 10, ['in it', 'a/long/path', 'b/long/path', 'and']],
    ['  Logs: a b c', 9, ['  Logs: a', '    b c']],
    ['fetch by\n    deepsad datasets fetch', 9, ['fetch by', '    deepsad datasets fetch']],
    ['first line\nsecond', 6, ['first', 'line', 'second']],
    ['as  wide  as  that', 9, ['as  wide', 'as  that']],
  ])('%j in %d columns', (text, columns, lines) => {
    expect(wrap(text, columns)).toBe(lines.join('\n'));
  });

  test('nowhere, where there is no end of columns', () => {
    const text = 'as long as it is '.repeat(100);
    expect(wrap(text, Number.POSITIVE_INFINITY)).toBe(text);
  });
});

test('text beside a heading goes on below itself', () => {
  expect(wrapBeside('  files  ', 'one that is long, another', 30)).toBe(
    '  files  one that is long,\n         another',
  );
});
