import { once } from 'node:events';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { range } from 'es-toolkit';
import { parse } from 'yaml';
import { DATA_FOLDER, HAS_DATA } from '../src/data/testing/data-folder.js';
import { VERSION } from '../src/package.js';
import { randomStream } from '../src/random.js';
import { environmentsIn, joinEnvironments } from '../src/results/environment.js';
import type { RunRecord } from '../src/results/record.js';
import { appendRecords, readRecords } from '../src/results/records.js';
import { renderTable } from '../src/results/tables.js';
import { exampleRecord } from '../src/results/testing/records.js';
import { readTraces } from '../src/results/trace.js';
import { childrenOf, deepsad, OTHER_NODE, PATIENCE, start, writeParts } from './testing/program.js';

jest.setTimeout(4 * PATIENCE);

const folder = mkdtempSync(join(tmpdir(), 'deepsad-sweep-'));
const table = join(folder, 'parts.csv');
beforeAll(() => writeParts(table));
afterAll(() => rmSync(folder, { recursive: true }));

let count = 0;
let out: string;
beforeEach(() => {
  out = newFolder();
});

function newFolder(): string {
  return join(folder, `results ${++count}`);
}

/** Writes a config on the table: Deep SAD and the autoencoder, briefly, with two seeds, but for the given keys. */
function config(name: string, keys: Record<string, unknown> = {}): string {
  const file = join(folder, `${name}.yaml`);
  const content = {
    name,
    dataset: { file: table, normal: 'fine' },
    labeledAnomalyRatio: 0.02,
    detectors: [
      { name: 'deep-sad', pretrain: true, epochs: 5, pretrainEpochs: 5 },
      { name: 'autoencoder', epochs: 5 },
    ],
    seeds: [1, 2],
    ...keys,
  };
  writeFileSync(file, JSON.stringify(content, null, 2));
  return file;
}

/** Deep SAD without pretraining for so many epochs. */
const ofLength = (...epochs: number[]) => ({
  detectors: [{ name: 'deep-sad', pretrain: false, epochs }],
  seeds: 1,
});
const ENDLESS = ofLength(1e9);

const onLinux = process.platform === 'linux' ? test : test.skip;

/** The environments of an experiment's runs, in one those that differ by what was computed in them alone. */
const environmentsOf = (experiment: string) => [
  ...joinEnvironments(
    environmentsIn(join(out, experiment)).map((each, index) => [String(index), each]),
  ).values(),
];
const recordsIn = (experiment: string, name = 'runs.jsonl') =>
  readRecords(join(out, experiment, name)).records;
const linesIn = (experiment: string) =>
  readFileSync(join(out, experiment, 'runs.jsonl'), 'utf8').split('\n').length - 1;
const tableOf = (experiment: string, directory = out) =>
  readFileSync(join(directory, experiment, 'table.md'), 'utf8');
const withoutSeconds = (records: readonly RunRecord[]) =>
  records.map((record) => ({ ...record, seconds: {} })).sort((a, b) => (a.id < b.id ? -1 : 1));

/** Variables with which Node says at its end how many texts it has parsed that hold a word. */
const counting = (word: string): NodeJS.ProcessEnv => ({
  NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(
    `const { parse } = JSON; let count = 0;
    JSON.parse = (text, ...others) => { if (String(text).includes("${word}")) count++; return parse(text, ...others); };
    process.on("exit", () => { if (count > 0) console.error("parsed " + count); });`,
  )}`,
});

test.each([
  ['on a table of one’s own', () => ({})],
  ...(HAS_DATA ? ([['on a named data set', () => ({ dataset: 'cardio' })]] as const) : []),
])('a run %s reads the records of other experiments once', async (_, keys) => {
  const experiment = config('forest', { detectors: 'isolation-forest', seeds: 1, ...keys() });
  const others = join(out, 'others');
  mkdirSync(others, { recursive: true });
  // The last line is parsed twice, to see whether it is whole.
  await appendRecords(join(others, 'runs.jsonl'), [
    exampleRecord({ dataset: 'elsewhere' }),
    exampleRecord({ dataset: 'parts' }),
  ]);
  const run = () =>
    deepsad(['run', experiment, '--out', out], undefined, {
      ...counting('elsewhere'),
      DEEPSAD_DATA: DATA_FOLDER,
    });
  for (const state of ['to be computed', 'there']) {
    const { code, stderr } = await run();
    expect({ state, code, parsed: stderr.match(/parsed \d+/g) }).toEqual({
      state,
      code: 0,
      parsed: ['parsed 1'],
    });
  }
});

/** Gives the records of an experiment other values. */
function tamper(experiment: string, fields: Partial<RunRecord>): void {
  const lines = recordsIn(experiment).map((record) => `${JSON.stringify({ ...record, ...fields })}\n`);
  writeFileSync(join(out, experiment, 'runs.jsonl'), lines.join(''));
}

/** Starts a sweep and waits until its standard error matches. */
async function startUntil(pattern: RegExp, ...args: string[]) {
  const child = start(['sweep', ...args, '--out', out, '--jobs', '1']);
  let stderr = '';
  const matched = new Promise<void>((resolve) => {
    child.stderr.on('data', (data) => {
      stderr += data;
      if (pattern.test(stderr)) resolve();
    });
  });
  await matched;
  return { child, ended: once(child, 'close'), said: () => stderr };
}

describe('several configs', () => {
  test('execute each run once, and each get all of their records and tables', async () => {
    const configs = [config('left'), config('right', { seeds: [2, 3] })];
    const { code, stdout, stderr } = await deepsad(['sweep', ...configs, '--out', out]);
    expect(code).toBe(0);
    expect(stderr).toContain('[6/6] ');
    expect([recordsIn('left').length, recordsIn('right').length]).toEqual([4, 4]);
    expect(stdout).toMatch(/^left\n\n.*\n +AUROC +AP\n(?:.*\n)*Deep SAD [\s\S]*\nright\n\n/);
    expect([tableOf('left'), tableOf('right')].join()).toMatch(/Deep SAD[\s\S]*,[\s\S]*Deep SAD/);

    const again = await deepsad(['sweep', ...configs, '--out', out, '--quiet']);
    expect(again).toEqual({ code: 0, stdout, stderr: '' });
    expect([linesIn('left'), linesIn('right')]).toEqual([4, 4]);
  });

  test('show each its own results where those of a run in both contradict each other', async () => {
    const forest = { detectors: [{ name: 'isolation-forest' }] };
    const configs = [config('here', forest), config('there', forest)];
    await deepsad(['sweep', ...configs, '--out', out, '--quiet']);
    const shown = () => [tableOf('here'), tableOf('there')];
    const [before] = shown();
    tamper('there', { auroc: 0.5, averagePrecision: 0.25 });
    expect((await deepsad(['sweep', ...configs, '--out', out, '--quiet'])).code).toBe(0);
    expect(shown()).toEqual([before, renderTable(recordsIn('there'))]);
    expect(tableOf('there')).toContain('50.0');

    const further = config('here', { ...forest, seeds: [1, 2, 3] });
    const { stdout, stderr } = await deepsad(['run', further, '--out', out]);
    expect(tableOf('here')).toBe(renderTable(recordsIn('here')));
    expect(recordsIn('here')).toHaveLength(3);
    expect(stderr).toMatch(/contradict each other .* count, in .*here.runs\.jsonl/);
    expect(await deepsad(['run', further, '--out', out, '--quiet'])).toMatchObject({ stdout });
  });

  test('of one name are refused', async () => {
    const file = config('twice');
    const { code, stderr } = await deepsad(['sweep', file, file, '--out', out]);
    expect({ code, stderr }).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('have the name twice'),
    });
    expect(existsSync(out)).toBe(false);
  });
});

test('tables and page are made anew where records are others than those that they show', async () => {
  const args = [
    'run',
    config('renewed', { detectors: [{ name: 'isolation-forest' }] }),
    '--out',
    out,
    '--quiet',
  ];
  await deepsad(args);
  // A reference has no seconds.
  tamper('renewed', { seconds: {} });
  const first = await deepsad(args);
  const page = join(out, 'renewed', 'report.html');
  const before = readFileSync(page, 'utf8');
  tamper('renewed', { auroc: 0.6 });
  const { stdout } = await deepsad(args);
  expect(stdout).not.toBe(first.stdout);
  expect(tableOf('renewed')).toBe(renderTable(recordsIn('renewed')));
  expect(tableOf('renewed')).toContain('60.0');
  expect(readFileSync(page, 'utf8')).not.toBe(before);

  const { mtimeMs } = statSync(page);
  await deepsad(args);
  expect(statSync(page).mtimeMs).toBe(mtimeMs);
});

test('a dry run counts, estimates and writes nothing', async () => {
  const args = ['sweep', config('dry'), '--out', out, '--jobs', '2'];
  const before = await deepsad([...args, '--dry-run']);
  expect(before.stdout).toMatch(
    /^4 runs: 0 done, 0 failed, 4 to do\nExpected time, 2 at a time: .+ \(a guess, without earlier records\)\n$/,
  );
  expect(existsSync(out)).toBe(false);
  await deepsad(['run', config('half', { seeds: 1 }), '--out', out]);
  const after = await deepsad([...args, '--dry-run']);
  expect(after.stdout).toMatch(/^4 runs: 2 done, 0 failed, 2 to do\n.* \(from 2 earlier records\)\n$/);
  const again = await deepsad([...args, '--dry-run', '--keep-going', '--save-models']);
  expect(again.stdout).toMatch(/^4 runs: 0 done, 0 failed, 4 to do, 2 of them again\n/);
  const done = await deepsad(['sweep', config('half', { seeds: 1 }), '--out', out, '--dry-run']);
  expect(done.stdout).toBe('2 runs: 2 done, 0 failed, 0 to do\n');
});

test('a dry run counts runs on data that are not there', async () => {
  const file = config('far', {
    dataset: ['cifar10', 'mnist'],
    normalClass: 'all',
    knownAnomalyClass: 'each',
  });
  const { code, stdout, stderr } = await deepsad(['sweep', file, '--dry-run', '--data-dir', newFolder()]);
  expect({ code, stderr }).toEqual({
    code: 0,
    stderr: 'Counted without their data, which are not here: cifar10.\n',
  });
  expect(stdout).toMatch(/^720 runs: 0 done, 0 failed, 720 to do\n/);
});

test('shards put together are the whole', async () => {
  const file = config('parts', { seeds: range(1, 5) });
  const whole = newFolder();
  await deepsad(['sweep', file, '--out', whole]);
  for (const [part, variables] of [
    ['1/2', {}],
    ['2/2', OTHER_NODE],
  ] as const) {
    const machine = newFolder();
    const { code, stderr } = await deepsad(
      ['sweep', file, '--out', machine, '--shard', part],
      undefined,
      variables,
    );
    expect(code).toBe(0);
    expect(stderr).toContain('parts has records of 4 of 8 runs.');
    expect(existsSync(join(machine, 'parts', 'config.yaml'))).toBe(part === '1/2');
    cpSync(machine, out, { recursive: true });
  }
  const { code, stderr } = await deepsad(['sweep', file, '--out', out]);
  expect({ code, stderr }).toMatchObject({
    code: 0,
    stderr: expect.stringMatching(/^8 of 8 runs done before\n/m),
  });
  expect(tableOf('parts')).toBe(tableOf('parts', whole));
  const parts = readdirSync(join(out, 'parts')).filter((name) => /^runs\..*\.jsonl$/.test(name));
  expect(parts).toHaveLength(2);
  expect(environmentsOf('parts').map(({ node }) => node)).toEqual([process.version, 'v20.99.0']);
  const checked = await deepsad(['check', join(out, 'parts'), '--quiet']);
  expect(checked).toMatchObject({ code: 0, stdout: expect.stringContaining('8 runs repeated: all agree') });
  const { records } = readRecords(join(whole, 'parts', 'runs.jsonl'));
  expect(withoutSeconds(parts.flatMap((name) => recordsIn('parts', name)))).toEqual(withoutSeconds(records));
});

test('an experiment has the environment of its runs, whichever shard they fall to', async () => {
  const short = { detectors: ['isolation-forest'] };
  const files = [config('ones', { ...short, seeds: [1] }), config('twos', { ...short, seeds: [2] })];
  for (const index of range(1, 5)) {
    const machine = newFolder();
    await deepsad(['sweep', ...files, '--out', machine, '--shard', `${index}/4`]);
    cpSync(machine, out, { recursive: true });
  }
  expect((await deepsad(['sweep', ...files, '--out', out])).code).toBe(0);
  const data = { [table]: expect.any(String) };
  for (const name of ['ones', 'twos']) expect(environmentsOf(name)).toMatchObject([{ data }]);
});

test('a sweep that was killed has left the environment of its runs', async () => {
  const file = config('cut', { ...ofLength(100), seeds: range(1, 101) });
  const { child, ended } = await startUntil(/\[1\/100\]/, file);
  child.kill('SIGKILL');
  await ended;
  expect(environmentsOf('cut')).toMatchObject([{ node: process.version }]);
});

test('a disk that is full leaves whole lines, and no run without its losses; once there is space all is there', async () => {
  const file = config('full', { ...ofLength(500), seeds: range(1, 9) });
  const child = start(['sweep', file, '--out', out, '--jobs', '2', '--quiet'], {}, { blocks: 10 });
  let said = '';
  child.stderr.on('data', (data) => {
    said += data;
  });
  expect((await once(child, 'close'))[0]).toBe(2);
  expect(said).toMatch(/^cannot write .*traces\.ndjson: /);
  const at = (name: string) => join(out, 'full', name);
  const idsIn = () => ({
    runs: readRecords(at('runs.jsonl')).records.map(({ id }) => id),
    traces: readTraces(at('traces.ndjson')).values.map(({ run }) => run),
  });
  const full = idsIn();
  expect(full.runs.length).toBeGreaterThan(0);
  expect(full.traces).toEqual(full.runs);
  const { code, stderr } = await deepsad(['sweep', file, '--out', out]);
  expect(code).toBe(0);
  expect(stderr).not.toContain('cut off');
  const { runs, traces } = idsIn();
  expect([runs.length, traces]).toEqual([8, runs]);
});

test('runs of another version and environment are told apart from those that go on from there', async () => {
  const args = (seeds: number) => ['sweep', config('old', { seeds: range(1, seeds + 1) }), '--out', out];
  await deepsad(args(2));
  const at = (name: string) => join(out, 'old', name);
  const edit = (name: string, from: string, to: string) =>
    writeFileSync(at(name), readFileSync(at(name), 'utf8').replaceAll(from, to));
  edit('runs.jsonl', `"version":"${VERSION}"`, '"version":"0.0.9"');
  edit('environment.json', `"deepsad": "${VERSION}"`, '"deepsad": "0.0.9"');
  const { stdout } = await deepsad(args(3));
  const note = new RegExp(
    `several versions of deepsad .* 4 runs of 0\\.0\\.9; 2 runs of ${VERSION}: \\w+, \\w+\\.`,
  );
  expect(stdout.replaceAll(/\s+/g, ' ')).toMatch(note);
  expect(tableOf('old')).toMatch(note);
  expect(readFileSync(at('report.html'), 'utf8')).toMatch(note);

  await deepsad(args(4));
  const environments = readdirSync(at('.')).filter((name) => name.startsWith('environment'));
  expect(environments.map((name) => JSON.parse(readFileSync(at(name), 'utf8')).deepsad)).toEqual([
    '0.0.9',
    VERSION,
  ]);
});

test('runs of a build of before are told from those that another build adds, wherever they are shown', async () => {
  const args = (seeds: number) => ['sweep', config('rebuilt', { seeds: range(1, seeds + 1) }), '--out', out];
  await deepsad(args(2));
  const at = (name: string) => join(out, 'rebuilt', name);
  const before = readFileSync(at('runs.jsonl'), 'utf8');
  expect(tableOf('rebuilt')).not.toContain('commit');
  writeFileSync(at('runs.jsonl'), before.replaceAll(/"build":"[^"]+"/g, '"build":"former"'));
  const { stdout } = await deepsad(args(3));
  const note = /4 runs of \S+ \(commit former\)/;
  const added = /2 runs of \S+ \(commit [0-9a-f]{10}[^)]*\): \w+, \w+[.;]/;
  for (const shown of [stdout, tableOf('rebuilt'), readFileSync(at('report.html'), 'utf8')]) {
    expect(shown.replaceAll(/\s+/g, ' ')).toMatch(note);
    expect(shown.replaceAll(/\s+/g, ' ')).toMatch(added);
  }
});

test('the config in a folder is that of its tables, and that of other runs lies beside it', async () => {
  const at = (name: string) => join(out, 'changed', name);
  const epochsOf = (name: string) => parse(readFileSync(at(name), 'utf8')).detectors[0].epochs;
  const kept = () => readdirSync(at('.')).filter((name) => name.startsWith('config-'));
  const made = (...epochs: number[]) =>
    deepsad(['run', config('changed', ofLength(...epochs)), '--out', out]);
  await made(3);
  const before = tableOf('changed');
  const { child, ended } = await startUntil(/: started$/m, config('changed', ENDLESS));
  child.kill('SIGKILL');
  await ended;
  expect([epochsOf('config.yaml'), tableOf('changed')]).toEqual([3, before]);
  expect(kept().map(epochsOf)).toEqual([1e9]);

  await made(4);
  expect(epochsOf('config.yaml')).toBe(4);
  expect(kept().map(epochsOf)).toContain(3);
  expect((await deepsad(['report', join(out, 'changed'), '--out', join(out, 'page')])).code).toBe(0);
  const page = readFileSync(join(out, 'page', 'report.html'), 'utf8');
  const shown = [...page.matchAll(/^ +epochs: (\d+)/gm)].map(([, epochs]) => Number(epochs));
  expect(shown.sort((a, b) => a - b)).toEqual([3, 4, 1e9]);

  await made(3, 4);
  expect([epochsOf('config.yaml'), kept()]).toEqual([[3, 4], []]);
});

test.each(['0/2', '3/2', '2'])('the shard %s is refused', async (shard) => {
  const { code, stderr } = await deepsad(['sweep', 'none.yaml', '--shard', shard]);
  expect(code).toBe(2);
  expect(stderr).toBe(`--shard: expected i/n, such as 2/4 for the second part of four, found ${shard}\n`);
});

describe('a run that fails', () => {
  const failing = { name: 'deep-sad', epochs: 5, pretrain: false, learningRate: [1e30, 1e-4] };

  test('stops no other, and is repeated only when asked', async () => {
    const args = ['sweep', config('failing', { detectors: [failing], seeds: 1 }), '--out', out];
    expect((await deepsad(args)).code).toBe(1);
    expect(
      recordsIn('failing')
        .map(({ status }) => status)
        .sort(),
    ).toEqual(['done', 'failed']);
    const again = await deepsad(args);
    expect(again.code).toBe(1);
    expect(again.stderr).toMatch(
      /^1 of 2 runs done before; 1 failed before \(--retry-failed repeats them\)\n/m,
    );
    expect(linesIn('failing')).toBe(2);
    expect((await deepsad([...args, '--retry-failed'])).code).toBe(1);
    expect(linesIn('failing')).toBe(3);
  });

  test('with --fail-fast is the last to start', async () => {
    // The failing one is expected to take longer, so that it comes first.
    const detectors = [
      { ...failing, learningRate: 1e30, epochs: 9 },
      { ...failing, learningRate: 1e-4 },
    ];
    const args = [
      'sweep',
      config('fast', { detectors, seeds: 1 }),
      '--out',
      out,
      '--jobs',
      '1',
      '--fail-fast',
    ];
    const { code, stdout, stderr } = await deepsad(args);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toContain('fast has records of 1 of 2 runs.');
    expect(recordsIn('fast').map(({ status }) => status)).toEqual(['failed']);
  });
});

test('a trained autoencoder serves later experiments, unless --no-cache', async () => {
  const deepSad = [{ name: 'deep-sad', epochs: 5, pretrainEpochs: 7 }];
  const deepSvdd = [{ name: 'deep-svdd', epochs: 5, pretrainEpochs: 7 }];
  const seconds = async (name: string, detectors: unknown, ...args: string[]) => {
    await deepsad(['sweep', config(name, { detectors, seeds: 3 }), '--out', out, ...args]);
    return recordsIn(name)[0].seconds.pretraining;
  };
  expect(await seconds('trains', deepSad)).toBeGreaterThan(0);
  expect(await seconds('reuses', deepSvdd)).toBe(0);
  out = newFolder();
  expect(await seconds('anew', deepSvdd, '--no-cache')).toBeGreaterThan(0);
});

describe('Ctrl-C', () => {
  test('once finishes what runs and starts nothing more', async () => {
    const file = config('once', ofLength(30_000, 29_999, 29_998));
    const { child, ended, said } = await startUntil(/started/, file);
    child.kill('SIGINT');
    const [code] = await ended;
    expect(code).toBe(130);
    expect(said()).toContain('Interrupted: finishing what runs; Ctrl-C again stops it.');
    const done = recordsIn('once').length;
    expect(done).toBeGreaterThan(0);
    expect(done).toBeLessThan(3);
    expect(said()).toContain(`Interrupted: ${done} of 3 runs done and kept in ${join(out, 'once')}.`);
  });

  test.each([
    ['SIGTERM', 143],
    ['SIGHUP', 129],
  ] as const)('has its like in %s, and another SIGHUP then asks for no more', async (name, expected) => {
    const file = config(name.toLowerCase(), ofLength(30_000, 29_999, 29_998));
    const { child, ended, said } = await startUntil(/started/, file);
    child.kill(name);
    while (!said().includes(`Interrupted by ${name}: finishing what runs`)) await once(child.stderr, 'data');
    child.kill('SIGHUP');
    expect((await ended)[0]).toBe(expected);
    const done = recordsIn(name.toLowerCase()).length;
    expect(done).toBeGreaterThan(0);
    expect(done).toBeLessThan(3);
  });

  test('while the last run is executed lets the sweep end as one that is finished', async () => {
    const { child, ended, said } = await startUntil(/started/, config('last', ofLength(30_000)));
    child.kill('SIGTERM');
    expect((await ended)[0]).toBe(0);
    expect(said()).toContain('Interrupted by SIGTERM: finishing what runs');
    expect(said()).not.toContain('goes on from there');
    expect(existsSync(join(out, 'last', 'report.html'))).toBe(true);
  });

  test('at a terminal, which tells all processes of it, does not end a worker that has just started', async () => {
    const file = config('terminal', ofLength(300, 299));
    const child = start(['sweep', file, '--out', out, '--jobs', '1'], {}, { detached: true });
    const ended = once(child, 'close');
    let said = '';
    child.stderr.on('data', (data) => {
      said += data;
    });
    while (!said.includes('started')) await once(child.stderr, 'data');
    process.kill(-Number(child.pid), 'SIGINT');
    expect((await ended)[0]).toBe(130);
    expect(recordsIn('terminal').map(({ status }) => status)).toEqual(['done']);
  });

  test('twice stops at once', async () => {
    const { child, ended, said } = await startUntil(/started/, config('stops', ENDLESS));
    child.kill('SIGINT');
    while (!said().includes('finishing what runs')) await once(child.stderr, 'data');
    child.kill('SIGINT');
    expect((await ended)[0]).toBe(130);
    expect(said()).toContain('Interrupted: 0 of 1 run done');
  });
});

onLinux('workers end with the program, however that ends', async () => {
  const { child, ended } = await startUntil(/: training/, config('orphans', ENDLESS));
  const workers = childrenOf(Number(child.pid));
  expect(workers).toHaveLength(1);
  child.kill('SIGKILL');
  await ended;
  const isAlive = (pid: number) => existsSync(`/proc/${pid}/exe`);
  for (const deadline = Date.now() + 5000; workers.some(isAlive) && Date.now() < deadline; ) await sleep(20);
  expect(workers.filter(isAlive)).toEqual([]);
});

test('an experiment that another sweep writes is refused, until that one is gone in whatever way', async () => {
  const { child, ended } = await startUntil(/started/, config('endless', ENDLESS));
  const refused = await deepsad(['sweep', config('other'), config('endless', ENDLESS), '--out', out]);
  expect(refused.code).toBe(2);
  expect(refused.stderr).toContain(
    `another deepsad (process ${child.pid} on ${hostname()}) is writing these results`,
  );
  expect(existsSync(join(out, 'other', 'runs.jsonl'))).toBe(false);
  // Another experiment goes on beside it in the same folder.
  expect((await deepsad(['sweep', config('other'), '--out', out])).code).toBe(0);
  child.kill('SIGKILL');
  await ended;
  expect((await deepsad(['sweep', config('endless', ofLength(5)), '--out', out])).code).toBe(0);
});

test('killed at any moment, a rerun goes on from every run that was finished', async () => {
  const file = config('killed', {
    detectors: [{ name: 'deep-sad', epochs: 1500, pretrainEpochs: 500 }, 'oc-svm'],
    seeds: range(1, 9),
  });
  const undisturbed = newFolder();
  await deepsad(['sweep', file, '--out', undisturbed]);

  const random = randomStream(1, 'moments of killing');
  for (let kills = 0; kills < 5; kills++) {
    const { child, ended, said } = await startUntil(/started|done before/, file, '--cache-size', '0');
    await sleep(random.uniform(0, 300));
    child.kill('SIGKILL');
    await ended;
    const finished = said().match(/AUROC/g)?.length ?? 0;
    const [, before = 0] = /^(\d+) of 16 runs done before/m.exec(said()) ?? [];
    expect(recordsIn('killed').length).toBeGreaterThanOrEqual(finished + Number(before));
  }
  expect((await deepsad(['sweep', file, '--out', out])).code).toBe(0);
  expect(linesIn('killed')).toBe(16);
  const { records } = readRecords(join(undisturbed, 'killed', 'runs.jsonl'));
  expect(withoutSeconds(recordsIn('killed'))).toEqual(withoutSeconds(records));
  expect(tableOf('killed')).toBe(tableOf('killed', undisturbed));
});
