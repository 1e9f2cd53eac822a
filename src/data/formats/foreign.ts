import { AS_CSV, type Foreign } from '../../files/foreign-bytes.js';

/** Tried on whatever a file begins with: each can match a text in one way alone, or to fail would take for ever. */
const TEXTS: readonly (readonly [start: RegExp, found: string, remedy: string])[] = [
  [/^\s*(?:%[^\n]*\n\s*)*@relation\b/i, 'an ARFF file', 'save it as CSV, as Weka does by "Save as"'],
  [/^\s*(\{\s*"|\[\s*[[{])/, 'JSON', 'write it as CSV, as to_csv(…, index=False) of pandas does'],
  [/^\s*<(!doctype|html|\?xml)\b/i, 'a web page or XML', 'download the table itself'],
  [
    /^version https:\/\/git-lfs\./,
    'what stands for a file in Git LFS',
    'get the table itself by git lfs pull',
  ],
  [/^# Created by Octave/, "a text file of Octave's", AS_CSV],
];

/** Several words, and several numbers, which spaces separate. */
const [WORDS, NUMBERS] = [/\S +\S/, /^ *[-+.\de]+(?: +[-+.\de]+)+ *\r?$/i];

const SEPARATORS: ReadonlyMap<string, string> = new Map([
  [';', 'semicolons'],
  ['\t', 'tabs'],
  ['|', 'vertical bars'],
]);

/** What a text is that is taken for a CSV table, by its start, with the first line whole; undefined where it may be one. */
export function foreignText(text: string): Foreign | undefined {
  const [, found, remedy] = TEXTS.find(([start]) => start.test(text)) ?? [];
  if (found !== undefined && remedy !== undefined) return { found, remedy };
  // A spreadsheet names the separator in a line of its own.
  const [first = ''] = text
    .trimStart()
    .replace(/^sep=(.)\r?\n/, '$1')
    .split('\n', 1);
  const outside = first.replace(/"[^"]*"/g, '');
  // Names may hold one of the others: the more frequent one separates them.
  const count = (character: string) => outside.split(character).length - 1;
  const [, separator] =
    [...SEPARATORS].find(([character]) => count(character) > count(',')) ??
    (isSpaced(text) ? [' ', 'spaces'] : []);
  return separator === undefined
    ? undefined
    : {
        found: `columns separated by ${separator}`,
        remedy: 'save the table with commas between columns, and with points in numbers',
      };
}

/** Whether the first line is words and the second, which is whole, numbers, without a comma in either. */
function isSpaced(text: string): boolean {
  const [names, numbers, next] = text.split('\n', 3);
  return next !== undefined && !names.includes(',') && WORDS.test(names) && NUMBERS.test(numbers);
}
