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
const WIDTHS = [80, 40];
/** Where the commands of a terminal of so many columns are given. */
const folderOf = (columns: number) => join(folder, String(columns));
afterAll(() => rmSync(folder, { recursive: true }));

const OWN = join(PACKAGE_ROOT, 'docs', 'own-data');
const REFERENCE = join(PACKAGE_ROOT, 'results', 'reference', 'ci-deep');

beforeAll(() => {
  mkdirSync(join(folder, 'cache'));
  const rows = range(60).map((row) => `${row % 7},${(row * row) % 11},${row < 50 ? 'fine' : 'broken'}`);
  for (const columns of WIDTHS) {
    mkdirSync(folderOf(columns));
    writeFileSync(join(folderOf(columns), 'parts.csv'), `length,width,state\n${rows.join('\n')}\n`);
    writeFileSync(
      join(folderOf(columns), 'a.yaml'),
      `name: an-experiment-with-a-long-name\ndataset: { file: parts.csv, normal: fine }\nlabeledAnomalyRatio: 0.1\nseeds: [1, 2]\ndetectors: [{ name: deep-sad, pretrain: [true, false] }, isolation-forest]\n`,
    );
  }
});

/** What a terminal of so many columns gets of a command, without colours and what moves the cursor. */
async function shown(command: string, columns: number): Promise<string> {
  const program = `'${process.execPath}' '${join(PACKAGE_ROOT, 'bin', 'deepsad.js')}'`;
  const script = `stty cols ${columns} rows 40; ${command.replaceAll('deepsad ', `${program} `)}`;
  const env = { ...process.env, DEEPSAD_CACHE: join(folder, 'cache'), SHELL: '/bin/sh', NO_COLOR: '1' };
  const { stdout } = await promisify(execFile)('script', ['-qec', script, '/dev/null'], {
    cwd: folderOf(columns),
    env,
  });
  // biome-ignore lint/suspicious/noControlCharactersInRegex: escape sequences begin with one
  const plain = stdout.replaceAll(/\x1b(\[[0-9;?]*[A-Za-z]|[78])/g, '\r');
  return plain.replaceAll('\r\n', '\n');
}

/* The tests run what is built, as a user does: a package that was bundled wrongly shows itself where it draws a bar. */
const COMMANDS: readonly (readonly [string, string, RegExp])[] = [
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
    /6 of 6 runs/,
  ],
  ['sweep --dry-run', 'deepsad sweep a.yaml --dry-run', /^6 runs: 2 done/m],
  [
    'run, refused',
    'deepsad run a.yaml --set seeds=x; sed s/seeds/sedes/ a.yaml > b.yaml; deepsad run b.yaml; true',
    /\^\^\^/,
  ],
  ['compare', `deepsad compare ${REFERENCE} ${REFERENCE}`, /AUROC/],
  [
    'check',
    `cp -r results/* drifted; sed -i 's/"auroc":0./"auroc":0.1/' drifted/runs.jsonl; deepsad check drifted; true`,
    /of them not as in/,
  ],
  ['report', `deepsad report ${REFERENCE} --out page`, /★/],
  ['datasets list', 'deepsad datasets list', /mnist/],
  ['datasets info', 'deepsad datasets info mnist; deepsad datasets info cardio', /sha256/],
  ['datasets fetch', 'deepsad datasets fetch nothing; true', /valid: /],
  ['devices', 'deepsad devices', /--device auto/],
  ['help', 'deepsad --help; deepsad sweep --help; deepsad init --help', /Options/],
];

const SHOWN = COMMANDS.flatMap(([title, command, expected]) =>
  WIDTHS.map((columns) => ({ title, command, expected, columns })),
);

testIfTerminal.each(SHOWN)('$title fits $columns columns', async ({ command, expected, columns }) => {
  const output = await shown(command, columns);
  expect(output).toMatch(expected);
  expect(output.split(/[\r\n]/).filter((line) => stringWidth(line) > columns)).toEqual([]);
});
