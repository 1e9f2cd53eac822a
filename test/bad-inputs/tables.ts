import { gzipSync } from 'node:zlib';
import { type BadInput, config, type Section, TABLE } from './bad-input.js';

/** An experiment on a table, of which a text `test` is the test table. */
function table(
  title: string,
  content: string | Uint8Array | undefined,
  dataset: Readonly<Record<string, unknown>> = {},
  test?: string,
  others: Readonly<Record<string, Uint8Array>> = {},
): BadInput {
  const own = {
    file: 'table.csv',
    normal: 'fine',
    ...(test !== undefined && { test: 'test.csv' }),
    ...dataset,
  };
  return {
    title,
    files: {
      'config.yaml': config({ dataset: own }),
      ...(content !== undefined && { 'table.csv': content }),
      ...(test !== undefined && { 'test.csv': test }),
      ...others,
    },
    command: ['run', 'config.yaml'],
  };
}

/** Column `label` replaces the labels of a table whose rows are all different. */
function withLabels(header: string, labels: readonly string[]): string {
  return [`length,${header}`, ...labels.map((label, i) => `${i},${label}`), ''].join('\n');
}

const SEMI = { semiTarget: 'known', normal: undefined };
const COLORS = 'color,length,state\nred,1,fine\nblue,2,fine\nred,3,broken\n';

export const tables: Section = {
  title: 'Tables',
  text: 'Rows are counted as lines of the file: the header is row 1, and empty lines, which are left out, count. The config of these names `table.csv`, with `normal: fine`.',
  cases: [
    table('no such file', undefined),
    table(
      'a column with a value in one row, which the split holds out for the test',
      [
        'length,width,state',
        ...Array.from({ length: 20 }, (_, i) => `${i},${i === 1 ? 1 : ''},${i % 4 ? 'fine' : 'broken'}`),
        '',
      ].join('\n'),
      { missing: 'fill' },
    ),
    { ...table('a folder in its place', undefined), links: { 'table.csv': '.' } },
    { ...table('a pipe in its place', undefined), pipes: ['table.csv'] },
    { ...table('a link to nowhere', undefined), links: { 'table.csv': 'moved.csv' } },
    table('a gzip file that was cut off', undefined, { file: 'table.csv.gz' }, undefined, {
      'table.csv.gz': gzipSync(TABLE).subarray(0, 60),
    }),
    table('an empty file', ''),
    table('a header alone', 'length,width,state\n'),
    table('no header', '1,2,3\n4,5,6\n'),
    table('a first row in the place of the header', '1.5,2.5,0.3,fine\n1.2,2.1,0.2,broken\n'),
    table('a first row of texts in the place of the header', 'red,fine\nblue,fine\nred,broken\n', {
      categorical: ['red'],
    }),
    table(
      'a first row whose numbers rise as those below do',
      '.1,.2,.4,.5,.6,.8,fine\n.2,.3,.5,.6,.7,.9,broken\n',
    ),
    table('the header once more, as in joined tables', 'color,state\nred,fine\ncolor,state\nred,broken\n', {
      categorical: ['color'],
    }),
    table('a comment above the header', '# measured in May\nlength,width,state\n1,2,fine\n'),
    table('a comma at the end of each line', 'length,state,\n1,fine,\n'),
    table('another separator', 'length;width;state\n1;2;fine\n'),
    table('another separator, and quotes', '"length";"width, wide";"state"\n"1";"2";"fine"\n'),
    table('a line that names another separator', 'sep=;\nlength;state\n1;fine\n'),
    table('tabs', 'length\twidth\tstate\n1\t2\tfine\n'),
    table('names of rows that R wrote', '"length","state"\n"1",3,"fine"\n'),
    table('ARFF', '@relation parts\n@attribute length numeric\n@data\n1\n'),
    table('JSON', '[{"length": 1, "state": "fine"}]\n'),
    table('a web page', '<!DOCTYPE html>\n<html>Sign in</html>\n'),
    table('an archive or a spreadsheet', Buffer.from('PK\x03\x04 and more')),
    table('a null character', 'length,state\n1,fine\0\n'),
    table('two columns of one name', 'length,length,state\n1,2,fine\n'),
    table('a column without a name', ',length,state\n0,2,fine\n'),
    table('a row with too few cells', 'length,width,state\n1,2,fine\n\n3,broken\n'),
    table('a row with too many cells', 'length,width,state\n1,2,3,fine\n'),
    table('a quote that is never closed', 'length,state\n1,"fine\n2,broken\n'),
    table('a space before a quote', 'length,state\n1, "fine, part"\n2,broken\n'),
    table('text after a closing quote', 'length,state\n1,"fine" part\n2,broken\n'),
    table('another encoding than UTF-8', Buffer.from('Länge,state\n1,fine\n', 'latin1')),
    table('UTF-16, as spreadsheets save it', Buffer.from('\ufefflength,state\n1,fine\n', 'utf16le')),
    table('a text in a column of numbers', 'color,length,state\nred,2,fine\n'),
    table('a decimal comma', 'length,state\n"1,5",fine\n'),
    table('a missing number', 'length,width,state\n1,2,fine\n1,,broken\n'),
    table('a number that says it is missing', 'length,state\n1,fine\nNA,broken\n'),
    table('an infinite number', 'length,state\n1,fine\ninf,broken\n'),
    table('a number that is not decimal', 'length,state\n1,fine\n0x1f,broken\n'),
    table('an integer that would be rounded', 'length,state\n1,fine\n1700000000000000001,broken\n'),
    table('a number too large', 'length,state\n1,fine\n1e999,broken\n'),
    table('constant features', 'length,state\n1,fine\n1,broken\n'),
    table('a column without any value', 'length,width,state\n1,,fine\n2,,broken\n', { missing: 'fill' }),
    table('a label column that is not there', TABLE, { label: 'class' }),
    table('a row without a label', 'length,state\n1,fine\n2,\n'),
    table('a label that says it is missing', 'length,state\n1,fine\n2,NA\n3,broken\n'),
    table('a normal label that does not occur', TABLE, { normal: 'good' }),
    table('a label `normal` that is not normal', withLabels('state', ['fine', 'normal'])),
    table(
      'a feature in the place of the label',
      ['state,length', ...Array.from({ length: 20 }, (_, row) => `${row % 2},${row / 4}`), ''].join('\n'),
      { normal: 0 },
    ),
    table(
      'too many classes',
      withLabels(
        'state',
        Array.from({ length: 300 }, (_, i) => (i ? `state ${i}` : 'fine')),
      ),
    ),
    table('no anomalies', withLabels('state', ['fine', 'fine', 'fine'])),
    table('a categorical column that is not there', COLORS, { categorical: 'colour' }),
    table('a missing category', 'color,state\nred,fine\n,broken\n', { categorical: 'color' }),
    table(
      'a column of names as categories',
      withLabels(
        'id,state',
        Array.from({ length: 300 }, (_, i) => `part ${i},fine`),
      ),
      {
        categorical: 'id',
      },
    ),
    table('a column to drop that is not there', TABLE, { drop: ['id'] }),
    table('a column whose name is a number, without quotes', TABLE, { drop: [2021] }),
    table('the label dropped', TABLE, { drop: ['state'] }),
    table('all features dropped', TABLE, { drop: ['length', 'width'] }),
    table('a semi-target of no meaning', withLabels('known', ['1', '-1', '2']), SEMI),
    table('semi-targets that leave no anomalies to test on', withLabels('known', ['1', '1', '1', '']), SEMI),
    table(
      'a semi-target that contradicts the class',
      'length,state,known\n1,fine,1\n2,broken,\n3,broken,1\n',
      { ...SEMI, normal: 'fine', label: 'state' },
    ),
    table('a copy of the table as its test table', TABLE, { test: './test.csv' }, TABLE),
    table('a test table that is not there', TABLE, { test: 'test.csv' }),
    table('a test table that lacks a column', TABLE, {}, 'state,length\nfine,1\nbroken,2\n'),
    table('a test table with one column more', TABLE, {}, 'state,length,width,height\nfine,1,2,3\n'),
    table('a test table with a text for a number', TABLE, {}, 'length,width,state\nlong,1,fine\n'),
    table('a test table with a missing value', TABLE, {}, 'length,width,state\n1,,fine\n'),
    table(
      'a test table with a row of unknown class',
      withLabels('known', ['1', '-1', '', '1']),
      SEMI,
      'length,known\n1,1\n2,0\n',
    ),
  ],
};
