import { fixture } from '../../src/data/formats/testing/fixtures.js';
import { tiff } from '../../src/data/formats/testing/tiff.js';
import { type BadInput, config, type Section } from './bad-input.js';

const IMAGE = fixture('wave.jpg');

/** An experiment on a folder `scans` of images. */
function images(
  title: string,
  files: Readonly<Record<string, string | Uint8Array>>,
  keys: Readonly<Record<string, unknown>> = {},
): BadInput {
  const content = config({ dataset: { images: 'scans', ...keys }, normalClass: undefined });
  return { title, files: { 'config.yaml': content, ...files }, command: ['run', 'config.yaml'] };
}

const TWO = { 'scans/a.jpg': IMAGE, 'scans/b.jpg': IMAGE };
const LABELS = { labels: 'scans.csv', label: 'finding' };

export const imageFolders: Section = {
  title: 'Images',
  text: 'The config names the folder `scans`.',
  cases: [
    images('no such folder', {}),
    images('an empty folder', { 'scans/.keep': '' }),
    images('images outside of the folders of classes', TWO),
    images('a folder of one class', { 'scans/fine/a.jpg': IMAGE }),
    images('images that are unlabeled', { 'scans/fine/a.jpg': IMAGE, 'scans/unlabeled/b.jpg': IMAGE }),
    images('a file that is no image', { 'scans/fine/a.jpg': IMAGE, 'scans/broken/notes.txt': 'x' }),
    images('a damaged image', { 'scans/fine/a.jpg': IMAGE, 'scans/broken/b.jpg': IMAGE.subarray(0, 200) }),
    {
      ...images('a link to nowhere', { 'scans/fine/a.jpg': IMAGE }),
      links: { 'scans/broken/b.jpg': 'moved.jpg' },
    },
    { ...images('a pipe', { 'scans/fine/a.jpg': IMAGE }), pipes: ['scans/broken/b.png'] },
    images('another format under the name of one', {
      'scans/fine/a.jpg': IMAGE,
      'scans/broken/b.png': '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>',
    }),
    images('a TIFF with a channel that may be anything', {
      'scans/fine/a.jpg': IMAGE,
      'scans/broken/b.tif': tiff({ pixel: [200, 100, 50, 0], photometric: 2 }),
    }),
    images('a text that is named an image', { 'scans/fine/a.jpg': IMAGE, 'scans/broken/b.png': 'x' }),
    images('labels without a row for an image', { ...TWO, 'scans.csv': 'image,finding\na.jpg,0\n' }, LABELS),
    images(
      'labels of an image that is not there',
      { ...TWO, 'scans.csv': 'image,finding\na.jpg,0\nc.jpg,1\n' },
      LABELS,
    ),
    images(
      'a number of the row in the place of the names',
      {
        'scans/0.jpg': IMAGE,
        'scans/1.jpg': IMAGE,
        'scans.csv': 'row,image,finding\n0,1.jpg,0\n1,0.jpg,1\n',
      },
      LABELS,
    ),
    images(
      'two labels of one image',
      { ...TWO, 'scans.csv': 'image,finding\na.jpg,0\na.jpg,1\nb.jpg,1\n' },
      LABELS,
    ),
    images('an image without a label', { ...TWO, 'scans.csv': 'image,finding\na.jpg,0\nb.jpg,\n' }, LABELS),
    images(
      'a label column that is not there',
      { ...TWO, 'scans.csv': 'image,class\na.jpg,0\nb.jpg,1\n' },
      LABELS,
    ),
  ],
};

const STEPS = Array.from({ length: 8 }, (_, i) => `${i},${i % 3}`);
const NORMAL = STEPS.map(() => '0');

/** An experiment on a folder `plant` of one machine in SMD's layout, of which a part is another. */
function series(
  title: string,
  change: Readonly<Record<string, readonly string[] | undefined>>,
  keys: Readonly<Record<string, unknown>> = {},
): BadInput {
  const parts = {
    'train/pump': STEPS,
    'test/pump': STEPS,
    'test_label/pump': [...NORMAL.slice(1), '1'],
    ...change,
  };
  const dataset = { series: 'plant', windowLength: 3, stride: 1, ...keys };
  const files: Record<string, string> = { 'config.yaml': config({ dataset }) };
  for (const [name, lines] of Object.entries(parts)) {
    if (lines) files[`plant/${name}.txt`] = `${lines.join('\n')}\n`;
  }
  return { title, files, command: ['run', 'config.yaml'] };
}

export const timeSeries: Section = {
  title: 'Time series',
  text: 'The config names the folder `plant`, with `train`, `test` and `test_label` of a machine `pump`.',
  cases: [
    series('no such folder', {
      'train/pump': undefined,
      'test/pump': undefined,
      'test_label/pump': undefined,
    }),
    {
      ...series('a folder in the place of a series', { 'train/pump': undefined }),
      links: { 'plant/train/pump.txt': '.' },
    },
    series('a machine without a test part', { 'test/pump': undefined }),
    series('a machine without labels', { 'test_label/pump': undefined }),
    series('a line of names', { 'train/pump': ['time,load', ...STEPS] }),
    series('a text for a number', { 'train/pump': [...STEPS, '8,high'] }),
    series('a missing number', { 'test/pump': [...STEPS.slice(1), '8,'] }),
    series('a time step of another length', { 'train/pump': [...STEPS, '8'] }),
    series('a test part of another width', { 'test/pump': STEPS.map((step) => `${step},0`) }),
    series('too few labels', { 'test_label/pump': NORMAL.slice(1) }),
    series('a label that is none', { 'test_label/pump': [...NORMAL.slice(1), '2'] }),
    series('windows longer than the series', {}, { windowLength: 100 }),
    series('a window of no length', {}, { windowLength: 0 }),
    series('no anomalies to test on', { 'test_label/pump': NORMAL }),
  ],
};
