import { execFileSync } from 'node:child_process';
import { appendFileSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import type { RunRecord } from '../results/record.js';
import { appendRecords } from '../results/records.js';
import { exampleRecord } from '../results/testing/records.js';
import { appendTraces } from '../results/trace.js';
import { readExperiments, runsOfAll } from './experiment-results.js';

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
  const { experiments } = readExperiments([join(folder, 'one'), join(folder, 'two'), join(folder, 'one')]);
  expect(experiments.map(({ name, records }) => [name, records])).toEqual([
    ['cardio', [first, second]],
    ['thyroid', [third]],
  ]);
});

test('says which results of one run contradict each other, in a file, in folders of one name, and in experiments', async () => {
  const failed = exampleRecord({ seed: 1 }, { status: 'failed', reason: 'out of memory' });
  const other = exampleRecord({ seed: 2 }, { auroc: 0.875 });
  await write('a/kv/runs.jsonl', failed, first, first, second);
  await write('b/kv/runs.jsonl', other, third);
  await write('c/xy/runs.jsonl', second);
  const [a, b, c] = ['a', 'b', 'c'].map((name) => join(folder, name));
  const noticesOf = (...paths: string[]) => readExperiments(paths).notices;
  const about = `1 run has results that contradict each other (${second.id}; AUROC up to 2.5e-2 apart); those read last count, in`;
  expect(noticesOf(a)).toEqual([]);
  expect(noticesOf(a, b)).toEqual([`kv: ${about} ${join(b, 'kv/runs.jsonl')}`]);
  expect(noticesOf(b, a)).toEqual([`kv: ${about} ${join(a, 'kv/runs.jsonl')}`]);
  expect(noticesOf(c, a)).toEqual([]);
  expect(noticesOf(c, b)).toEqual([`Experiments beside each other: ${about} kv`]);

  const { experiments } = readExperiments([a, b]);
  expect(experiments[0].contradictions).toEqual(noticesOf(a, b));
  expect(experiments[0].records).toContainEqual(other);
  expect(runsOfAll(readExperiments([c, b]).experiments)).toContainEqual(other);

  const file = await write('kv/runs.jsonl', second, other);
  expect(noticesOf(file)).toEqual([`kv: ${about} ${file}`]);
});

test('takes config, environments and scores that lie beside the records', async () => {
  const file = await write('cardio/runs.jsonl', first, second);
  const scores = join(folder, 'cardio', 'models', second.id, 'scores.csv');
  mkdirSync(dirname(scores), { recursive: true });
  writeFileSync(scores, '');
  const config = join(folder, 'cardio', 'config.yaml');
  writeFileSync(config, 'name: cardio\n');
  writeFileSync(join(folder, 'cardio', 'environment.json'), '{}\n');
  const trace = { run: first.id, losses: { training: Float32Array.of(2, 1) } };
  await appendTraces(join(folder, 'cardio', 'traces.ndjson'), [trace]);
  expect(readExperiments([file]).experiments).toEqual([
    {
      name: 'cardio',
      records: [first, second],
      configs: [{ file: config, content: 'name: cardio' }],
      traces: new Map([[first.id, trace]]),
      environments: ['{}'],
      repetitions: [],
      contradictions: [],
      scores: new Map([[second.id, scores]]),
    },
  ]);
});

test('takes each config that parts of an experiment are of, once', async () => {
  await write('one/cardio/runs.jsonl', first);
  await write('two/cardio/runs.jsonl', second);
  const written = [
    ['one/cardio/config.yaml', 'seeds: 1'],
    ['one/cardio/config-0a1b2c3d.yaml', 'seeds: 2'],
    ['two/cardio/config.yaml', 'seeds: 3'],
    ['two/cardio/config-0a1b2c3e.yaml', 'seeds: 1'],
    ['two/cardio/config-of-mine.yaml', 'seeds: 4'],
  ].map(([name, content]) => ({ file: join(folder, name), content }));
  for (const { file, content } of written) writeFileSync(file, content);
  const { experiments } = readExperiments([join(folder, 'one'), join(folder, 'two')]);
  expect(experiments.map(({ configs }) => configs)).toEqual([written.slice(0, 3)]);
});

test('leaves out a line that was cut off, and says so', async () => {
  const file = await write('cardio/runs.jsonl', first);
  appendFileSync(file, '{"id"');
  expect(readExperiments([file])).toMatchObject({
    experiments: [{ records: [first] }],
    notices: [`${file}, line 2 was cut off in writing and is left out`],
  });
});

test('a blank line, at the end or before what is appended to it, is none', async () => {
  const file = await write('cardio/runs.jsonl', first);
  appendFileSync(file, '\n\r\n');
  expect(readExperiments([file])).toMatchObject({ experiments: [{ records: [first] }], notices: [] });
  await appendRecords(file, [second]);
  expect(readExperiments([file])).toMatchObject({ experiments: [{ records: [first, second] }], notices: [] });
});

test('refuses a folder without records', () => {
  expect(() => readExperiments([folder])).toThrow(
    `${folder} holds no run records: expected a results folder`,
  );
});

test('refuses a folder of records that is named as the page of a report', async () => {
  await write('report.html/runs.jsonl', first);
  expect(() => readExperiments([folder])).toThrow('the page of a report has that name; rename the folder');
});

test('passes over links, pipes, what lies deeper, and what cannot be read, and says so', async () => {
  const file = await write('cardio/runs.jsonl', first);
  await write('deep/er/runs.jsonl', second);
  await write('runs.folder.jsonl/notes.txt');
  symlinkSync(folder, join(folder, 'loop'));
  symlinkSync(join(folder, 'circle'), join(folder, 'circle'));
  symlinkSync(file, join(folder, 'cardio', 'runs.link.jsonl'));
  execFileSync('mkfifo', [join(folder, 'cardio', 'runs.pipe.jsonl')]);
  mkdirSync(join(folder, 'closed'), { mode: 0 });
  const { experiments, notices } = readExperiments([folder]);
  expect(experiments.map(({ name, records }) => [name, records])).toEqual([['cardio', [first]]]);
  const passed = (name: string, reason: string) => `${join(folder, name)} is passed over: ${reason}`;
  expect(notices).toEqual([
    passed('cardio/runs.link.jsonl', 'it is a link; name what it leads to'),
    passed('cardio/runs.pipe.jsonl', 'it is no file'),
    // Whoever may do anything may look into it.
    ...(process.getuid?.() === 0 ? [] : [passed('closed', 'permission denied')]),
    passed('loop', 'it is a link; name what it leads to'),
    passed('runs.folder.jsonl', 'it is no file'),
  ]);
});
