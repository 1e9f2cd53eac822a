import { expect, test } from '@jest/globals';
import { range } from 'es-toolkit';
import { exampleRecord } from '../results/testing/records.js';
import { curvesNote, dotsNote, entropyNote, ranksNote } from './captions.js';
import { curves } from './curves.js';
import { STUDIED } from './detector-style.js';
import { dotPlots } from './dots.js';
import { draw } from './draw.js';
import { rankDiagrams } from './rank-diagrams.js';

const runs = (dataset: string, seeds: number, classes: number, names = ['deep-sad']) =>
  [0, 0.1].flatMap((pollutionRatio) =>
    names.flatMap((name) =>
      range(seeds).flatMap((seed) =>
        range(classes).map((digit) =>
          exampleRecord(
            {
              ...{ dataset, pollutionRatio, seed, normalClass: String(digit), labeledAnomalyRatio: 0 },
              ...{ knownAnomalyClasses: [], detector: { name, options: {} } },
            },
            { auroc: 0.5 + 0.01 * seed + 0.02 * digit },
          ),
        ),
      ),
    ),
  );

const STATED = [0, 0.01].map((labeledAnomalyRatio) =>
  exampleRecord({ labeledAnomalyRatio, knownAnomalyClasses: labeledAnomalyRatio > 0 ? ['anomaly'] : [] }),
);

const ASIDE = 'Marks of one value stand side by side where they would hide each other.';

test.each<[string, ReturnType<typeof runs>, string]>([
  ['nothing of single runs', runs('own.csv', 1, 1), ''],
  ['seeds of one class', runs('own.csv', 2, 1), 'Bars are ± one standard error of the mean over seeds.'],
  ['classes of one seed', runs('own.csv', 1, 3), 'Bars are ± one standard error of the mean over classes.'],
  [
    'both',
    runs('own.csv', 2, 3),
    'Bars are ± one standard error of the mean: thin over classes, thick over the seeds of each.',
  ],
  ['several detectors', runs('own.csv', 1, 1, ['deep-sad', 'kde']), ASIDE],
  ['what the paper states', STATED, 'Hollow marks are the paper’s.'],
])('above curves is explained what marks they have: %s', async (_what, records, note) => {
  expect(curvesNote(await draw(curves(records, STUDIED)))).toBe(note);
});

test('above dots and entropies is explained what marks they have', async () => {
  const note = async (records: ReturnType<typeof runs>) =>
    dotsNote(await draw(dotPlots(records, STUDIED))).split('. ');
  expect(await note(runs('own.csv', 2, 1))).toEqual([
    'A dot a run: each seed has a line',
    'Bars are ± one standard error of the mean over seeds.',
  ]);
  expect((await note(runs('own.csv', 1, 3)))[0]).toBe(
    'A dot a run: runs of one pair of classes lie on one line',
  );
  expect((await note([...runs('own.csv', 2, 1), ...runs('own.csv', 1, 3, ['kde'])]))[0]).toBe(
    'A dot a run: runs of one pair of classes lie on one line, and of a single pair each seed has one',
  );
  expect((await note([1, 2].map((seed) => exampleRecord({ seed })))).at(-1)).toBe(
    'Hollow marks are the paper’s.',
  );
  expect(entropyNote([{ title: '', svg: '', marks: [] }])).not.toContain('bands');
  expect(entropyNote([{ title: '', svg: '', marks: ['band'] }])).toContain('; bands are');
});

test.each([
  ['are told apart on all data sets', 0, false],
  ['take turns', 1, true],
])(
  'above diagrams of ranks bars are explained where there are any: detectors %s',
  async (_what, turn, bars) => {
    const records = range(12).flatMap((place) =>
      ['deep-sad', 'kde', 'ssad'].map((name, rank) =>
        exampleRecord(
          { dataset: `own-${place}.csv`, detector: { name, options: {} } },
          { auroc: 0.5 + 0.1 * ((rank + turn * place) % 3) },
        ),
      ),
    );
    const plots = rankDiagrams(records, STUDIED);
    expect(ranksNote(await draw(plots)).includes('what a bar joins')).toBe(bars);
    expect(plots[0].description.includes('bars: no difference')).toBe(bars);
  },
);
