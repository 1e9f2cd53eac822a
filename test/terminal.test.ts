import { execFile, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { range } from 'es-toolkit';
import stringWidth from 'string-width';
import { PACKAGE_ROOT } from '../src/package.js';
import { PATIENCE } from './testing/program.js';

jest.setTimeout(5 * PATIENCE);

/** util-linux's `script` gives a command a terminal; that of other systems takes other arguments. */
const HAS_SCRIPT = spawnSync('script', ['--version'], { encoding: 'utf8' }).stdout?.includes('util-linux');
const testIfTerminal = HAS_SCRIPT ? test : test.skip;

const folder = mkdtempSync(join(tmpdir(), 'deepsad-terminal-'));
afterAll(() => rmSync(folder, { recursive: true }));

const OWN = join(PACKAGE_ROOT, 'docs', 'own-data');
const REFERENCE = join(PACKAGE_ROOT, 'results', 'reference', 'ci-deep');

beforeAll(() => {
  mkdirSync(join(folder, 'cache'));
  const rows = range(60).map((row) => `${row % 7},${(row * row) % 11},${row < 50 ? 'fine' : 'broken'}`);
  writeFileSync(join(folder, 'parts.csv'), `length,width,state\n${rows.join('\n')}\n`);
  writeFileSync(
    join(folder, 'a.yaml'),
    `name: an-experiment-with-a-long-name\ndataset: { file: parts.csv, normal: fine }\nlabeledAnomalyRatio: 0.1\nseeds: [1, 2]\ndetectors: [deep-sad, isolation-forest]\n`,
  );
});

/** What a terminal of 80 columns gets of a command, without colours and what moves the cursor. */
async function shown(command: string): Promise<string> {
  const program = `'${process.execPath}' '${join(PACKAGE_ROOT, 'bin', 'deepsad.js')}'`;
  const script = `stty cols 80 rows 40; ${command.replaceAll('deepsad ', `${program} `)}`;
  const env = { ...process.env, DEEPSAD_CACHE: join(folder, 'cache'), SHELL: '/bin/sh', NO_COLOR: '1' };
  const { stdout } = await promisify(execFile)('script', ['-qec', script, '/dev/null'], { cwd: folder, env });
  // biome-ignore lint/suspicious/noControlCharactersInRegex: escape sequences begin with one
  const plain = stdout.replaceAll(/\x1b(\[[0-9;?]*[A-Za-z]|[78])/g, '\r');
  return plain.replaceAll('\r\n', '\n');
}

/* The test runs what is built, as a user does: a package that was bundled wrongly shows itself where it draws a bar. */
testIfTerminal.each([
  ['fit', `deepsad fit ${OWN}/cells.csv --labels known --set epochs=3 --out model`, /█ 3\/3 \| training/],
  [
    'score',
    'deepsad fit parts.csv --labels state --normal fine --anomaly broken --detector kde --out kde && deepsad score kde parts.csv',
    /^61,/m,
  ],
  [
    'run',
    'deepsad run a.yaml --set detectors.*.epochs=2 --set detectors.*.pretrainEpochs=2',
    /\nparts.csv .*\n.*AUROC/,
  ],
  [
    'run, done before',
    'deepsad run a.yaml --set detectors.*.epochs=2 --set detectors.*.pretrainEpochs=2',
    /4 of 4 runs done before/,
  ],
  ['sweep --dry-run', 'deepsad sweep a.yaml --dry-run', /^4 runs: 2 done/m],
  ['compare', `deepsad compare ${REFERENCE} ${REFERENCE}`, /AUROC/],
  ['report', `deepsad report ${REFERENCE} --out page`, /★/],
  ['datasets list', 'deepsad datasets list', /mnist/],
  ['devices', 'deepsad devices', /--device auto/],
])('%s fits 80 columns', async (_, command, expected) => {
  const output = await shown(command);
  expect(output).toMatch(expected);
  // Sentences break where the terminal does; what is drawn does not.
  const drawn = output.split(/[\r\n]/).filter((line) => !/[.:;]( |$)|^\S+: /.test(line));
  expect(drawn.filter((line) => stringWidth(line) > 80)).toEqual([]);
});
