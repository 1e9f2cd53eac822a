import {
  appendFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { appendRecords, readRecords } from './records.js';
import { type ExperimentRuns, ResultsFolder, recordsIn, type Shard } from './results-folder.js';
import { exampleRecord } from './testing/records.js';

const [one, two, three] = [1, 2, 3].map((seed) => exampleRecord({ seed }));
const FIRST: ExperimentRuns = { name: 'first', runs: [one, two] };
const SECOND: ExperimentRuns = { name: 'second', runs: [two, three] };

let directory: string;
let opened: ResultsFolder[];
beforeEach(() => {
  directory = join(mkdtempSync(join(tmpdir(), 'results-')), 'results');
  opened = [];
});
afterEach(() => {
  for (const results of opened) results.close();
  rmSync(join(directory, '..'), { recursive: true });
});

function open(experiments: readonly ExperimentRuns[] = [FIRST, SECOND], shard?: Shard): ResultsFolder {
  const results = new ResultsFolder(directory, experiments, shard);
  opened.push(results);
  return results;
}

const fileOf = (experiment: string, name = 'runs.jsonl') => join(directory, experiment, name);
const heldBy = (experiment: string, name?: string) => readRecords(fileOf(experiment, name)).records;

test('a record lies in every experiment that has its run, and its model in the first', () => {
  const results = open();
  for (const record of [three, two]) results.append(record);
  expect(heldBy('first')).toEqual([two]);
  expect(heldBy('second')).toEqual([three, two]);
  expect([...results.records.values()]).toEqual([three, two]);
  expect(results.directoryOf(two)).toBe(join(directory, 'first'));
});

test('what another experiment has done is taken over, once', () => {
  const before = open([FIRST]);
  before.append(two);
  before.close();
  open([SECOND]).close();
  expect(heldBy('second')).toEqual([two]);
  open([SECOND]);
  expect(readFileSync(fileOf('second'), 'utf8').trim().split('\n')).toHaveLength(1);
});

test('a successful record anywhere counts before a failed one', () => {
  mkdirSync(join(directory, 'second'), { recursive: true });
  mkdirSync(join(directory, 'first'));
  appendRecords(fileOf('first'), [two]);
  const failed = exampleRecord({ seed: 2 }, { status: 'failed', reason: 'out of memory' });
  appendRecords(fileOf('second'), [failed]);
  expect(open().records.get(two.id)).toEqual(two);
});

describe('a line that was cut off', () => {
  beforeEach(() => {
    open().close();
    appendRecords(fileOf('first'), [one]);
    appendFileSync(fileOf('first'), JSON.stringify(two).slice(0, 50));
  });

  test('is said, removed, and not counted', () => {
    const results = open();
    expect(results.tornLines).toEqual([`${fileOf('first')}, line 2`]);
    expect([...results.records.keys()]).toEqual([one.id]);
    results.append(two);
    expect(heldBy('first')).toEqual([one, two]);
  });

  test('is left where it is in files that are only read', () => {
    const before = readFileSync(fileOf('first'), 'utf8');
    expect(open([SECOND]).tornLines).toEqual([`${fileOf('first')}, line 2`]);
    expect([...recordsIn(directory).keys()]).toEqual([one.id]);
    expect(readFileSync(fileOf('first'), 'utf8')).toBe(before);
  });
});

describe('shards', () => {
  test('write files of their own side by side, which are one result', () => {
    const [left, right] = [open([FIRST], { index: 1, count: 2 }), open([FIRST], { index: 2, count: 2 })];
    left.append(one);
    right.append(two);
    expect(heldBy('first', 'runs.1-of-2.jsonl')).toEqual([one]);
    for (const results of [left, right]) results.close();
    expect([...open([FIRST]).records.values()]).toEqual([one, two]);
    expect(readdirSync(join(directory, 'first'))).toEqual(['runs.1-of-2.jsonl', 'runs.2-of-2.jsonl']);
  });

  test('keep out the same shard, and all that is none', () => {
    const shard = { index: 1, count: 2 };
    open([FIRST], shard);
    expect(() => open([SECOND], shard)).toThrow('is writing these results');
    expect(() => open([SECOND])).toThrow('is writing these results');
  });
});

test('records further down are not those of this folder', () => {
  mkdirSync(join(directory, 'reference', 'first'), { recursive: true });
  appendRecords(fileOf(join('reference', 'first')), [one]);
  expect(open().records.size).toBe(0);
});

test('a damaged record is refused, and locks nothing', () => {
  open().close();
  writeFileSync(fileOf('first'), '3\n4\n');
  expect(() => open()).toThrow(`${fileOf('first')}, line 1: not a run record`);
  rmSync(fileOf('first'));
  open();
});

test('a second process is kept out', () => {
  open([FIRST]);
  expect(() => open([SECOND])).toThrow(`(process ${process.pid}) is writing these results`);
});

test('a folder that does not exist has no records', () => {
  expect(recordsIn(directory).size).toBe(0);
});

test('a file in the place of the folder is refused', () => {
  writeFileSync(directory, '');
  expect(() => open()).toThrow(`cannot create the folder ${join(directory, 'first')}: `);
});
