import { expect, test } from '@jest/globals';
import { exampleRecord } from '../results/testing/records.js';
import { STUDIED } from './detector-style.js';
import { dotPlots } from './dots.js';

test('settings come in the order of a table’s rows, whatever that of the runs', () => {
  const records = [0.1, 0.02, 0].flatMap((pollutionRatio) =>
    [1, 2].map((seed) => exampleRecord({ pollutionRatio, seed })),
  );
  expect(dotPlots(records, STUDIED).map(({ title }) => title)).toEqual(
    [0, 0.02, 0.1].map((ratio) => `AUROC of runs: cardio, γ_l 0.01, γ_p ${ratio}`),
  );
});
