import { expect, test } from '@jest/globals';
import picocolors from 'picocolors';
import type { RunRecord } from '../results/record.js';
import { exampleRecord } from '../results/testing/records.js';
import { compareView } from './compare-view.js';
import { tooWide } from './testing/too-wide.js';

const plain = picocolors.createColors(false);

const experiment = (eta: number, added: readonly number[]) =>
  added.map((each, seed) =>
    exampleRecord(
      { seed, detector: { name: 'deep-sad', options: { eta } } },
      { auroc: 0.75 + seed / 16 + each },
    ),
  );

test('two experiments stand beside each other, with what differs and the mean of paired differences', () => {
  const sides = [experiment(1, [0, 0, 0]), experiment(10, [0.125, 0.0625, 0.125])] as const;
  expect(compareView(['results/a', 'results/b'], sides, 80, plain)).toBe(
    `A  results/a, 3 runs
B  results/b, 3 runs

settings that differ  A  B
Deep SAD: eta         1  10

cardio, γ_l 0.01
AUROC, %           A           B  B − A        paired  pairs
Deep SAD  81.3 ± 5.1  91.7 ± 5.9  +10.4  +10.4 ± 2.1‡      3

Average precision, %           A           B  B − A     paired  pairs
Deep SAD              50.0 ± 0.0  50.0 ± 0.0    0.0  0.0 ± 0.0      3

Mean ± standard deviation. Paired: the mean of B − A over runs that share
detector, data, classes and seed, ± its standard error over classes, or of a
single one over seeds, ‡ more than two of them from 0. None of the 3 pairs came
to the same to the last bit.
`,
  );
});

test('runs that failed are said, and so is that they leave no pair', () => {
  const done = experiment(1, [0, 0, 0]);
  const failed = done.map((run) => exampleRecord(run, { status: 'failed', reason: 'collapsed' }));
  const viewOf = (second: readonly RunRecord[]) => compareView(['a', 'b'], [done, second], 200, plain);
  expect(viewOf([done[0], ...failed.slice(1)])).toContain('2 runs of B failed: in no mean and no pair.');
  const none = viewOf(failed);
  expect(none).toContain('3 runs of B failed: in no mean and no pair.');
  expect(none).toContain('No two runs that are done share detector, data, classes and seed.');
  expect(viewOf(done)).not.toContain('failed');
});

test('what is the same throughout is said so', () => {
  const runs = experiment(1, [0, 0]);
  const view = compareView(['a', 'a'], [runs, runs], 100, plain);
  expect(view).toContain('No setting differs.');
  expect(view).toMatch(/All of the 2 pairs came\s+to the same to the last bit\./);
  const [[one], [other]] = [runs, experiment(1, [0.125])];
  const single = compareView(['a', 'b'], [[one], [other]], 200, plain);
  expect(single).toMatch(/The one pair did not come\s+to the same to the last bit\./);
  // What has no spread is explained by none.
  expect(single).not.toContain('±');
});

test.each([80, 60])('names and settings of any length fit %d columns', (width) => {
  const long = (name: string) =>
    [1, 2].flatMap((eta) =>
      ['', 'x'].map((ending) =>
        exampleRecord({
          dataset: `${name}${ending}`.repeat(30),
          detector: { name: 'deep-sad', options: { [`${name}-option`.repeat(9)]: eta, eta } },
        }),
      ),
    );
  const view = compareView(['a'.repeat(200), 'b\n'], [long('first'), long('second')], width, plain);
  expect(tooWide(view, width)).toEqual([]);
  expect(view).toContain(`A  ${'a'.repeat(200)},\n   4 runs\n`);
});

test('a name that is broken goes on indented, so that its rest is no row or heading', () => {
  const runs = (eta: number) =>
    [0.1, 0.2].map((nu) =>
      exampleRecord({ detector: { name: 'deep-svdd', options: { objective: 'best-by-test', nu, eta } } }),
    );
  const view = compareView(['a', 'b'], [runs(1), runs(10)], 60, plain);
  expect(view).toContain('\nDeep SVDD, best of 3');
  const lines = view.slice(view.indexOf('\n\n') + 2, view.indexOf('Paired: ')).split('\n');
  const starts = /^$|^ {2}\S|^settings that|^Deep SVDD|^cardio|^AUROC, %|^Average precision, %/;
  expect(lines.filter((line) => !starts.test(line))).toEqual([]);
});
