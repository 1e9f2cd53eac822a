import { expect, test } from '@jest/globals';
import sharp from 'sharp';
import type { Dataset } from '../data/dataset.js';
import { UserError } from '../errors.js';
import type { Extremes } from '../results/extremes.js';
import { exampleRecord } from '../results/testing/records.js';
import type { ExperimentResults } from './experiment-results.js';
import { imageSheets, missingImages, namedData, type Sheet } from './test-images.js';

/** 100 images of 2 × 3 pixels in colour, of which each value tells image, channel and place. */
const COLOUR: Dataset = {
  name: 'images',
  shape: [3, 2, 3],
  classNames: ['a', 'b'],
  training: { count: 1, values: new Uint8Array(18), classes: Uint8Array.of(0) },
  test: {
    count: 100,
    values: Uint8Array.from({ length: 1800 }, (_, i) => i % 251),
    classes: new Uint8Array(100),
  },
  checksum: 'ab'.repeat(32),
  defaults: { network: 'cifar10', representationSize: 1 },
};

const [first, second] = [1, 2].map((seed) => exampleRecord({ seed }));
const ends = (...indices: number[]) => ({ lowest: indices, highest: [...indices].reverse() });
const EXTREMES: Extremes = { all: ends(5, 70), normal: ends(99) };

function experiment(traces: ExperimentResults['traces']): ExperimentResults {
  return {
    name: 'images',
    records: [first, second],
    environments: [],
    traces,
    scores: new Map(),
    repetitions: [],
    contradictions: [],
    configs: [],
  };
}
const of = (extremes: Extremes) => [
  experiment(
    new Map([
      [first.id, { losses: {}, extremes }],
      [second.id, { losses: {} }],
    ]),
  ),
];

test('a sheet has each image that a run names, once, as it is', async () => {
  const sheet = (await imageSheets(of(EXTREMES), async () => COLOUR)).get(first.dataChecksum) as Sheet;
  expect([...sheet.places]).toEqual([[first.id, { all: ends(0, 1), normal: ends(2) }]]);
  const png = Buffer.from(sheet.source.replace('data:image/png;base64,', ''), 'base64');
  const { data, info } = await sharp(png).raw().toBuffer({ resolveWithObject: true });
  expect([info.width, info.height, info.channels]).toEqual([64 * 3, 2, 3]);
  [5, 70, 99].forEach((index, place) => {
    for (let channel = 0; channel < 3; channel++) {
      for (const [y, x] of [
        [0, 0],
        [1, 2],
      ]) {
        const shown = data[(y * info.width + place * 3 + x) * 3 + channel];
        expect(shown).toBe(COLOUR.test?.values[index * 18 + channel * 6 + y * 3 + x]);
      }
    }
  });
});

test('runs without images ask for no data', async () => {
  const source = async () => {
    throw new Error('nothing was asked for');
  };
  expect(await imageSheets([experiment(new Map())], source)).toEqual(new Map());
});

test.each([
  [
    'data that are not at hand',
    async () => {
      throw new UserError('they are gone');
    },
    'they are gone',
  ],
  ['data without images', async () => ({ ...COLOUR, shape: [18] as const }), 'cardio holds no images'],
  [
    'traces that name an image that is not there',
    async () => ({ ...COLOUR, test: undefined }),
    'name image 99 of 1',
  ],
])('%s are said', async (_what, source, reason) => {
  const sheets = await imageSheets(of(EXTREMES), source as () => Promise<Dataset>);
  expect(missingImages(of(EXTREMES), sheets)).toEqual([
    expect.stringMatching(new RegExp(`^The test images of cardio are not shown: .*${reason}\\.$`)),
  ]);
});

test('data are taken by the names that deepsad knows, where they are the same', async () => {
  const record = (dataset: string) => exampleRecord({ dataset });
  await expect(namedData()(record('mnist'))).rejects.toThrow('mnist has changed since');
  await expect(namedData()(record('../../etc/passwd'))).rejects.toThrow(
    '../../etc/passwd is no data set by name; the report.html beside its records shows them',
  );
});
