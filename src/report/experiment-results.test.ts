import { appendFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import type { RunRecord } from '../results/record.js';
import { appendRecords } from '../results/records.js';
import { exampleRecord } from '../results/testing/records.js';
import { readExperiments } from './experiment-results.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'experiments-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

async function write(file: string, ...records: RunRecord[]): Promise<string> {
  const path = join(folder, file);
  mkdirSync(dirname(path), { recursive: true });
  await appendRecords(path, records);
  return path;
}

const [first, second, third] = [1, 2, 3].map((seed) => exampleRecord({ seed }));

test('every folder of records is an experiment, and folders of one name are parts of one', async () => {
  await write('one/cardio/runs.jsonl', first);
  await write('two/cardio/runs.jsonl', second, first);
  await write('two/thyroid/runs.1-of-2.jsonl', third);
  const found = readExperiments([folder, join(folder, 'one')]);
  expect(found.map(({ name, records }) => [name, records])).toEqual([
    ['cardio', [first, second]],
    ['thyroid', [third]],
  ]);
});

test('takes config, environments and scores that lie beside the records', async () => {
  const file = await write('cardio/runs.jsonl', first, second);
  const scores = join(folder, 'cardio', 'models', second.id, 'scores.csv');
  mkdirSync(dirname(scores), { recursive: true });
  writeFileSync(scores, '');
  writeFileSync(join(folder, 'cardio', 'config.yaml'), 'name: cardio\n');
  writeFileSync(join(folder, 'cardio', 'environment.json'), '{}\n');
  expect(readExperiments([file])).toEqual([
    {
      name: 'cardio',
      records: [first, second],
      config: 'name: cardio',
      environments: ['{}'],
      scores: new Map([[second.id, scores]]),
      tornFiles: [],
    },
  ]);
});

test('leaves out a line that was cut off, and says so', async () => {
  const file = await write('cardio/runs.jsonl', first);
  appendFileSync(file, '{"id"');
  expect(readExperiments([file])).toMatchObject([{ records: [first], tornFiles: [file] }]);
});

test('refuses a folder without records', () => {
  expect(() => readExperiments([folder])).toThrow(
    `${folder} holds no run records: expected a results folder`,
  );
});
