import { type BadInput, config, type Section } from './bad-input.js';

/** A table of two sizes and last columns, whose cells of a row are joined by commas. */
function table(header: string, last: (row: number) => string, length = 40): string {
  const rows = Array.from(
    { length },
    (_, row) => `${((row * 7) % 11) / 4},${((row * 5) % 13) / 4},${last(row)}`,
  );
  return [`length,width,${header}`, ...rows, ''].join('\n');
}

/** A fit on such a table. */
function fitting(title: string, content: string, ...options: string[]): BadInput {
  return {
    title,
    files: { 'parts.csv': content },
    command: ['fit', 'parts.csv', '--detector', 'isolation-forest', '--out', 'model', ...options],
  };
}

/** An experiment on such tables, which is planned and not run. */
function planning(
  title: string,
  files: Readonly<Record<string, string>>,
  keys: Readonly<Record<string, unknown>>,
): BadInput {
  const content = config({ detectors: ['kde'], ...keys });
  return {
    title,
    files: { 'config.yaml': content, ...files },
    command: ['sweep', 'config.yaml', '--dry-run', '--jobs', '1'],
  };
}

/** A time series of the seconds and one variable. */
function series(steps: number): string {
  return Array.from({ length: steps }, (_, step) => `${step / 4},${((step * 7) % 11) / 4}\n`).join('');
}

const PARTS = { 'table.csv': table('state', (row) => (row % 4 === 0 ? 'broken' : 'fine')) };

export const doubts: Section = {
  title: 'What is said, and goes on',
  text: 'What may be meant otherwise is said in a line on standard error, unless `--quiet`.',
  goesOn: true,
  cases: [
    fitting('a number of the row', table('Unnamed: 0', String)),
    fitting(
      'a column that tells nothing',
      table('batch', () => '17'),
    ),
    {
      title: 'a column that was constant in training',
      files: {
        'parts.csv': table('batch', () => '17'),
        'next.csv': table('batch', () => '18'),
      },
      before: [['fit', 'parts.csv', '--detector', 'isolation-forest', '--out', 'model']],
      command: ['score', 'model', 'next.csv'],
    },
    fitting(
      'a column that is nearly empty',
      table('note', (row) => (row === 7 ? '2.5' : ''), 100),
      '--missing',
      'fill',
    ),
    fitting(
      'a number that may say that a value is missing',
      table('load', (row) => (row % 9 ? `${row / 8}` : '-999')),
    ),
    fitting(
      'a quote that another one happens to close',
      table(
        'wood',
        (row) => ['oak', 'pine', row === 6 ? '"oak' : 'oak', row === 23 ? 'pine"' : 'pine'][row % 4],
      ),
      ...['--drop', 'wood'],
    ),
    fitting(
      'labels that were not named',
      table('known', (row) => ['', '1', '', '-1'][row % 4]),
      '--missing',
      'fill',
    ),
    fitting(
      'labels beside those that were named',
      table('is_fraud,known', (row) => `${row % 9 ? 0 : 1},${['', '1', '', '-1'][row % 4]}`),
      ...['--labels', 'known'],
    ),
    fitting(
      'a copy of the label',
      table('class,known', (row) => (row % 3 ? '5,1' : '7,-1')),
      ...['--labels', 'known'],
    ),
    fitting(
      'rows of two labels',
      `length,width,known\n${'1,2,1\n3,5,1\n2,4,1\n1,2,-1\n4,4,1\n'.repeat(3)}`,
      ...['--labels', 'known'],
    ),
    fitting(
      'more anomalies than others',
      table('known', (row) => (row % 3 ? '-1' : '1')),
      '--labels',
      'known',
    ),
    fitting(
      'no label at all',
      table('known', () => '0'),
      '--labels',
      'known',
    ),
    planning('labels by default, and more anomalies than normal rows', PARTS, {
      dataset: { file: 'table.csv', normal: 'broken' },
    }),
    planning(
      'rows that are there twice',
      { 'table.csv': `${PARTS['table.csv']}${PARTS['table.csv'].split('\n').slice(1).join('\n')}` },
      { dataset: { file: 'table.csv', label: 'state', normal: 'fine' } },
    ),
    planning(
      'rows that are trained on and tested on',
      { ...PARTS, 'test.csv': PARTS['table.csv'].split('\n').slice(0, 20).join('\n') },
      { dataset: { file: 'table.csv', normal: 'fine', test: 'test.csv' } },
    ),
    planning(
      'a test table in another unit',
      { ...PARTS, 'test.csv': PARTS['table.csv'].replace(/^(\d)/gm, '1$1') },
      { dataset: { file: 'table.csv', normal: 'fine', test: 'test.csv' } },
    ),
    planning(
      'time series with a column of the time',
      {
        'plant/train/pump.txt': series(60),
        'plant/test/pump.txt': series(60),
        'plant/test_label/pump.txt': `${'0\n'.repeat(50)}${'1\n'.repeat(10)}`,
      },
      { dataset: { series: 'plant', windowLength: 8, stride: 8 } },
    ),
    planning(
      'labels that differ by case alone',
      { 'table.csv': table('state', (row) => ['fine', 'Fine', 'broken', 'fine'][row % 4]) },
      { dataset: { file: 'table.csv', label: 'state', normal: 'fine' } },
    ),
    planning(
      'semi-targets without an anomaly',
      { 'table.csv': table('known', (row) => (row % 4 ? '' : '1')), 'test.csv': PARTS['table.csv'] },
      {
        dataset: { file: 'table.csv', semiTarget: 'known', test: 'test.csv', label: 'state', normal: 'fine' },
      },
    ),
    planning(
      'labels of which next to none are left to test on',
      { 'table.csv': table('known', (row) => ({ 3: '-1', 9: '-1' })[row] ?? (row % 2 ? '' : '1')) },
      { dataset: { file: 'table.csv', semiTarget: 'known' } },
    ),
    planning('a normal class that is not the normal labels', PARTS, { normalClass: 'broken' }),
    planning('a batch larger than the training set', PARTS, { detectors: ['deep-sad'] }),
    planning('diagnostics of encoders where none is trained', PARTS, { diagnostics: 'entropy' }),
    planning('a known anomaly class of which no sample is labeled', PARTS, { knownAnomalyClass: 'broken' }),
    planning('one seed that may be meant as a count', PARTS, { seeds: 10 }),
    planning(
      'a known anomaly class that is a normal class as well',
      {},
      {
        dataset: 'mnist',
        normalClass: 'all',
        knownAnomalyClass: 1,
        labeledAnomalyRatio: 0.01,
      },
    ),
  ],
};
