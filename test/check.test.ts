import {
  appendFileSync,
  cpSync,
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
import { afterAll, beforeAll, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { DOMParser, type Element } from '@xmldom/xmldom';
import { planCheck } from '../src/check/check.js';
import { jsonLines } from '../src/results/json-lines.js';
import { ResultsFolder } from '../src/results/results-folder.js';
import { appendTraces, readTraces } from '../src/results/trace.js';
import { addVerification } from '../src/results/verification.js';
import { deepsad, PATIENCE, writeParts } from './testing/program.js';

jest.setTimeout(PATIENCE);

const folder = mkdtempSync(join(tmpdir(), 'deepsad-check-'));
const table = join(folder, 'parts.csv');
const made = join(folder, 'made', 'parts');
const reference = join(folder, 'reference');
const junit = join(folder, 'reports', 'check.xml');
afterAll(() => rmSync(folder, { recursive: true }));

/** Runs an experiment on the table, with a detector that needs no time. */
async function run(name: string, detectors: unknown): Promise<void> {
  const config = join(folder, `${name}.json`);
  const dataset = { file: table, normal: 'fine' };
  writeFileSync(
    config,
    JSON.stringify({ name, dataset, labeledAnomalyRatio: 0.02, detectors, seeds: [1, 2] }),
  );
  await deepsad(['run', config, '--out', join(folder, 'made')]);
}

beforeAll(async () => {
  writeParts(table);
  await run('parts', { name: 'deep-sad', epochs: 3, pretrainEpochs: 3 });
});

beforeEach(() => {
  rmSync(reference, { recursive: true, force: true });
  cpSync(made, reference, { recursive: true });
});

const inReference = (name: string) => join(reference, name);
const records = () =>
  readFileSync(inReference('runs.jsonl'), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));

/** Gives the record of seed 2 another AUROC, and the reference another version of Node; returns the true AUROC. */
function tamper(auroc: number): number {
  const content = records();
  const record = content.find(({ seed }) => seed === 2);
  const truth = record.auroc;
  record.auroc = auroc;
  writeFileSync(inReference('runs.jsonl'), content.map((line) => `${JSON.stringify(line)}\n`).join(''));
  const environment = JSON.parse(readFileSync(inReference('environment.json'), 'utf8'));
  writeFileSync(inReference('environment.json'), JSON.stringify({ ...environment, node: 'v18.0.0' }));
  return truth;
}

/** The document element of the JUnit report; throws where it is not well-formed. */
function readJunit(): Element {
  const parser = new DOMParser({
    onError: (_, message) => {
      throw new Error(message);
    },
  });
  const root = parser.parseFromString(readFileSync(junit, 'utf8'), 'text/xml').documentElement;
  if (!root) throw new Error('the report is empty');
  return root;
}

describe('check', () => {
  test('agrees where nothing has changed, and says so in JUnit too', async () => {
    expect(await deepsad(['check', reference, '--quiet', '--junit', junit])).toEqual({
      code: 0,
      stdout: `2 runs repeated: all agree with ${reference}, bit for bit.\n`,
      stderr: '',
    });
    const cases = [...readJunit().getElementsByTagName('testcase')];
    expect(cases.map((element) => element.getAttribute('name'))).toEqual([
      'Deep SAD, seed 1',
      'Deep SAD, seed 2',
    ]);
    expect([...readJunit().getElementsByTagName('failure')]).toEqual([]);
  });

  test('shows the findings even where JUnit cannot be written', async () => {
    const { code, stdout, stderr } = await deepsad(['check', reference, '--quiet', '--junit', folder]);
    expect({ code, stdout }).toEqual({
      code: 2,
      stdout: `2 runs repeated: all agree with ${reference}, bit for bit.\n`,
    });
    expect(stderr).toMatch(/^cannot write .*; give another --junit\n$/);
  });

  test('names what differs by a last bit, and what changed in the environment', async () => {
    const truth = records().find(({ seed }) => seed === 2).auroc;
    const neighbor = truth - 2 ** -53;
    tamper(neighbor);
    const { code, stdout } = await deepsad(['check', reference, '--quiet', '--junit', junit]);
    expect(code).toBe(1);
    expect(stdout).toMatch(
      new RegExp(`\\| Deep SAD, seed 2 \\| AUROC +\\| ${neighbor} \\| +${truth} \\| +\\+1.1e-16 \\|\n\n`),
    );
    expect(stdout).toContain(`2 runs repeated: 1 of them not as in ${reference}, bit for bit.`);
    expect(stdout).toContain(
      `Changed since the reference was made:\n\n- Node: v18.0.0 → ${process.version}\n`,
    );
    expect(stdout).not.toContain('seed 1');

    const [suite] = readJunit().getElementsByTagName('testsuite');
    expect([suite.getAttribute('tests'), suite.getAttribute('failures')]).toEqual(['2', '1']);
    const [failure] = readJunit().getElementsByTagName('failure');
    expect((failure.parentNode as Element).getAttribute('name')).toBe('Deep SAD, seed 2');
    expect(failure.getAttribute('message')).toBe(
      `AUROC: ${neighbor} in the reference, ${truth} now (+1.1e-16)`,
    );
    expect(readJunit().textContent).toContain('Node: v18.0.0');
  });

  test('names the versions that the runs of the reference are of', async () => {
    const versions = ['0.0.9', '0.1.0'];
    const told = records().map((record, index) => ({ ...record, version: versions[index], auroc: 0.5 }));
    writeFileSync(inReference('runs.jsonl'), told.map((line) => `${JSON.stringify(line)}\n`).join(''));
    const environment = JSON.parse(readFileSync(inReference('environment.json'), 'utf8'));
    writeFileSync(
      inReference('environment-0a1b2c3d.json'),
      JSON.stringify({ ...environment, deepsad: '0.0.9' }),
    );
    const { code, stdout } = await deepsad(['check', reference, '--quiet']);
    expect(code).toBe(1);
    expect(stdout).toContain(
      `In the reference: 1 run of 0.0.9, 1 run of 0.1.0; this is deepsad 0.1.0.

Changed since environment-0a1b2c3d.json was written:

- deepsad: 0.0.9 → 0.1.0

Nothing has changed since environment.json was written.
`,
    );
  });

  test('forgives as much as the tolerance', async () => {
    const truth = tamper(0.5);
    const wide = Math.abs(truth - 0.5) + 0.001;
    const args = ['check', reference, '--quiet', '--tolerance'];
    expect(await deepsad([...args, String(wide)])).toMatchObject({ code: 0 });
    expect(await deepsad([...args, String(wide - 0.002)])).toMatchObject({ code: 1 });
  });

  test('repeats a sample, which the seed draws', async () => {
    const { code, stdout } = await deepsad([
      'check',
      reference,
      '--quiet',
      '--sample',
      '1',
      '--junit',
      junit,
    ]);
    expect({ code, stdout }).toEqual({
      code: 0,
      stdout: `1 run repeated: all agree with ${reference}, bit for bit.\n`,
    });
    const [only, ...others] = readJunit().getElementsByTagName('testcase');
    expect(only.getAttribute('name')).toMatch(/^Deep SAD, seed [12]$/);
    expect(others).toEqual([]);

    const drawn = async (seed: number) => {
      const { plan } = await planCheck(reference, { device: 'cpu', sample: 1, seed });
      return plan.runs.map((run) => run.seed);
    };
    const draws = await Promise.all([1, 2, 3, 4, 5, 6, 7, 8].map(drawn));
    expect(draws.every((seeds) => seeds.length === 1)).toBe(true);
    expect(new Set(draws.flat())).toEqual(new Set([1, 2]));
    expect(await drawn(5)).toEqual(draws[4]);
  });

  test('compares on changed data, and says that they have changed', async () => {
    const text = readFileSync(table, 'utf8');
    try {
      writeFileSync(table, text + '9,9,9,broken\n'.repeat(20));
      const { code, stdout } = await deepsad(['check', reference, '--quiet']);
      expect(code).toBe(1);
      expect(stdout).toMatch(/- data \S+parts\.csv: [0-9a-f]{64} → [0-9a-f]{64}\n/);
    } finally {
      writeFileSync(table, text);
    }
  });

  test('agrees on changed data where no result differs, and says that they have changed', async () => {
    const text = readFileSync(table, 'utf8');
    try {
      writeFileSync(table, `${text}\n`);
      const { code, stdout } = await deepsad(['check', reference, '--quiet']);
      expect(code).toBe(0);
      const [repeated, changed, ...others] = stdout.split('\n');
      expect(repeated).toBe(`2 runs repeated: all agree with ${reference}, bit for bit.`);
      expect(changed).toMatch(
        /^Changed since the reference was made: data \S+parts\.csv: [0-9a-f]{64} → [0-9a-f]{64}; --update has it describe the data of now\.$/,
      );
      expect(others).toEqual(['']);
    } finally {
      writeFileSync(table, text);
    }
  });

  test('refuses where the data are missing', async () => {
    const text = readFileSync(table, 'utf8');
    rmSync(table);
    try {
      const { code, stdout, stderr } = await deepsad(['check', reference]);
      expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
      expect(stderr).toContain(`${table}: no such file`);
    } finally {
      writeFileSync(table, text);
    }
  });

  test.each([
    [
      'a line cut off',
      (text: string) => text.slice(0, -20),
      /runs\.jsonl, line 2: it was cut off in writing; .*--update/,
    ],
    [
      'no last line',
      (text: string) => text.slice(0, text.indexOf('\n') + 1),
      /1 of the 2 runs .* have no record, and 0 records/,
    ],
    [
      'another run',
      (text: string) => text.replaceAll('"seed":2', '"seed":3'),
      /1 of the 2 runs .* have no record, and 1 records/,
    ],
    [
      'another result of a run',
      (text: string) => text + text.replaceAll(/"auroc":[\d.]+/g, '"auroc":0.5'),
      /2 runs have results that contradict each other .*--update/,
    ],
    [
      'a default that has changed since',
      (text: string) => text.replaceAll('"eta":1', '"eta":2'),
      /2 of the 2 runs .* have no record, and 2 records are of other runs/,
    ],
    ['a damaged line', (text: string) => text.replace('{', ''), /runs\.jsonl, line 1: not JSON/],
  ])('refuses records with %s', async (_, damage, message) => {
    writeFileSync(inReference('runs.jsonl'), damage(readFileSync(inReference('runs.jsonl'), 'utf8')));
    const { code, stdout, stderr } = await deepsad(['check', reference]);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(message);
  });

  test.each(['config.yaml', 'runs.jsonl', 'environment.json'])(
    'refuses a folder without %s',
    async (name) => {
      rmSync(inReference(name));
      const { code, stderr } = await deepsad(['check', reference]);
      expect(code).toBe(2);
      expect(stderr).toContain(`${inReference(name)}: no such file; expected a reference`);
    },
  );

  test('leaves out records of other runs than its config gives, and says so', async () => {
    const [one] = records();
    const other = { ...one, id: '0123456789abcdef', seed: 7, auroc: 0.5 };
    appendFileSync(inReference('runs.jsonl'), jsonLines([other]));
    const said = 'Left out, as of runs that its config does not give: 1 record.\n';
    expect(await deepsad(['check', reference, '--quiet'])).toMatchObject({
      code: 0,
      stdout: `2 runs repeated: all agree with ${reference}, bit for bit.\n${said}`,
    });
    tamper(0.5);
    const { code, stdout } = await deepsad(['check', reference, '--quiet']);
    expect(code).toBe(1);
    expect(stdout).toContain(`1 of them not as in ${reference}, bit for bit.\n\n${said}`);
  });

  test('compares with the record of a run itself, where former data or another engine have one too', async () => {
    const own = records();
    const former = own.map((record, index) => ({ ...record, id: `0123456789abcde${index}`, auroc: 0.5 }));
    writeFileSync(inReference('runs.jsonl'), jsonLines([...own, ...former]));
    expect(await deepsad(['check', reference, '--quiet'])).toMatchObject({ code: 0 });
  });

  test('refuses a damaged environment', async () => {
    writeFileSync(inReference('environment.json'), '{"node": 20}');
    const { code, stderr } = await deepsad(['check', reference]);
    expect(code).toBe(2);
    expect(stderr).toMatch(
      /environment\.json: not the environment of a run; restore it, or make these results anew[\s\S]*→ at node/,
    );
  });

  test.each([
    [['--sample', '0'], '--sample: expected a whole number of at least 1, found 0'],
    [['--tolerance', '2'], '--tolerance: expected a fraction from 0 to 1, found 2'],
    [['--tolerance', 'none'], '--tolerance: expected a number, found none'],
    [['--update', '--sample', '1'], '--update renews the whole reference: leave out'],
  ])('refuses %j', async (args, message) => {
    const { code, stderr } = await deepsad(['check', reference, ...args]);
    expect(code).toBe(2);
    expect(stderr).toContain(message);
  });
});

describe('check --update', () => {
  const update = () => deepsad(['check', reference, '--update', '--quiet']);

  test('renews records, environment and tables, always to the same bytes', async () => {
    const truth = tamper(0.5);
    rmSync(inReference('table.md'));
    expect(await update()).toMatchObject({ code: 0, stderr: '' });
    expect(records()).toMatchObject([
      { seed: 1, seconds: {} },
      { seed: 2, auroc: truth, seconds: {} },
    ]);
    expect(readFileSync(inReference('environment.json'), 'utf8')).toContain(`"node": "${process.version}"`);
    expect(existsSync(inReference('table.md'))).toBe(true);

    const bytes = readFileSync(inReference('runs.jsonl'));
    await update();
    expect(readFileSync(inReference('runs.jsonl')).equals(bytes)).toBe(true);
    expect(await deepsad(['check', reference, '--quiet'])).toMatchObject({ code: 0 });
  });

  test('renews the page and the plots beside the tables, and makes none where there are none', async () => {
    const [plot] = readdirSync(inReference('plots'));
    const files = ['report.html', join('plots', plot), 'table.md'].map(inReference);
    const table = readFileSync(files[2], 'utf8');
    for (const file of files) writeFileSync(file, 'of former records');
    expect(await update()).toMatchObject({ code: 0, stderr: '' });
    expect(files.map((file) => readFileSync(file, 'utf8'))).not.toContain('of former records');
    expect(readFileSync(files[2], 'utf8')).toBe(table);

    rmSync(files[0]);
    expect(await update()).toMatchObject({ code: 0, stderr: '' });
    expect(existsSync(files[0])).toBe(false);
  });

  test('makes one anew from its config alone', async () => {
    for (const name of ['runs.jsonl', 'environment.json']) rmSync(inReference(name));
    expect(await update()).toMatchObject({ code: 0 });
    expect(records()).toHaveLength(2);
  });

  test('is of the records of shards, which become one file', async () => {
    const [first, second] = records().map((record) => `${JSON.stringify(record)}\n`);
    const parts = ['runs.1-of-2.host-1-0a1b2c3d.jsonl', 'runs.2-of-2.host-2-0a1b2c3d.jsonl'];
    const write = (...lines: string[]) =>
      parts.forEach((name, index) => void writeFileSync(inReference(name), lines[index]));
    rmSync(inReference('runs.jsonl'));
    write(first, second);
    const check = () => deepsad(['check', reference, '--quiet']);
    expect(await check()).toMatchObject({ code: 0 });
    write(first, second.slice(0, -9));
    const torn = await check();
    expect(torn.stderr).toContain(`${inReference(parts[1])}, line 1: it was cut off`);
    write(first, '');
    expect((await check()).stderr).toContain(
      `${reference}: 1 of the 2 runs that config.yaml gives have no record`,
    );

    expect(await update()).toMatchObject({ code: 0 });
    expect(readdirSync(reference).filter((name) => name.endsWith('.jsonl'))).toEqual(['runs.jsonl']);
    expect(records()).toHaveLength(2);
  });

  test('leaves nothing of the former runs for the page to show', async () => {
    const [first] = records();
    const traces = readTraces(inReference('traces.ndjson')).values;
    const former = traces.map((trace) => ({ ...trace, losses: { training: new Float32Array([7, 7]) } }));
    writeFileSync(inReference('traces.ndjson'), '');
    await appendTraces(inReference('traces.1-of-2.host-1-0a1b2c3d.ndjson'), former);
    const at = { device: 'avx2' };
    const drifts = [{ quantity: 'AUROC', expected: 0.25, found: 0.75 }];
    const repetition = { run: first.id, label: 'Deep SAD', first: at, second: at, drifts, round: 1 };
    await addVerification(inReference('runs.jsonl'), [repetition]);
    const model = join(inReference('models'), first.id);
    mkdirSync(model, { recursive: true });
    writeFileSync(join(model, 'scores.csv'), 'index,anomaly,score\n0,0,0.1\n1,1,0.2\n');
    expect(await deepsad(['report', reference, '--out', join(folder, 'page')])).toMatchObject({ code: 0 });
    expect(readFileSync(join(folder, 'page', 'report.html'), 'utf8')).toContain('Not verified');

    expect(await update()).toMatchObject({ code: 0, stderr: '' });
    expect(readFileSync(inReference('report.html'), 'utf8')).not.toContain('Not verified');
    const left = readdirSync(reference).filter((name) => /^(traces|verification)/.test(name));
    expect([left, existsSync(model)]).toEqual([['traces.ndjson'], false]);
    const withoutMachine = traces.map(({ machine: _, ...trace }) => trace);
    expect(new Set(readTraces(inReference('traces.ndjson')).values)).toEqual(new Set(withoutMachine));
  });

  test('keeps what is of other runs than its config gives', async () => {
    const [first] = records();
    const id = '0123456789abcdef';
    const other = { ...first, id, seed: 7 };
    appendFileSync(inReference('runs.jsonl'), jsonLines([other]));
    const [trace] = readTraces(inReference('traces.ndjson')).values;
    await appendTraces(inReference('traces.ndjson'), [{ ...trace, run: id }]);
    const config = inReference('config-0a1b2c3d.yaml');
    writeFileSync(config, 'name: parts\n');
    mkdirSync(join(inReference('models'), id), { recursive: true });
    const { code, stderr } = await deepsad(['check', reference, '--update']);
    expect({ code, stderr }).toEqual({
      code: 0,
      stderr: expect.stringContaining('It keeps 1 record of runs that its config does not give'),
    });
    expect(records()).toEqual([expect.anything(), expect.anything(), other]);
    expect(readTraces(inReference('traces.ndjson')).values.map(({ run }) => run)).toContain(id);
    expect([config, join(inReference('models'), id)].filter((path) => !existsSync(path))).toEqual([]);
    expect(readFileSync(inReference('table.md'), 'utf8')).toBe(readFileSync(join(made, 'table.md'), 'utf8'));

    rmSync(inReference('runs.jsonl'));
    expect(await update()).toMatchObject({ code: 0, stderr: '' });
    expect([records().length, existsSync(config)]).toEqual([2, false]);
  });

  test('is refused while another process writes there', async () => {
    const before = readFileSync(inReference('runs.jsonl'), 'utf8');
    const sweep = await ResultsFolder.open(folder, [{ name: 'reference', runs: [] }]);
    expect(await update()).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/^another deepsad \(process \d+ .*is writing these results/),
    });
    sweep.close();
    expect(readFileSync(inReference('runs.jsonl'), 'utf8')).toBe(before);
    writeFileSync(inReference('.lock'), '1 on elsewhere');
    expect(await update()).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('nobody else may write to a reference that is renewed'),
    });
    expect(readFileSync(inReference('.lock'), 'utf8')).toBe('1 on elsewhere');
  });

  test('leaves the reference as it is where a run fails', async () => {
    await run('failing', { name: 'deep-sad', epochs: 3, pretrain: false, learningRate: 1e30 });
    rmSync(reference, { recursive: true });
    cpSync(join(folder, 'made', 'failing'), reference, { recursive: true });
    const before = readFileSync(inReference('runs.jsonl'), 'utf8');
    const { code, stderr } = await update();
    expect(code).toBe(1);
    expect(stderr).toContain(`${reference} stays as it is`);
    expect(readFileSync(inReference('runs.jsonl'), 'utf8')).toBe(before);

    // What failed before and fails again is no agreement.
    const check = await deepsad(['check', reference, '--quiet', '--junit', junit]);
    expect(check).toMatchObject({
      code: 1,
      stdout: expect.stringContaining('2 runs failed in the reference itself, which is no test'),
    });
    expect([...readJunit().getElementsByTagName('failure')]).toHaveLength(2);
  });
});
