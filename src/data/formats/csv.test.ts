import { describe, expect, test } from '@jest/globals';
import { type CsvTable, readCsv } from './csv.js';
import { fuzzFlipped, fuzzRandom, fuzzTruncated } from './testing/fuzz.js';

const text = (content: string) => Buffer.from(content);

test('the last column is the label', () => {
  expect(readCsv(text('a,b,class\n1,2.5,good\n-3e2, 4 ,bad\n'), 'x.csv')).toEqual({
    features: ['a', 'b'],
    values: new Float64Array([1, 2.5, -300, 4]),
    labels: ['good', 'bad'],
  });
});

test('a named label column, a byte order mark, quotes, empty lines and CRLF', () => {
  expect(readCsv(text('\ufeff"kind, of",a\r\n"x ""y""",1\r\n\r\nz,2\r\n'), 'x.csv', 'kind, of')).toEqual({
    features: ['a'],
    values: new Float64Array([1, 2]),
    labels: ['x "y"', 'z'],
  });
});

describe('refuses', () => {
  test.each([
    ['an empty file', '', undefined, 'x.csv: expected a header and at least one row, found nothing'],
    [
      'a header alone',
      'a,b\n',
      undefined,
      'x.csv: expected a header and at least one row, found only a header',
    ],
    [
      'text as a feature',
      'a,b\n1,0\n\nred,1\n',
      undefined,
      'x.csv, row 4, column a: expected a finite number, found "red"',
    ],
    [
      'a missing value',
      'a,b\n,0\n',
      undefined,
      'x.csv, row 2, column a: expected a finite number, found nothing',
    ],
    ['NaN', 'a,b\nNaN,0\n', undefined, 'row 2, column a: expected a finite number, found "NaN"'],
    ['infinity', 'a,b\n1,0\nInfinity,0\n', undefined, 'row 3, column a: expected a finite number'],
    ['a missing label', 'a,b\n1,\n', undefined, 'row 2, column b: expected a label, found nothing'],
    [
      'a label column that is not there',
      'a,b\n1,0\n',
      'c',
      'row 1: expected a label column named c, found a, b',
    ],
    [
      'one column',
      'a;b\n1;0\n',
      undefined,
      'expected at least two columns separated by commas, found one: "a;b"',
    ],
    ['no header', '1,2\n3,4\n', undefined, 'row 1: expected a header that names the columns, found numbers'],
    ['a column twice', 'a,a\n3,4\n', undefined, 'row 1: two columns are named "a"'],
    [
      'a short row',
      'a,b,c\n1,2,0\n1,0\n',
      undefined,
      'x.csv: not a CSV table: Invalid Record Length: expect 3, got 2 on line 3',
    ],
    ['an open quote', 'a,b\n1,"0\n', undefined, 'x.csv: not a CSV table: Quote Not Closed'],
  ])('%s', (_, content, label, message) => {
    expect(() => readCsv(text(content), 'x.csv', label)).toThrow(message);
  });
});

describe('fuzzed', () => {
  const whole = new Uint8Array(text('length,width,"kind"\n1.5,2,good\n-3e2,4,"bad"\n7,8,good\n'));
  const fuzzed = {
    read: (bytes: Uint8Array) => readCsv(bytes, 'fuzzed.csv'),
    check: ({ features, values, labels }: CsvTable) => {
      expect(values).toHaveLength(features.length * labels.length);
      expect(values.every(Number.isFinite)).toBe(true);
    },
  };
  test('truncated anywhere: an error, or finite values', () => fuzzTruncated(fuzzed, whole));
  test('with bytes replaced: an error, or finite values', () => fuzzFlipped(fuzzed, whole));
  test('random bytes: an error, or finite values', () => fuzzRandom(fuzzed, whole));
});
