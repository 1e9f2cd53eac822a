import { spawnSync } from 'node:child_process';
import {
  appendFileSync,
  cpSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { range } from 'es-toolkit';
import { parse } from 'yaml';
import { jsonSchema } from '../src/config/json-schema.js';
import { PACKAGE_ROOT, VERSION } from '../src/package.js';
import { deepsad, PATIENCE, writeParts } from './testing/program.js';

jest.setTimeout(PATIENCE);

const folder = mkdtempSync(join(tmpdir(), 'deepsad-cli-'));
const table = join(folder, 'parts.csv');
const out = join(folder, 'results');
afterAll(() => rmSync(folder, { recursive: true }));

beforeAll(() => writeParts(table));

/** Writes a config on the table, with other or more keys. */
function config(name: string, keys: Record<string, unknown> = {}): string {
  const file = join(folder, `${name}.yaml`);
  const content = {
    name,
    dataset: { file: table, normal: 'fine' },
    labeledAnomalyRatio: 0.02,
    detectors: [{ name: 'deep-sad', epochs: 5, pretrainEpochs: 5 }],
    ...keys,
  };
  writeFileSync(file, JSON.stringify(content, null, 2));
  return file;
}

function linesOf(file: string): string[] {
  return readFileSync(file, 'utf8').trim().split('\n');
}

describe('usage', () => {
  test('help names every command, and the options of each', async () => {
    expect(await deepsad(['--help'])).toMatchObject({ code: 0, stderr: '' });
    expect((await deepsad(['--help'])).stdout).toMatch(/deepsad run <config>[\s\S]*deepsad schema/);
    expect((await deepsad(['run', '--help'])).stdout).toMatch(
      /--out[\s\S]*--jobs[\s\S]*--device[\s\S]*--data-dir[\s\S]*--set/,
    );
  });

  test('every command that help names has help of its own', async () => {
    const names = [...(await deepsad(['--help'])).stdout.matchAll(/^ {2}deepsad (\S+)/gm)].map(
      ([, name]) => name,
    );
    expect(names.length).toBeGreaterThan(15);
    for (const name of names) {
      const { code, stdout } = await deepsad([name, '--help']);
      expect([name, code, stdout.split('\n')[0].split(' ').slice(0, 2).join(' ')]).toEqual([
        name,
        0,
        `deepsad ${name}`,
      ]);
      expect(stdout).toContain('Show help');
    }
  });

  test.each([['--version'], ['-v']])('%s says the version of the package', async (flag) => {
    expect(await deepsad([flag])).toEqual({ code: 0, stdout: `${VERSION}\n`, stderr: '' });
  });

  test.each([
    [[], ['--help']],
    [['-h'], ['--help']],
    [['help'], ['--help']],
    [
      ['help', 'run'],
      ['run', '--help'],
    ],
    [['datasets'], ['datasets', '--help']],
  ])('%j shows what is expected, in 80 columns', async (args, same) => {
    const shown = await deepsad(args);
    expect(shown).toEqual(await deepsad(same));
    expect(shown).toMatchObject({ code: 0, stderr: '' });
    expect(Math.max(...shown.stdout.split('\n').map(({ length }) => length))).toBeLessThanOrEqual(80);
  });

  test('a shell is told how to complete, and what', async () => {
    expect((await deepsad(['completion'])).stdout).toContain('deepsad --get-yargs-completions');
    const completed = (...words: string[]) => deepsad(['--get-yargs-completions', 'deepsad', ...words]);
    expect(await completed('fit', 'x.csv', '--detector', '')).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^deep-sad$/m),
      stderr: '',
    });
    expect(await completed('run', 'x.yaml', '--j')).toMatchObject({
      stdout: expect.stringMatching(/^--jobs/m),
      stderr: '',
    });
    expect(await completed('fit', 'x.csv', '--d')).toMatchObject({ stderr: '' });
  });

  test.each([
    [['run'], '<config> is missing: deepsad run <config>; see deepsad run --help'],
    [['score', 'm'], '<data> is missing: deepsad score <model> <data>; see deepsad score --help'],
    [
      ['datasets', 'info'],
      '<name> is missing: deepsad datasets info <name>; see deepsad datasets info --help',
    ],
    [
      ['run', '--verbos', 'x.yaml'],
      'unknown argument verbos (did you mean --verbose?); see deepsad run --help',
    ],
    [['report', '--opne', 'x'], 'unknown argument opne (did you mean --open?); see deepsad report --help'],
    [
      ['datasets', 'fetch', '--quite', 'cardio'],
      'unknown argument quite (did you mean --quiet?); see deepsad datasets fetch --help',
    ],
    [['datasets', 'info', 'x', '--quiet'], 'unknown argument quiet; see deepsad datasets info --help'],
    [['fit', 'x', '--uot', 'm'], 'unknown argument uot (did you mean --out?); see deepsad fit --help'],
    [
      ['run', '--no-cache', '--gpuMemory=2'],
      '<config> is missing: deepsad run <config>; see deepsad run --help',
    ],
    [['run', '--', '--verbos'], '<config> is missing: deepsad run <config>; see deepsad run --help'],
    [['datasets', 'lst'], 'unknown argument lst (did you mean list?); see deepsad datasets --help'],
    [
      ['run', 'configs/quikstart.yaml'],
      'configs/quikstart.yaml: no such file; did you mean configs/quickstart.yaml?',
    ],
    [['fit', 'x', '--out', 'm', '--seed=one'], '--seed: expected a number, found one'],
    [['rum', 'x.yaml'], 'unknown command rum (did you mean run?); see deepsad --help'],
    [['run', 'x.yaml', '--job', '2'], 'unknown argument job (did you mean --jobs?); see deepsad run --help'],
    [['run', 'x.yaml', '--set'], '--set: expected a value; see deepsad run --help'],
    [['run', 'x.yaml', '--jobs', 'two'], '--jobs: expected a number, found two'],
    [['run', 'x.yaml', '--out', 'a', '--out', 'b'], '--out is given more than once'],
    [['run', 'x.yaml', '--gpu-memory', '4'], '--gpu-memory: goes with --device webgpu or --device auto'],
    [['run', 'x.yaml', '--no-cache', '--cache-size', '5'], '--cache-size: goes without --no-cache'],
    [['sweep', 'x.yaml', '--cpus', '2'], '--cpus: goes with --on, such as --on slurm'],
    [['sweep', 'x.yaml', '--dry-run', '--verify', '5'], '--verify: goes without --dry-run'],
    [['sweep', 'x.yaml', '--dry-run', '--open'], '--open: goes without --dry-run'],
    [['sweep', 'x.yaml', 'y.yaml', '--open'], '--open: goes with a single config'],
    [['check', 'x', '--seed', '3'], '--seed: goes with --sample'],
    [['init', '--experiment', 'cardio', '--label', 'x'], '--label: goes with a table'],
    [['run', 'none.yaml'], 'none.yaml: no such file; a path counts from the working directory'],
  ])('%j is refused', async (args, message) => {
    expect(await deepsad(args)).toEqual({ code: 2, stdout: '', stderr: `${message}\n` });
  });

  test('a config that comes with deepsad, and is not here, is said how to get', () => {
    const { stderr } = spawnSync(
      process.execPath,
      [join(PACKAGE_ROOT, 'bin', 'deepsad.js'), 'run', './configs/cardio.yaml'],
      { cwd: folder, encoding: 'utf8' },
    );
    expect(stderr).toBe(
      './configs/cardio.yaml: no such file; deepsad init --experiment cardio writes the config that comes with deepsad\n',
    );
  });

  test('stack traces are for --verbose', async () => {
    const { stderr } = await deepsad(['run', 'none.yaml', '--verbose']);
    expect(stderr).toMatch(/no such file; .*\n[\s\S]*\n +at /);
  });
});

describe('init', () => {
  test('writes a config for a table, which runs, and replaces none', async () => {
    const mixed = join(folder, 'mixed.csv');
    const rows = Array.from(
      { length: 30 },
      (_, i) => `part${i},${i % 7 || ''},${['red', 'blue'][i % 2]},${i % 5 ? 'fine' : 'broken'}`,
    );
    writeFileSync(mixed, `id,length,color,state\n${rows.join('\n')}\n`);
    const file = join(folder, 'mixed.yaml');
    expect(await deepsad(['init', mixed, '--out', file])).toEqual({
      code: 0,
      stdout: '',
      stderr: `Wrote ${file}. Next:\n    deepsad run ${file}\n`,
    });
    expect(parse(readFileSync(file, 'utf8'))).toMatchObject({
      name: 'mixed',
      dataset: {
        file: mixed,
        label: 'state',
        normal: 'fine',
        categorical: ['color'],
        drop: ['id'],
        missing: 'fill',
      },
    });
    expect((await deepsad(['sweep', file, '--dry-run'])).stdout).toMatch(/^9 runs: /);
    expect(await deepsad(['init', mixed, '--out', file])).toMatchObject({
      code: 2,
      stderr: `${file}: is there already; give another --out, or --overwrite to replace it\n`,
    });
  });

  test.each([
    ['nothing', ''],
    ['0', '0'],
  ])('a config on a table that is labeled in part, its other rows %s, which runs', async (_, unlabeled) => {
    const table = join(folder, `partly-${unlabeled}.csv`);
    const rows = range(40).map(
      (row) => `${row % 7},${(row * row) % 11},${row < 9 ? '+1' : row < 15 ? '-1' : unlabeled}`,
    );
    writeFileSync(table, `length,width,known\n${rows.join('\n')}\n`);
    const file = join(folder, `partly-${unlabeled}.yaml`);
    expect(await deepsad(['init', table, '--out', file])).toMatchObject({ code: 0 });
    expect(parse(readFileSync(file, 'utf8')).dataset).toEqual({ file: table, semiTarget: 'known' });
    const { code, stdout } = await deepsad(['sweep', file, '--dry-run', '--quiet']);
    expect([code, stdout.split('\n')[0]]).toEqual([0, '9 runs: 0 done, 0 failed, 9 to do']);
  });

  test('writes a config that comes with deepsad', async () => {
    const file = join(folder, 'cardio.yaml');
    expect(await deepsad(['init', '--experiment', 'cardio', '--out', file])).toMatchObject({ code: 0 });
    expect(parse(readFileSync(file, 'utf8'))).toMatchObject({ name: 'cardio', dataset: 'cardio' });
  });

  test('takes no feature for the labels by being last', async () => {
    const spread = join(folder, 'spread.csv');
    writeFileSync(
      spread,
      `state,length\n${range(30)
        .map((row) => `${row % 2},${row / 8}\n`)
        .join('')}`,
    );
    const file = join(folder, 'spread.yaml');
    expect(await deepsad(['init', spread, '--out', file])).toMatchObject({
      code: 2,
      stderr: `${spread}, column length: expected labels, found 30 values in 30 rows; name another column with --label\n`,
    });
    const repeated = join(folder, 'repeated.csv');
    writeFileSync(
      repeated,
      `state,length\n${range(30)
        .map((row) => `${row / 8},${Math.max(row, 9)}\n`)
        .join('')}`,
    );
    expect(await deepsad(['init', repeated, '--label', 'length', '--out', file])).toMatchObject({ code: 0 });
  });

  const labeled = (name: string, labels: Readonly<Record<string, number>>) => {
    const rows = Object.entries(labels).flatMap(([label, count]) => range(count).map(() => label));
    const file = join(folder, name);
    writeFileSync(
      file,
      `length,width,none,lab\n${rows.map((label, row) => `${(row * 7) % 11},${(row * row) % 97},,${label}\n`).join('')}`,
    );
    return file;
  };

  test.each<[string, Readonly<Record<string, number>>, object]>([
    ['a label that must be normal', { attack: 70, normal: 10 }, { dataset: { normal: 'normal' } }],
    [
      'two of them',
      { attack: 70, normal: 10, Normal: 9 },
      { dataset: { normal: ['normal', 'Normal'] }, labeledAnomalyRatio: 0.084 },
    ],
    ['a class of too few rows', { fine: 50, bad: 20, odd: 1 }, { knownAnomalyClass: ['bad'] }],
    ['few anomalies', { 0: 4000, 1: 9 }, { labeledAnomalyRatio: 0.002 }],
    ['too few of all', { fine: 50, bad: 4, odd: 3 }, { labeledAnomalyRatio: 0 }],
    ['an anomaly', { fine: 50, bad: 1 }, { labeledAnomalyRatio: 0 }],
    ['labels of one number', { 1: 30, '1.0': 10, 0: 9 }, { dataset: { normal: '1', drop: ['none'] } }],
  ])('a config on a table with %s, which runs', async (title, labels, keys) => {
    const file = join(folder, `${title}.yaml`);
    expect(await deepsad(['init', labeled(`${title}.csv`, labels), '--out', file])).toMatchObject({
      code: 0,
    });
    expect(parse(readFileSync(file, 'utf8'))).toMatchObject(keys);
    expect(await deepsad(['sweep', file, '--dry-run', '--quiet'])).toMatchObject({ code: 0 });
  });

  test.each<[string, Readonly<Record<string, number>>, string]>([
    [
      'without a label',
      { fine: 50, bad: 10, '': 9 },
      'row 62, column lab: expected a label, found nothing; label the row, leave it out, or say what is known in a column of +1 (normal), -1 (anomaly) and nothing (key semiTarget)',
    ],
    [
      'of which anomalies alone are known',
      { '': 40, '-1': 5 },
      'has 0 normal samples and 2 anomalies; AUROC needs at least one of each; give a table to test on (key test)',
    ],
    ['too few', { fine: 1, bad: 1 }, 'normal class normal has no samples for training'],
    ['few normal', { normal: 1, bad: 10 }, 'normal class normal has no samples for training'],
  ])('writes none on rows %s, which a run would refuse', async (title, labels, message) => {
    const file = join(folder, `${title}.yaml`);
    const { code, stderr } = await deepsad(['init', labeled(`${title}.csv`, labels), '--out', file]);
    expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringContaining(message) });
    expect(stderr).toMatch(/^init: nothing was written, since a run would be refused:\n/);
    expect(existsSync(file)).toBe(false);
  });

  test('names semi-targets where a column tells one thing of some rows', async () => {
    const table = labeled('some.csv', { '': 40, fraud: 5 });
    expect(await deepsad(['init', table, '--out', join(folder, 'none.yaml')])).toEqual({
      code: 2,
      stdout: '',
      stderr:
        `${table}, column lab: expected labels, found the value fraud alone; name another column with --label, or if it tells what is known of some rows, ` +
        'write that as +1 (normal) or -1 (anomaly) and name a table to test on (keys semiTarget and test); deepsad fit takes it as it is, ' +
        'with --anomaly fraud or --normal fraud\n',
    });
  });

  test.each([
    [['cardio'], 'cardio: no such file; the config of that name is --experiment cardio'],
    [
      [],
      'init: expected a table, or --experiment with the name of a config that comes with deepsad, such as quickstart',
    ],
    [['--experiment', 'cadio'], '--experiment: found cadio; did you mean cardio? valid: cardio, '],
    [[table, '--label', 'stat'], `--label: ${table} has no column stat; did you mean state? valid: state, `],
    [[table, '--label', 'weight'], `${table}, column weight: expected labels, found very many values`],
    [
      [table, '--normal', 'fin'],
      '--normal: column state has no label fin; did you mean fine? valid: fine, broken',
    ],
  ])('%j is refused', async (args, message) => {
    const { code, stderr } = await deepsad(['init', ...args, '--out', join(folder, 'none.yaml')]);
    expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringContaining(message) });
  });
});

test('schema prints the JSON Schema of configs', async () => {
  expect(await deepsad(['schema'])).toEqual({ code: 0, stdout: jsonSchema(), stderr: '' });
});

describe('run', () => {
  test('says what may be meant otherwise, and where a loss rose', async () => {
    const rate = { name: 'deep-sad', epochs: 5, learningRate: 100, pretrain: false };
    const { code, stderr } = await deepsad([
      'run',
      config('doubts', { seeds: 3, detectors: rate }),
      '--out',
      out,
    ]);
    expect(stderr).toContain('seeds: one seed, the number 3; for several give a range, such as 1..3\n');
    expect(stderr).toContain('a batch is all of its 110 training samples, fewer than batchSize 128\n');
    expect(stderr).toMatch(
      /In 1 of 1 run a loss ended above where it began \(deep-sad with seed 3: the training loss rose/,
    );
    expect(code).toBe(0);
  });

  test('says where a bandwidth was chosen at the end of its grid', async () => {
    const detectors = [{ name: 'kde', bandwidthGrid: ['paper', 'wide'] }];
    const args = ['run', config('edges', { seeds: [1], detectors }), '--out', out];
    expect((await deepsad(args)).stderr).toContain(
      'In 1 of 2 runs a choice is at the end of what was tried (kde with seed 1: bandwidth 1.41 is the narrowest that was tried, and one ' +
        'beyond it may do better (set bandwidth, or bandwidthGrid wide)).\n',
    );
  });

  test('shows progress, prints the table, writes the results, and repeats nothing', async () => {
    const args = ['run', config('parts'), '--out', out, '--set', 'seeds=[1,2]', '--set', 'detectors.0.eta=2'];
    const first = await deepsad(args);
    expect(first.stderr).toContain(
      'column state (by default; the key label names another): 180 normal (fine), 20 anomalous (broken)\n',
    );
    expect(first.stderr).toMatch(/^Deep SAD, seed \d: started\n[\s\S]*\[2\/2\] Deep SAD, seed \d: AUROC/m);
    expect(first.stderr).toContain(`The report is ${join(out, 'parts', 'report.html')}; --open opens it.\n`);
    expect(first.code).toBe(0);

    const results = (name: string) => join(out, 'parts', name);
    expect(readFileSync(results('table.md'), 'utf8')).toMatch(/\| +Deep SAD \|\n/);
    expect(first.stdout).toMatch(/AUROC +AP\nDeep SAD +\d+\.\d ± .*\n\n.*mean ± standard deviation of 2/);
    expect(existsSync(results('table.csv')) && existsSync(results('table.tex'))).toBe(true);
    expect(JSON.parse(readFileSync(results('environment.json'), 'utf8'))).toMatchObject({ deepsad: VERSION });
    expect(parse(readFileSync(results('config.yaml'), 'utf8'))).toMatchObject({
      name: 'parts',
      seeds: [1, 2],
      pollutionRatio: 0,
      detectors: [{ name: 'deep-sad', epochs: 5, pretrainEpochs: 5, eta: 2 }],
    });

    const records = linesOf(results('runs.jsonl'));
    expect(records.map((line) => JSON.parse(line).status)).toEqual(['done', 'done']);
    const again = await deepsad([...args, '--quiet']);
    expect(again).toEqual({ code: 0, stdout: first.stdout, stderr: '' });
    expect(linesOf(results('runs.jsonl'))).toEqual(records);
  });

  test('goes on past a run that fails', async () => {
    const detectors = [{ name: 'deep-sad', epochs: 5, pretrain: false, learningRate: [1e30, 1e-4] }];
    const { code, stdout, stderr } = await deepsad(['run', config('failing', { detectors }), '--out', out]);
    expect(code).toBe(1);
    expect(stdout).toMatch(/Failed and left out: 1 run of Deep SAD\s+\(learningRate=1e\+30\)/);
    expect(stderr).toMatch(/Deep SAD \(learningRate=0.0001\): AUROC/);
    const statuses = linesOf(join(out, 'failing', 'runs.jsonl')).map((line) => JSON.parse(line).status);
    expect(statuses.sort()).toEqual(['done', 'failed']);
  });

  test('shows what is done at once, without its data, and makes the tables anew where they are gone', async () => {
    const named = { dataset: 'mnist', normalClass: 0, knownAnomalyClass: 1, detectors: ['isolation-forest'] };
    const args = ['run', config('digits', named), '--out', out];
    const first = await deepsad(args);
    const again = await deepsad(args, undefined, { TMPDIR: join(folder, 'nowhere') });
    expect(again).toEqual({
      code: 0,
      stdout: first.stdout,
      stderr: `1 of 1 run done before\nThe report is ${join(out, 'digits', 'report.html')}; --open opens it.\n`,
    });
    const file = join(out, 'digits', 'runs.jsonl');
    appendFileSync(file, '{"id');
    const torn = `${file}, line 2 was cut off in writing and is left out\n`;
    expect((await deepsad(['sweep', ...args.slice(1), '--dry-run'])).stderr).toContain(torn);
    expect(await deepsad(args)).toMatchObject({ code: 0, stderr: expect.stringContaining(torn) });
    rmSync(join(out, 'digits', 'table.md'));
    expect(await deepsad(args)).toMatchObject({
      code: 0,
      stderr: expect.stringContaining('1 of 1 run done'),
    });
    expect(existsSync(join(out, 'digits', 'table.md'))).toBe(true);
  });

  test('looks quickly, beside the experiment', async () => {
    const args = ['run', config('look'), '--out', out, '--epochs', '2', '--quiet'];
    expect(await deepsad(args)).toMatchObject({ code: 0, stderr: '' });
    const [record] = linesOf(join(out, 'look-2-epochs', 'runs.jsonl')).map((line) => JSON.parse(line));
    expect(record.detector.options).toMatchObject({ epochs: 2, pretrainEpochs: 2 });
    expect(existsSync(join(out, 'look'))).toBe(false);
    expect(await deepsad([...args, '--set', 'detectors.0.epochs=7'])).toMatchObject({
      code: 2,
      stderr:
        '--epochs 2 sets the epochs of all networks, so that --set detectors.0.epochs=7 counts for nothing; give one of the two\n',
    });
  });

  test('repeats what failed only when asked', async () => {
    const detectors = [{ name: 'deep-sad', epochs: 5, pretrain: false, learningRate: 1e30 }];
    const args = ['run', config('again', { detectors }), '--out', out];
    const records = () => linesOf(join(out, 'again', 'runs.jsonl')).length;
    expect([(await deepsad(args)).code, (await deepsad(args)).code, records()]).toEqual([1, 1, 1]);
    expect([(await deepsad([...args, '--retry-failed'])).code, records()]).toEqual([1, 2]);
  });

  test('refuses what the data cannot meet, before anything is written', async () => {
    const file = config('refused', { normalClass: 'nromal', knownAnomalyClass: 'broke' });
    expect(await deepsad(['run', file, '--out', out])).toEqual({
      code: 2,
      stdout: '',
      stderr: `${file}:15:3: normalClass: ${table} has no class nromal; did you mean normal? valid: normal, broken, all
   15 |   "normalClass": "nromal",
      |   ^^^^^^^^^^^^^
${file}:16:3: knownAnomalyClass: ${table} has no class broke; did you mean broken? valid: normal, broken, each
   16 |   "knownAnomalyClass": "broke"
      |   ^^^^^^^^^^^^^^^^^^^
`,
    });
    expect(existsSync(join(out, 'refused'))).toBe(false);
  });

  (existsSync('/proc/self') ? test : test.skip)('refuses a results folder that cannot be made', async () => {
    const { code, stdout, stderr } = await deepsad(['run', config('nowhere', {}), '--out', '/proc/x']);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(/^cannot create the folder .proc.x.nowhere: .*; give another --out\n$/m);
  });

  test('says where it finds no place for the data that workers share', async () => {
    // Below a file, where not even Node can make a folder for its own cache.
    const nowhere = join(table, 'nowhere');
    const args = ['run', config('placeless'), '--out', out];
    const { code, stderr } = await deepsad(args, undefined, { TMPDIR: nowhere });
    expect({ code, stderr }).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('name another folder with the environment variable TMPDIR'),
    });
    expect(stderr).toContain(`cannot put ${table} into the folder for temporary files: ENOTDIR`);
  });

  test('keeps the finished runs on Ctrl-C', async () => {
    const detectors = [{ name: 'deep-sad', pretrain: false, epochs: [5, 1e9] }];
    const args = ['run', config('long', { detectors }), '--out', out, '--jobs', '1'];
    const { code, stdout, stderr } = await deepsad(args, /epochs=1000000000\): started|Ctrl-C again/);
    expect({ code, stdout }).toEqual({ code: 130, stdout: '' });
    expect(stderr).toContain('Interrupted: finishing what runs; Ctrl-C again stops it.');
    expect(stderr).toContain(`Interrupted: 1 of 2 runs done and kept in ${join(out, 'long')}.`);
    expect(linesOf(join(out, 'long', 'runs.jsonl'))).toHaveLength(1);
    expect(existsSync(join(out, 'long', 'table.md'))).toBe(false);
  });
});

test('a part of the program that is gone since it began is said to be, and what to do', () => {
  const copy = join(folder, 'installed');
  for (const part of ['bin', 'bundle', 'package.json'])
    cpSync(join(PACKAGE_ROOT, part), join(copy, part), { recursive: true });
  const [schema = ''] = readdirSync(join(copy, 'bundle')).filter((name) => name.startsWith('json-schema-'));
  rmSync(join(copy, 'bundle', schema));
  const { status, stderr } = spawnSync(process.execPath, [join(copy, 'bin', 'deepsad.js'), 'schema'], {
    encoding: 'utf8',
  });
  expect(stderr).toBe(
    `${join(copy, 'bundle', schema)}: this part of deepsad is missing, as where it was installed or built anew since this command began; ` +
      'give the command again\n',
  );
  expect(status).toBe(2);
});

const onLinux = process.platform === 'linux' ? describe : describe.skip;

onLinux('a user without a home folder', () => {
  const homeless = { HOME: '', XDG_CACHE_HOME: '', DEEPSAD_CACHE: '', DEEPSAD_DATA: '' };
  const run = (file: string, variables?: NodeJS.ProcessEnv) =>
    deepsad(['run', file, '--out', out, '--quiet'], undefined, variables);

  test('executes runs without an autoencoder, on data that come with a package', async () => {
    const detectors = [{ name: 'isolation-forest', trees: 5 }];
    const file = config('packaged', { dataset: 'mnist', labeledAnomalyRatio: 0, normalClass: 3, detectors });
    expect(await run(file, homeless)).toMatchObject({ code: 0, stderr: '' });
  });

  test('repeats an experiment whose runs are done, and is told what to set for others', async () => {
    const file = config('done-at-home');
    expect(await run(file)).toMatchObject({ code: 0 });
    expect(await run(file, homeless)).toMatchObject({ code: 0, stderr: '' });
    expect(await run(config('done-at-home', { seeds: [2] }), homeless)).toEqual({
      code: 2,
      stdout: '',
      stderr:
        'this user has no home folder, and so none for data files and trained autoencoders: set HOME, or DEEPSAD_DATA and DEEPSAD_CACHE\n',
    });
  });
});
