import { execFileSync } from 'node:child_process';
import {
  appendFileSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { randomStream } from '../src/random.js';
import { deepsad, type Ending, PATIENCE, start } from './testing/program.js';

jest.setTimeout(2 * PATIENCE);

const folder = mkdtempSync(join(tmpdir(), 'deepsad-fit-'));
afterAll(() => rmSync(folder, { recursive: true }));
const at = (...names: string[]) => join(folder, ...names);

const QUICK = ['--set', 'epochs=20', '--set', 'pretrainEpochs=20', '--set', 'learningRate=0.001'];
const model = at('model');

/** Parts of which every tenth is broken and easy to tell; of the first hundred some are labeled. */
function writeParts(file: string, count: number, label: (broken: boolean, index: number) => string): void {
  const random = randomStream(1, file);
  const rows = Array.from({ length: count }, (_, i) => {
    const broken = i % 10 === 0;
    const values = Array.from({ length: 3 }, () => random.uniform(0, 1) + (broken ? 2 : 0));
    return [...values, label(broken, i)].join(',');
  });
  writeFileSync(at(file), `length,width,weight,label\n${rows.join('\n')}\n`);
}

let fitted: Ending;
beforeAll(async () => {
  writeParts('parts.csv', 300, (broken, i) => (i >= 100 ? '' : broken ? '-1' : i % 3 === 0 ? '+1' : '0'));
  writeParts('test.csv', 100, (broken) => (broken ? 'bad' : 'good'));
  fitted = await deepsad(['fit', at('parts.csv'), '--labels', 'label', '--out', model, ...QUICK]);
});

describe('deepsad fit', () => {
  test('says how many of each label there are and which scores are flagged', () => {
    expect(fitted.code).toBe(0);
    expect(fitted.stdout).toBe('');
    expect(fitted.stderr).toContain(
      '300 samples of 3 values: 30 labeled normal (+1), 10 labeled anomalies (-1), 260 unlabeled (nothing: 200, 0: 60).',
    );
    expect(fitted.stderr).toMatch(
      /flags scores above [\d.]+, which at most 5 % of the training samples exceed/,
    );
  });

  test('leaves the model alone in its place', () => {
    expect(readdirSync(model).sort()).toEqual([
      'detector.json',
      'fitted-on.bin',
      'model.json',
      'weights.bin',
    ]);
    expect(readdirSync(folder).filter((name) => name.startsWith('.'))).toEqual([]);
  });

  test('makes the same model of the same data', async () => {
    await deepsad(['fit', at('parts.csv'), '--labels', 'label', '--out', at('again'), ...QUICK]);
    for (const file of readdirSync(model)) {
      expect(readFileSync(at('again', file)).equals(readFileSync(join(model, file)))).toBe(true);
    }
  });

  test('says where a bandwidth was chosen at the end of its grid', async () => {
    const kde = [
      'fit',
      at('parts.csv'),
      '--drop',
      'label',
      '--detector',
      'kde',
      '--out',
      at('kde'),
      '--overwrite',
    ];
    expect((await deepsad(kde)).stderr).not.toContain('bandwidth');
    expect((await deepsad([...kde, '--set', 'bandwidthGrid=paper'])).stderr).toContain(
      'parts.csv: kde: bandwidth 1.41 is the narrowest that was tried',
    );
  });

  test('replaces a model only when told, and nothing else ever', async () => {
    const place = at('place');
    const fitAgain = (...more: string[]) =>
      deepsad(['fit', at('parts.csv'), '--drop', 'label', '--detector', 'kde', '--out', place, ...more]);
    expect((await fitAgain()).code).toBe(0);
    expect(await fitAgain()).toMatchObject({ code: 2, stderr: expect.stringContaining('a model is there') });
    expect((await fitAgain('--overwrite', '--quiet')).stderr).toBe('');
    expect(readdirSync(place).sort()).toEqual(['arrays.npz', 'detector.json', 'fitted-on.bin']);
    writeFileSync(join(place, 'parts.csv'), 'mine');
    const besides = 'parts.csv would be lost, which lies beside the model there';
    const kept = await fitAgain('--overwrite');
    expect(kept).toMatchObject({ code: 2, stderr: expect.stringContaining(besides) });
    expect(readdirSync(place).sort()).toEqual(['arrays.npz', 'detector.json', 'fitted-on.bin', 'parts.csv']);
    mkdirSync(at('notes'));
    writeFileSync(at('notes', 'mine.txt'), '');
    const refused = await deepsad(['fit', at('parts.csv'), '--out', at('notes'), '--overwrite']);
    expect(refused).toMatchObject({ code: 2, stderr: expect.stringContaining('that is no model') });
  });

  test.each<[string, string[], string]>([
    [
      'a label that means nothing',
      ['--labels', 'label', '--unlabeled', 'none'],
      'row 3, column label: expected',
    ],
    ['a column that is missing', ['--labels', 'state'], 'state'],
    [
      'labels with two meanings',
      ['--labels', 'label', '--normal', '0', '--anomaly', '0.0'],
      'label "0" is given two meanings: normal and an anomaly',
    ],
    ['an unknown detector', ['--detector', 'deepsad'], 'did you mean deep-sad?'],
    ['an unknown option', ['--labels', 'label', '--set', 'epoch=3'], 'did you mean epochs?'],
    ['an option of another type', ['--labels', 'label', '--set', 'epochs=many'], '--set epochs=many'],
    [
      'a bandwidth by the test set',
      ['--labels', 'label', '--detector', 'ssad', '--set', 'selection=test-holdout'],
      'take selection median',
    ],
    ['a contamination of all', ['--contamination', '1'], '--contamination'],
  ])('refuses %s', async (_, options, message) => {
    const { code, stderr } = await deepsad(['fit', at('parts.csv'), '--out', at('refused'), ...options]);
    expect(stderr).toContain(message);
    expect(code).toBe(2);
    expect(readdirSync(folder)).not.toContain('refused');
  });

  test.each([
    ['1 and 0', '0'],
    ['1 and nothing', ''],
  ])('asks what labels of %s alone mean', async (_, other) => {
    writeParts('ambiguous.csv', 50, (broken) => (broken ? '1' : other));
    const fitAs = (...spelling: string[]) =>
      deepsad([
        ...['fit', at('ambiguous.csv'), '--labels', 'label', '--detector', 'ssad', '--out', at('spelled')],
        ...['--overwrite', ...spelling],
      ]);
    const refused = await fitAs();
    expect(refused).toMatchObject({ code: 2, stderr: expect.stringContaining('may mean normal or anomaly') });
    const { code, stderr } = await fitAs('--anomaly', '1');
    expect(stderr).toContain(`5 labeled anomalies (1), 45 unlabeled (${other || 'nothing'})`);
    expect(code).toBe(0);
    expect(await fitAs('--normal', '1')).toMatchObject({ code: 0 });
  });

  test('refuses labeled anomalies alone', async () => {
    writeFileSync(at('anomalies.csv'), 'a,label\n1,-1\n2,-1\n');
    const { code, stderr } = await deepsad([
      'fit',
      at('anomalies.csv'),
      '--labels',
      'label',
      '--out',
      at('refused'),
    ]);
    expect(stderr).toContain('every sample is a labeled anomaly');
    expect(code).toBe(2);
  });
});

describe('deepsad score', () => {
  const table = at('new.csv');
  const content = 'weight,length,width\n0.5,0.5,0.5\n\n2.5,2.5,2.5\n';
  beforeAll(() => writeFileSync(table, content));

  test('writes row, score and flag, with columns matched by name', async () => {
    const { code, stdout, stderr } = await deepsad(['score', model, table]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const [header, normal, anomaly, end] = stdout.split('\n').map((line) => line.split(','));
    expect(header).toEqual(['row', 'score', 'flag']);
    expect([normal[0], normal[2]]).toEqual(['2', '0']);
    expect([anomaly[0], anomaly[2]]).toEqual(['4', '1']);
    expect(Number(anomaly[1])).toBeGreaterThan(Number(normal[1]));
    expect(end).toEqual(['']);
  });

  test('reads standard input', async () => {
    const { stdout } = await deepsad(['score', model, table]);
    expect(await piped(content, ['score', model, '-'])).toEqual({ code: 0, stdout, stderr: '' });
  });

  test('names standard input where it is given a pipe by its path', async () => {
    const pipe = at('pipe');
    execFileSync('mkfifo', [pipe]);
    expect(await deepsad(['score', model, pipe])).toEqual({
      code: 2,
      stdout: '',
      stderr: `${pipe}: expected a CSV file, found a pipe; name - to read standard input, or write what comes through it into a file\n`,
    });
  });

  test('ends quietly when its reader has gone', async () => {
    const long = at('long.csv');
    writeFileSync(long, 'length,width,weight\n');
    for (let i = 0; i < 50; i++) appendFileSync(long, '0.1,0.2,0.3\n'.repeat(10_000));
    const child = start(['score', model, long]);
    let stderr = '';
    child.stderr.on('data', (data) => {
      stderr += data;
    });
    child.stdout.once('data', () => child.stdout.destroy());
    expect(await new Promise((resolve) => child.on('close', resolve))).toBe(0);
    expect(stderr).toBe('');
  });

  test.each<[string, string, string]>([
    ['a missing column', 'length,width\n1,2\n', 'weight'],
    ['a column too many', 'length,width,weight,height\n1,2,3,4\n', 'height'],
    ['a text for a number', 'length,width,weight\n1,2,3\n1,2,heavy\n', 'row 3, column weight'],
    ['a missing value', 'length,width,weight\n1,,3\n', 'row 2, column width'],
    ['no rows', 'length,width,weight\n', 'only a header'],
  ])('refuses %s', async (_, text, message) => {
    writeFileSync(at('bad.csv'), text);
    const { code, stderr } = await deepsad(['score', model, at('bad.csv')]);
    expect(stderr).toContain(message);
    expect(stderr).toContain(at('bad.csv'));
    expect(code).toBe(2);
  });

  test.each<[string, (directory: string) => void, string]>([
    [
      'without its weights',
      (directory) => rmSync(join(directory, 'weights.bin')),
      'weights.bin: no such file',
    ],
    [
      'with truncated weights',
      (directory) => truncateSync(join(directory, 'weights.bin'), 8),
      'weights.bin: not the file',
    ],
    ['of another version', replacing('"format": 1', '"format": 99'), 'a model of format 99'],
    [
      'with another description',
      replacing('"kind": "table"', '"kind": "tables"'),
      'detector.json: not a saved detector: input.kind',
    ],
    ['that has no threshold', replacing('"threshold"', '"limit"'), 'detector.json: not a saved detector'],
    ['that is an empty folder', (directory) => rmSync(join(directory, 'detector.json')), 'is no model'],
  ])('refuses a model %s', async (name, damage, message) => {
    const directory = at(`model ${name}`);
    cpSync(model, directory, { recursive: true });
    damage(directory);
    const { code, stdout, stderr } = await deepsad(['score', directory, table]);
    expect(stderr).toContain(message);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  });
});

/** Runs the program with a text for standard input. */
async function piped(input: string, args: readonly string[]): Promise<Ending> {
  const child = start(args);
  let [stdout, stderr] = ['', ''];
  child.stdout.on('data', (data) => {
    stdout += data;
  });
  child.stderr.on('data', (data) => {
    stderr += data;
  });
  child.stdin.end(input);
  const code = await new Promise<number | null>((resolve) => child.on('close', resolve));
  return { code, stdout, stderr };
}

function replacing(text: string, other: string): (directory: string) => void {
  return (directory) => {
    const file = join(directory, 'detector.json');
    const content = readFileSync(file, 'utf8');
    expect(content).toContain(text);
    writeFileSync(file, content.replace(text, other));
  };
}

describe('deepsad evaluate', () => {
  test('judges by labels of another spelling and draws the curves', async () => {
    const out = at('curves');
    const labels = ['--normal', 'good', '--anomaly', 'bad'];
    const { code, stdout, stderr } = await deepsad([
      'evaluate',
      model,
      at('test.csv'),
      ...labels,
      '--out',
      out,
    ]);
    expect({ code, stderr }).toEqual({
      code: 0,
      stderr:
        `${at('test.csv')}, column label: 90 labeled normal (good), 10 labeled anomalies (bad), 0 unlabeled.\n` +
        `The curves are in ${out}.\n`,
    });
    expect(stdout).toMatch(/^AUROC {14}1\.0000\naverage precision {2}1\.0000\nanomalies {10}10, of which/);
    expect(readdirSync(out).sort()).toEqual(['precision-recall.svg', 'roc.svg']);
    expect(readFileSync(join(out, 'roc.svg'), 'utf8')).toMatch(/^<svg/);
  });

  test('reads standard input, and names a folder that ends in a dot without it', async () => {
    const command = (data: string, out: string) => ['evaluate', model, data, '--out', out];
    const { stdout } = await deepsad(command(at('parts.csv'), at('curves')));
    const ending = await piped(readFileSync(at('parts.csv'), 'utf8'), command('-', `${at('curves')}/.`));
    expect(ending).toMatchObject({ code: 0, stdout });
    expect(ending.stderr).toMatch(/^standard input, column label: 30 labeled normal/);
    expect(ending.stderr).toContain(`The curves are in ${at('curves')}.\n`);
  });

  test('judges by another column beside that of the fit', async () => {
    const rows = readFileSync(at('test.csv'), 'utf8').trim().split('\n');
    const both = rows.map((row, i) => `${row.replace('label', 'state')},${i === 0 ? 'label' : ''}`);
    writeFileSync(at('both.csv'), `${both.join('\n')}\n`);
    const labels = ['--labels', 'state', '--normal', 'good', '--anomaly', 'bad'];
    const ending = await deepsad(['evaluate', model, at('both.csv'), ...labels, '--out', at('curves')]);
    expect(ending).toMatchObject({ code: 0, stdout: expect.stringContaining('AUROC              1.0000') });
  });

  test('judges by 0 and 1 as normal and anomaly, which takes 0 from the unlabeled', async () => {
    writeParts('binary.csv', 100, (broken) => (broken ? '1' : '0'));
    const command = ['evaluate', model, at('binary.csv'), '--labels', 'label', '--out', at('curves')];
    const { code, stdout, stderr } = await deepsad([...command, '--normal', '0', '--anomaly', '1']);
    expect(stderr).toContain('90 labeled normal (0), 10 labeled anomalies (1), 0 unlabeled.');
    expect(stdout).toContain('AUROC              1.0000');
    expect(code).toBe(0);
    expect(await deepsad(command)).toMatchObject({
      code: 2,
      stderr: expect.stringContaining(
        '10 labeled normal (1), 0 labeled anomalies, 90 unlabeled (0); an AUROC needs',
      ),
    });
  });

  test('refuses a feature of the model as the label', async () => {
    const command = ['evaluate', model, at('parts.csv'), '--labels', 'width', '--out', at('curves')];
    expect(await deepsad(command)).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('--labels width: the column is a feature of the model'),
    });
  });

  test('leaves out what is not labeled', async () => {
    const { code, stdout } = await deepsad(['evaluate', model, at('parts.csv'), '--out', at('curves')]);
    expect(code).toBe(0);
    expect(stdout).toContain('unlabeled          260\n');
  });

  test('says where the samples are those of the fit, whatever the file is called and its labels say', async () => {
    const told = 'the model was fitted on these samples';
    const judge = (file: string) => deepsad(['evaluate', model, file, '--out', at('curves')]);
    const text = readFileSync(at('parts.csv'), 'utf8');
    writeFileSync(at('again.csv'), text.replace(/,1$/m, ',1.0'));
    const [header, ...rows] = text.trimEnd().split('\n');
    const others = rows.map((row) => row.replace(/^[^,]*/, (length) => `${Number(length) + 1e-3}`));
    const write = (name: string, ...lines: string[]) => {
      writeFileSync(at(name), `${[header, ...lines].join('\n')}\n`);
      return at(name);
    };
    expect((await judge(at('again.csv'))).stderr).toContain(`${at('again.csv')}: ${told}`);
    expect((await judge(write('reversed.csv', ...rows.toReversed()))).stderr).toContain(told);
    expect((await judge(write('fewer.csv', ...rows.slice(0, -100)))).stderr).toContain(told);
    expect((await judge(write('joined.csv', ...rows, ...others, ...others, ...others))).stderr).toContain(
      'the model was fitted on about 25 % of the labeled samples; how well it does on others they do not say',
    );
    expect((await judge(write('others.csv', ...others))).stderr).not.toContain('the model was fitted on');
  });

  test.each<[string, string, string]>([
    [
      'labels of one kind',
      'length,width,weight,label\n1,2,3,1\n',
      '1 labeled normal (1), 0 labeled anomalies, 0 unlabeled; an AUROC needs',
    ],
    ['no labels', 'length,width,weight\n1,2,3\n', 'label'],
  ])('refuses %s', async (_, text, message) => {
    writeFileSync(at('bad.csv'), text);
    const { code, stderr } = await deepsad(['evaluate', model, at('bad.csv'), '--out', at('curves')]);
    expect(stderr).toContain(message);
    expect(code).toBe(2);
  });
});
