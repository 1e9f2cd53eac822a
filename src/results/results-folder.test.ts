import { spawnSync } from 'node:child_process';
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { Unwritable } from '../errors.js';
import { unfinishedName } from '../files/write-file.js';
import { HOST, PROCESS_NAME, processName } from '../process-name.js';
import { environmentsIn } from './environment.js';
import { appendRecords, readRecords } from './records.js';
import { type ExperimentRuns, type Part, ResultsFolder, recordsIn, resultsIn } from './results-folder.js';
import { exampleEnvironment, exampleRecord } from './testing/records.js';
import { latestTraces, readTraces, tracesIn } from './trace.js';

const [one, two, three] = [1, 2, 3].map((seed) => exampleRecord({ seed }));
const HERE = exampleEnvironment();
const THERE = exampleEnvironment({ node: 'v22.12.0', engines: ['native (avx512)'] });
const FIRST: ExperimentRuns = { name: 'first', runs: [one, two] };
const SECOND: ExperimentRuns = { name: 'second', runs: [two, three] };

const PARTS: readonly Part[] = ['1-of-2', '2-of-2'].map((name) => ({ name, once: true }));

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

async function open(
  experiments: readonly ExperimentRuns[] = [FIRST, SECOND],
  part?: Part,
): Promise<ResultsFolder> {
  const results = await ResultsFolder.open(directory, experiments, part);
  opened.push(results);
  return results;
}

const fileOf = (experiment: string, name = 'runs.jsonl') => join(directory, experiment, name);
const heldBy = (experiment: string, name?: string) => readRecords(fileOf(experiment, name)).records;

test('a record lies in every experiment that has its run, and its model in the first', async () => {
  const results = await open();
  for (const record of [three, two]) await results.append(record, HERE);
  expect(heldBy('first')).toEqual([two]);
  expect(heldBy('second')).toEqual([three, two]);
  expect([...results.records.values()]).toEqual([three, two]);
  expect(results.directoryOf(two)).toBe(join(directory, 'first'));
});

test('what another experiment has done is taken over, once', async () => {
  const before = await open([FIRST]);
  await before.append(two, HERE);
  before.close();
  (await open([SECOND])).close();
  expect(heldBy('second')).toEqual([two]);
  await open([SECOND]);
  expect(readFileSync(fileOf('second'), 'utf8').trim().split('\n')).toHaveLength(1);
});

test('a trace lies beside each record of its run, and is taken over with it', async () => {
  const trace = { losses: { training: Float32Array.of(3, 1) } };
  const tracesIn = (experiment: string) => readTraces(fileOf(experiment, 'traces.ndjson')).values;
  const before = await open([FIRST]);
  await before.append(one, HERE, trace);
  await before.append(two, HERE, trace);
  before.close();
  const after = await open([SECOND]);
  await after.append(three, HERE);
  expect(tracesIn('first')).toEqual([one, two].map(({ id }) => ({ run: id, ...trace })));
  expect(tracesIn('second')).toEqual([{ run: two.id, ...trace }]);
});

describe('the environment that a record was computed in', () => {
  const namesIn = (experiment: string) =>
    readdirSync(join(directory, experiment)).filter((name) => name.startsWith('environment'));
  const lieIn = (experiment: string) => environmentsIn(join(directory, experiment));

  test('lies beside it before it is there, and is taken over with it', async () => {
    const results = await open();
    mkdirSync(fileOf('first', 'runs.jsonl'));
    await expect(results.append(one, HERE)).rejects.toThrow('was removed, replaced');
    expect([lieIn('first'), lieIn('second')]).toEqual([[HERE], []]);
    await results.append(three, THERE);
    results.close();
    (await open([{ name: 'third', runs: [three] }])).close();
    expect([namesIn('third'), lieIn('third')]).toEqual([['environment.json'], [THERE]]);
  });

  test('stays beside another one that goes on, and is forgotten with the last record', async () => {
    for (const [record, environment] of [
      [one, THERE],
      [two, HERE],
    ] as const) {
      const results = await open([FIRST]);
      await results.append(record, environment);
      results.close();
    }
    expect(namesIn('first')).toHaveLength(2);
    expect(lieIn('first')).toEqual([THERE, HERE]);
    rmSync(fileOf('first'));
    await open([FIRST]);
    expect(namesIn('first')).toEqual([]);
  });

  test('is in a file of each part, so that none is lost where these are put together', async () => {
    const [left, right] = await Promise.all(PARTS.map((part) => open([FIRST], part)));
    await left.append(one, HERE);
    await right.append(two, THERE);
    expect(namesIn('first').map((name) => name.slice(0, 18))).toEqual([
      'environment.1-of-2',
      'environment.2-of-2',
    ]);
    expect(lieIn('first')).toEqual([HERE, THERE]);
  });
});

test('a trace that cannot be written stops what writes it, and its run has no record without', async () => {
  const results = await open([FIRST]);
  mkdirSync(fileOf('first', 'traces.ndjson'));
  const trace = { losses: {} };
  await expect(results.append(one, HERE, trace)).rejects.toThrow(
    `cannot write ${fileOf('first', 'traces.ndjson')}: it is a folder`,
  );
  expect(heldBy('first')).toEqual([]);
  rmSync(fileOf('first', 'traces.ndjson'), { recursive: true });
  results.close();
  expect((await open([FIRST])).records.size).toBe(0);
});

test('traces that somebody removes are made anew', async () => {
  const results = await open([FIRST]);
  await results.append(one, HERE, { losses: {} });
  rmSync(fileOf('first', 'traces.ndjson'));
  await results.append(two, HERE, { losses: {} });
  expect(readTraces(fileOf('first', 'traces.ndjson')).values).toEqual([{ run: two.id, losses: {} }]);
});

test('a successful record anywhere counts before a failed one, and is taken over', async () => {
  mkdirSync(join(directory, 'second'), { recursive: true });
  mkdirSync(join(directory, 'first'));
  await appendRecords(fileOf('first'), [two]);
  const failed = exampleRecord({ seed: 2 }, { status: 'failed', reason: 'out of memory' });
  await appendRecords(fileOf('second'), [failed]);
  expect((await open()).records.get(two.id)).toEqual(two);
  expect(heldBy('second')).toEqual([failed, two]);
});

test('records in the folder of an experiment that is a link are found by its name, as they are written there', async () => {
  mkdirSync(join(directory, 'elsewhere', 'second'), { recursive: true });
  symlinkSync(join('elsewhere', 'second'), join(directory, 'second'));
  await (await open()).append(three, HERE);
  expect(recordsIn(directory, [FIRST, SECOND]).get(three.id)).toEqual(three);
  expect(resultsIn(directory, [FIRST, SECOND]).records.get(three.id)).toEqual(three);
});

test('results of a run that contradict each other are said, whoever opens the folder', async () => {
  const other = exampleRecord({ seed: 2 }, { auroc: 0.8 });
  for (const name of ['first', 'second']) mkdirSync(join(directory, name), { recursive: true });
  await appendRecords(fileOf('first'), [one, two, two]);
  await appendRecords(fileOf('first', 'runs.2-of-2.jsonl'), [one]);
  expect((await open([FIRST])).notices).toEqual([]);
  await appendRecords(fileOf('second'), [other]);
  const notice = (name: string) =>
    `${name}: 1 run has results that contradict each other (${two.id}; AUROC up to 1.0e-1 apart); those read last count, in ` +
    fileOf(name);
  expect(resultsIn(directory, [FIRST, SECOND]).notices).toEqual([notice('first'), notice('second')]);
  for (const results of opened.splice(0)) results.close();
  expect((await open([FIRST])).notices).toEqual([notice('first')]);
  const { notices, records } = await open([SECOND], { name: '1-of-2', once: true });
  expect(notices).toEqual([notice('second')]);
  expect(records.get(two.id)).toEqual(other);
});

test('what killed commands left half written is removed, of whatever part', async () => {
  const { pid } = spawnSync(process.execPath, ['--version']);
  const killed = unfinishedName('').replace(`-${process.pid}-`, `-${pid}-`);
  const left = ['first/table.csv', 'first/plots/roc.svg', 'first/models/0123/weights.bin'].flatMap((name) => [
    `${name}${killed}`,
    unfinishedName(name),
  ]);
  for (const folder of ['plots', 'models/0123']) mkdirSync(fileOf('first', folder), { recursive: true });
  for (const name of left) writeFileSync(join(directory, name), '');
  const present = () => left.filter((name) => existsSync(join(directory, name)));
  (await open([FIRST], PARTS[0])).close();
  expect(present()).toEqual(left.filter((name) => !name.endsWith(killed)));
});

describe('a line that was cut off', () => {
  beforeEach(async () => {
    (await open()).close();
    await appendRecords(fileOf('first'), [one]);
    appendFileSync(fileOf('first'), JSON.stringify(two).slice(0, 50));
  });

  test('is said and not counted, and what comes next goes to another file', async () => {
    const results = await open();
    expect(results.notices).toEqual([`${fileOf('first')}, line 2 was cut off in writing and is left out`]);
    expect([...results.records.keys()]).toEqual([one.id]);
    const before = readFileSync(fileOf('first'), 'utf8');
    await results.append(two, HERE);
    expect(readFileSync(fileOf('first'), 'utf8')).toBe(before);
    expect([...recordsIn(directory).values()]).toEqual(expect.arrayContaining([one, two]));
    results.close();
    expect([...(await open()).records.keys()].sort()).toEqual([one.id, two.id].sort());
  });

  test('is left where it is in files that are only read', async () => {
    const before = readFileSync(fileOf('first'), 'utf8');
    // It may be one that another process is writing.
    expect((await open([SECOND])).notices).toEqual([]);
    expect([...recordsIn(directory).keys()]).toEqual([one.id]);
    expect(readFileSync(fileOf('first'), 'utf8')).toBe(before);
  });
});

describe('parts', () => {
  const namesIn = (experiment: string) =>
    readdirSync(join(directory, experiment)).filter((name) => !name.startsWith('.'));

  test('write files of their own side by side, which are one result', async () => {
    const [left, right] = [await open([FIRST], PARTS[0]), await open([FIRST], PARTS[1])];
    await left.append(one, HERE);
    await right.append(two, HERE, { losses: {} });
    for (const results of [left, right]) results.close();
    expect([...(await open([FIRST])).records.values()]).toEqual([one, two]);
    expect(namesIn('first')).toEqual([
      expect.stringMatching(/^environment\.1-of-2\..*\.json$/),
      expect.stringMatching(/^environment\.2-of-2\..*\.json$/),
      expect.stringMatching(/^runs\.1-of-2\.\w+-[0-9a-f]{6}-\d+-[0-9a-f]{8}\.jsonl$/),
      expect.stringMatching(/^runs\.2-of-2\./),
      expect.stringMatching(/^traces\.2-of-2\..*\.ndjson$/),
    ]);
  });

  test('keep out one of the same name, and all that is none', async () => {
    await open([FIRST], PARTS[0]);
    await expect(open([FIRST], PARTS[0])).rejects.toThrow('is writing these results');
    await expect(open([FIRST])).rejects.toThrow('is writing these results');
  });

  test('of one name may be several, and a run that two of them execute is one', async () => {
    const part = { name: 'task', once: false };
    const both = [await open([FIRST], part), await open([FIRST], part)];
    for (const results of both) await results.append(one, HERE);
    for (const results of both) results.close();
    expect([...(await open([FIRST])).records.values()]).toEqual([one]);
    expect(namesIn('first').filter((name) => name.startsWith('runs'))).toHaveLength(2);
  });

  test('of one name are not kept out by who is alone there, who keeps out all others', async () => {
    const alone = await open([FIRST]);
    const beside = await open([FIRST], { name: 'task', once: false });
    await expect(open([FIRST], PARTS[0])).rejects.toThrow('is writing these results');
    await expect(open([FIRST])).rejects.toThrow('is writing these results');
    await alone.append(one, HERE);
    await beside.append(two, HERE);
    for (const results of [alone, beside]) results.close();
    expect([...(await open([FIRST])).records.values()]).toEqual([one, two]);
  });

  test('that is named by its process has that name once', async () => {
    const name = processName();
    for (const [named, pattern] of [
      [name, new RegExp(`^runs\\.${name}\\.jsonl$`)],
      ['slurm-1_2', new RegExp(`^runs\\.slurm-1_2\\.${PROCESS_NAME}\\.jsonl$`)],
    ] as const) {
      const results = await open([FIRST], { name: named, once: false });
      await results.append(one, HERE);
      results.close();
      expect(namesIn('first').filter((file) => pattern.test(file))).toHaveLength(1);
    }
  });
});

test('files that another version named otherwise are read', async () => {
  mkdirSync(join(directory, 'first'), { recursive: true });
  await appendRecords(fileOf('first', 'runs.1-of-2.jsonl'), [one]);
  await appendRecords(fileOf('first', 'runs.rescued.jsonl'), [two]);
  expect([...(await open([FIRST])).records.values()]).toEqual([one, two]);
});

test('a process on another machine that has not said that it ended keeps its files', async () => {
  mkdirSync(join(directory, 'first'), { recursive: true });
  await appendRecords(fileOf('first'), [one]);
  writeFileSync(fileOf('first', '.lock'), '12 on elsewhere');
  const results = await open([FIRST]);
  expect(results.notices).toEqual([
    `${fileOf('first', '.lock')} says that process 12 on elsewhere has not ended (remove it if that has): records go to a file of their own`,
  ]);
  await results.append(two, HERE);
  expect(heldBy('first')).toEqual([one]);
  expect(recordsIn(directory).size).toBe(2);
});

test('records further down are not those of this folder', async () => {
  mkdirSync(join(directory, 'reference', 'first'), { recursive: true });
  await appendRecords(fileOf(join('reference', 'first')), [one]);
  expect((await open()).records.size).toBe(0);
});

test('a damaged record is refused, and locks nothing', async () => {
  (await open()).close();
  writeFileSync(fileOf('first'), '3\n4\n');
  await expect(open()).rejects.toThrow(`${fileOf('first')}, line 1: not a run record`);
  rmSync(fileOf('first'));
  await open();
});

describe('a file of records that something else changes meanwhile', () => {
  const rescued = (name: string) => {
    const found = readdirSync(join(directory, name)).filter((file) => file.startsWith('runs.rescued.'));
    return found.flatMap((file) => readRecords(fileOf(name, file)).records);
  };
  test.each<[how: string, change: (file: string) => void]>([
    ['is removed', (file) => rmSync(file)],
    ['is emptied', (file) => writeFileSync(file, '')],
    [
      'is replaced',
      (file) => {
        writeFileSync(`${file}.new`, readFileSync(file));
        renameSync(`${file}.new`, file);
      },
    ],
    ['gets another line', (file) => appendFileSync(file, '\n')],
  ])('%s: all records are kept beside it', async (_how, change) => {
    const results = await open([FIRST]);
    await results.append(one, HERE);
    change(fileOf('first'));
    await expect(results.append(two, HERE)).rejects.toThrow(
      `${fileOf('first')} was removed, replaced or changed by something else`,
    );
    expect(rescued('first')).toEqual([one, two]);
    results.close();
    writeFileSync(fileOf('first'), '');
    expect([...(await open([FIRST])).records.keys()].sort()).toEqual([one.id, two.id].sort());
  });

  test('goes with the whole results folder: the records of all experiments are kept, with their environments', async () => {
    const results = await open();
    await results.append(one, THERE);
    await results.append(three, HERE);
    rmSync(directory, { recursive: true });
    const losses = { training: new Float32Array([1, 2]) };
    const said = await results.append(two, HERE, { losses }).catch(({ message }) => message);
    for (const name of ['first', 'second'])
      expect(said).toContain(`${fileOf(name)} was removed, replaced or changed by something else`);
    expect(said).toContain('(what else its folder held is lost)');
    expect(rescued('first')).toEqual([one, two]);
    expect(rescued('second')).toEqual([two, three]);
    results.close();
    expect(environmentsIn(join(directory, 'first'))).toEqual(expect.arrayContaining([HERE, THERE]));
    expect(latestTraces(tracesIn([join(directory, 'first')])).get(two.id)?.losses).toEqual(losses);
    expect([...(await open()).records.keys()].sort()).toEqual([one.id, two.id, three.id].sort());
  });

  test('is rescued once: what comes after goes where its records are', async () => {
    const results = await open();
    await results.append(one, HERE);
    rmSync(directory, { recursive: true });
    await expect(results.append(two, HERE, { losses: {} })).rejects.toThrow(
      '(what else its folder held is lost)',
    );
    // As whoever brings records from elsewhere does after any trouble.
    await results.secure();
    await results.append(three, HERE, { losses: {} });
    const filesIn = (name: string) =>
      readdirSync(join(directory, name)).filter((file) => file.startsWith('runs.'));
    expect([filesIn('first'), filesIn('second')].map(({ length }) => length)).toEqual([1, 1]);
    expect([rescued('first'), rescued('second')]).toEqual([
      [one, two],
      [two, three],
    ]);
    expect(latestTraces(tracesIn([join(directory, 'second')])).size).toBe(2);
  });

  test('leaves no empty file where there is no record yet', async () => {
    const results = await open();
    rmSync(directory, { recursive: true });
    await expect(results.append(one, HERE)).rejects.toThrow('; none has a record yet (what else its folder');
    expect(readdirSync(join(directory, 'second')).filter((file) => file.endsWith('l'))).toEqual([]);
  });

  test('goes with its folder before its first record', async () => {
    const results = await open([FIRST]);
    rmSync(directory, { recursive: true });
    await expect(results.append(one, HERE)).rejects.toThrow('was removed, replaced or changed');
    expect(rescued('first')).toEqual([one]);
    expect(environmentsIn(join(directory, 'first'))).toEqual([HERE]);
  });

  test('is said to be what it is also where its records cannot be written again', async () => {
    const results = await open([FIRST]);
    await results.append(one, HERE);
    rmSync(directory, { recursive: true });
    writeFileSync(directory, '');
    await expect(results.append(two, HERE)).rejects.toThrow(
      `${fileOf('first')} was removed, replaced or changed by something else while its runs were executed, and their records cannot be written again (cannot create the folder`,
    );
  });

  test('is found to have been there first', async () => {
    const results = await open([FIRST]);
    writeFileSync(fileOf('first'), '');
    await expect(results.append(one, HERE)).rejects.toThrow('was removed, replaced or changed');
    expect(rescued('first')).toEqual([one]);
  });
});

test('the folder of an experiment may be a link', async () => {
  const elsewhere = join(directory, '..', 'elsewhere');
  mkdirSync(elsewhere);
  mkdirSync(directory);
  symlinkSync(elsewhere, join(directory, 'first'));
  const results = await open([FIRST]);
  await results.append(one, HERE);
  results.close();
  const again = await open([FIRST]);
  expect([...again.records.keys()]).toEqual([one.id]);
  expect(again.notices).toEqual([]);
});

test('a second process is kept out of an experiment that another writes, and of no other', async () => {
  const first = await open([FIRST]);
  const refusal = `(process ${process.pid} on ${HOST}) is writing these results`;
  await expect(open([FIRST])).rejects.toThrow(refusal);
  await expect(open([SECOND, FIRST])).rejects.toThrow(refusal);
  // The refused one has let go of what it had locked.
  const second = await open([SECOND]);
  await first.append(two, HERE);
  await second.append(three, HERE);
  expect([heldBy('first'), heldBy('second')]).toEqual([[two], [three]]);
});

test('a folder that does not exist has no records', () => {
  expect(recordsIn(directory).size).toBe(0);
});

test('a file in the place of the folder is refused', async () => {
  writeFileSync(directory, '');
  await expect(open()).rejects.toThrow(`cannot create the folder ${join(directory, 'first')}: `);
});

test('a file in the place of the results folder is no file of records', () => {
  const file = join(directory, '..', 'config.yaml');
  writeFileSync(file, 'name: x\n');
  expect(() => recordsIn(file)).toThrow(
    new Unwritable(`cannot write into the folder ${file}: a file is in its place`),
  );
});
