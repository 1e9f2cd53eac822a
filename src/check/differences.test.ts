import { expect, test } from '@jest/globals';
import { driftsOf } from '../results/drifts.js';
import type { RunRecord } from '../results/record.js';
import { exampleRecord } from '../results/testing/records.js';
import { type Findings, markdownOf, renderFindings } from './differences.js';

const failed = (seed: number, reason: string) => exampleRecord({ seed }, { status: 'failed', reason });
const done = (seed: number, auroc: number) => exampleRecord({ seed }, { auroc });

const said = (...pairs: readonly (readonly [RunRecord, RunRecord])[]) => {
  const runs = pairs.map(([expected, found]) => ({ expected, found, drifts: driftsOf(expected, found) }));
  const findings: Findings = { reference: 'ci', runs, others: 0, environments: [], tolerance: undefined };
  return renderFindings(findings, ({ seed }) => `seed ${seed}`, markdownOf);
};

test('a run that fails as in the reference is not said to differ from it', () => {
  const same = [done(1, 0.5), done(1, 0.5)] as const;
  const failing = [failed(2, 'collapsed'), failed(2, 'collapsed')] as const;
  expect(said(same, failing)).toContain('2 runs repeated: 1 of them failed, as in ci.');
  expect(said(failing, [done(3, 0.5), done(3, 0.75)])).toContain(
    '2 runs repeated: 1 of them not as in ci, bit for bit; 1 of them failed, as in ci.',
  );
  for (const found of [failed(4, 'no loss'), done(4, 0.5)]) {
    expect(said([failed(4, 'collapsed'), found])).toContain(
      '1 run repeated: 1 of them not as in ci, bit for bit.',
    );
  }
});
