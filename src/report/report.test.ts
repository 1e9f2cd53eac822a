import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { range } from 'es-toolkit';
import { MOST_PAIRED } from '../results/pairing.js';
import { appendRecords } from '../results/records.js';
import { table } from '../results/table.js';
import { writeTable } from '../results/tables.js';
import { exampleRecord } from '../results/testing/records.js';
import { PROBES_HEADER } from './entropy.js';
import { readExperiments } from './experiment-results.js';
import { reportExperiment, writeReport } from './report.js';

let folder: string;
let results: string;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'report-'));
  results = join(folder, 'parts');
  mkdirSync(results);
  const records = [1, 2].map((seed) => exampleRecord({ dataset: 'parts', seed }));
  await appendRecords(join(results, 'runs.jsonl'), records);
});
afterEach(() => rmSync(folder, { recursive: true }));

const noData = () => Promise.reject(new Error('no data'));

test('tables and probes of earlier results go, and nothing else', async () => {
  const out = join(folder, 'out');
  const { experiments } = readExperiments([results]);
  const write = () => writeReport(experiments, out, (name) => join(out, name), noData);
  await write();
  const paper = join(out, 'paper');
  mkdirSync(paper);
  await writeTable(table(experiments[0].records), paper, 'table-3');
  await writeTable(table(experiments[0].records), paper, 'table-30');
  // Those of a manuscript, say.
  const others = ['table-4.md', 'table-4.csv', 'table-4.tex', 'notes.md'];
  for (const name of others) writeFileSync(join(paper, name), 'mine');
  const probes = join(out, 'parts', 'entropy.csv');
  writeFileSync(probes, `${PROBES_HEADER.join()}\n1,2\n`);
  await write();
  expect(readdirSync(paper).sort()).toEqual(
    [...others, 'table-30.md', 'table-30.csv', 'table-30.tex'].sort(),
  );
  expect(existsSync(probes)).toBe(false);
  writeFileSync(probes, 'run,entropy\n1,2\n');
  await write();
  expect(existsSync(probes)).toBe(true);
});

test('plots of earlier results go from the folder of an experiment', async () => {
  const plots = () => readdirSync(join(results, 'plots'));
  const { experiments } = readExperiments([results]);
  await reportExperiment(results, experiments[0].records, noData);
  expect(plots()).toEqual(['auroc-of-runs-parts-gamma-l-0-01.svg']);
  await reportExperiment(results, [experiments[0].records[0]], noData);
  expect(plots()).toEqual([]);
});

test('of more columns than are compared the page says so', async () => {
  const { experiments } = readExperiments([results]);
  const page = async (columns: number) => {
    const records = range(columns).map((trees) =>
      exampleRecord({ dataset: 'parts', detector: { name: 'isolation-forest', options: { trees } } }),
    );
    await writeReport(
      experiments.map((experiment) => ({ ...experiment, records })),
      folder,
      (name) => join(folder, name),
      noData,
    );
    return readFileSync(join(folder, 'report.html'), 'utf8');
  };
  expect(await page(MOST_PAIRED)).toContain('<div data-matrix="0">');
  const many = await page(MOST_PAIRED + 1);
  expect(many).toContain('Significance: not tested');
  expect(many).not.toContain('<div data-matrix="0">');
});

test('a picture that fails costs no table', async () => {
  const out = join(folder, 'out');
  const { experiments } = readExperiments([results]);
  const scores = new Map([[experiments[0].records[0].id, join(folder, 'gone')]]);
  const damaged = experiments.map((experiment) => ({ ...experiment, scores }));
  await expect(writeReport(damaged, out, (name) => join(out, name), noData)).rejects.toThrow('gone');
  expect(readdirSync(join(out, 'parts'))).toEqual(['table.csv', 'table.md', 'table.tex']);
});
