import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from '@jest/globals';
import { jsonLines } from '../results/json-lines.js';
import { RECORDS } from '../results/record-files.js';
import { exampleRecord, exampleRun } from '../results/testing/records.js';
import { formerRecords } from './reference.js';

const folder = mkdtempSync(join(tmpdir(), 'reference-'));
afterAll(() => rmSync(folder, { recursive: true }));

test.each([
  ['data set', { dataset: 'thyroid' }],
  ['normal class', { normalClass: '1' }],
  ['known anomaly classes', { knownAnomalyClasses: [] }],
  ['labeled anomaly ratio', { labeledAnomalyRatio: 0.2 }],
  ['labeled normal ratio', { labeledNormalRatio: 0.2 }],
  ['pollution ratio', { pollutionRatio: 0.2 }],
  ['preparation', { preparation: { tableScaling: 'robust' as const } }],
  ['detector', { detector: { name: 'kde', options: {} } }],
  ['option', { detector: { name: 'deep-sad', options: { eta: 2 } } }],
  ['seed', { seed: 2 }],
])('the record of a run whose data have changed is not that of another %s', (_what, fields) => {
  const formerly = { dataChecksum: 'cd'.repeat(32) };
  const [own, other] = [exampleRecord(formerly), exampleRecord({ ...fields, ...formerly })];
  writeFileSync(join(folder, RECORDS), jsonLines([own, other]));
  const [run, otherRun] = [exampleRun(), exampleRun(fields)];
  expect(formerRecords(folder, [run, otherRun]).records).toEqual(
    new Map([
      [run.id, own],
      [otherRun.id, other],
    ]),
  );
});
