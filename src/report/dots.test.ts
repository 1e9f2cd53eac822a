import { expect, test } from '@jest/globals';
import { range } from 'es-toolkit';
import { exampleRecord } from '../results/testing/records.js';
import { STUDIED } from './detector-style.js';
import { dotPlots } from './dots.js';
import { draw } from './draw.js';

test('settings come in the order of a table’s rows, whatever that of the runs', () => {
  const records = [0.1, 0.02, 0].flatMap((pollutionRatio) =>
    [1, 2].map((seed) => exampleRecord({ pollutionRatio, seed })),
  );
  expect(dotPlots(records, STUDIED).map(({ title }) => title)).toEqual(
    [0, 0.02, 0.1].map((ratio) => `AUROC of runs: cardio, γ_l 0.01, γ_p ${ratio}`),
  );
});

test('rows are in the order of their means, however many there are', async () => {
  const variants = 1000;
  const records = range(variants).flatMap((trees) =>
    [1, 2].map((seed) =>
      exampleRecord(
        { detector: { name: 'isolation-forest', options: { trees } }, seed },
        { auroc: trees / variants },
      ),
    ),
  );
  const [{ svg }] = await draw(dotPlots(records, STUDIED));
  const rows = [...svg.matchAll(/>Isolation forest \(trees=(\d+)/g)].map(([, trees]) => Number(trees));
  expect(rows).toEqual(range(variants - 1, -1, -1));
});
