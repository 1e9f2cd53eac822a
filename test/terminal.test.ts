import { execFile, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { range } from 'es-toolkit';
import { tooWide } from '../src/cli/testing/too-wide.js';
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

/** What a terminal of so many columns gets of a command. */
async function written(command: string, columns: number, more: NodeJS.ProcessEnv): Promise<string> {
  const program = `'${process.execPath}' '${join(PACKAGE_ROOT, 'bin', 'deepsad.js')}'`;
  const script = `stty cols ${columns} rows 40; ${command.replaceAll('deepsad ', `${program} `)}`;
  const env = { ...process.env, DEEPSAD_CACHE: join(folder, 'cache'), SHELL: '/bin/sh', ...more };
  const { stdout } = await promisify(execFile)('script', ['-qec', script, '/dev/null'], {
    cwd: folderOf(columns),
    env,
  });
  return stdout.replaceAll('\r\n', '\n');
}

/** The same, without colours and what moves the cursor. */
async function shown(command: string, columns: number): Promise<string> {
  const output = await written(command, columns, { TERM: 'xterm', NO_COLOR: '1' });
  // biome-ignore lint/suspicious/noControlCharactersInRegex: escape sequences begin with one
  return output.replaceAll(/\x1b(\[[0-9;?]*[A-Za-z]|[78])/g, '\r');
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
  expect(tooWide(output, columns)).toEqual([]);
});

testIfTerminal('a terminal that shows escape sequences as text gets none, nor a question', async () => {
  const commands = [
    'deepsad fit parts.csv --labels state --normal fine --anomaly broken --detector kde --out dumb',
    "deepsad run a.yaml --set 'detectors=[kde]' --out dumb-results",
    'deepsad report dumb-results --out dumb-page',
    // A question would wait for its answer.
    'timeout 60 deepsad init parts.csv --out dumb.yaml',
  ];
  const output = await written(`${commands.join('; ')}; true`, 80, { TERM: 'dumb' });
  expect(output).not.toContain('\u001b');
  expect(output).toMatch(/^\[2\/2\] KDE/m);
  expect(output).toContain('Wrote dumb.yaml');
});

const LONG = join(folder, 'a-folder-whose-name-is-long', 'of another with-spaces-and-a-long-name');

/** What a user copies of what a command prints, whose line ends a shell would take for its own. */
const COPIED: readonly (readonly [string, string, readonly string[]])[] = [
  [
    'of a file that is not there',
    `deepsad run ${folder}/nowhere/at-all/config.yaml; true`,
    [`${folder}/nowhere/at-all/config.yaml`],
  ],
  [
    'of data that are not there',
    `printf 'name: a\\ndataset: cardio\\nlabeledAnomalyRatio: 0.1\\nseeds: 1\\ndetectors: [kde]\\n' > cardio.yaml; deepsad run cardio.yaml --data-dir '${LONG}'; true`,
    [`\n    deepsad datasets fetch cardio --data-dir '${LONG}'\n`],
  ],
  [
    'of a data set',
    `deepsad datasets info cardio --data-dir '${LONG}'`,
    [
      'https://raw.githubusercontent.com/yzhao062/pyod/34f7996effac700a5166d882d5e94c6e6078fae3/notebooks/data/cardio.mat',
      '5e568b6a73711012c481fa6cc984ab9c68e9a4fa44d6aeb3b43efa381c3f695b',
      `\n    deepsad datasets fetch cardio --data-dir '${LONG}'\n`,
    ],
  ],
  [
    'of a new config',
    `deepsad init parts.csv --out ${folder}/of-a-table-of-parts.yaml --overwrite </dev/null`,
    [`\n    deepsad run ${folder}/of-a-table-of-parts.yaml\n`],
  ],
  [
    'of help',
    'deepsad run --help',
    ['    deepsad run configs/cardio.yaml --set seeds=1..5 --set detectors.*.eta=10\n'],
  ],
  [
    'beside bars',
    `deepsad run a.yaml --set 'detectors=[kde]' --out ${folder}/a-folder-of-results-with-a-long-name/40`,
    [`${folder}/a-folder-of-results-with-a-long-name/40/`],
  ],
];

testIfTerminal.each(COPIED)(
  'paths, addresses and commands %s are whole in 40 columns',
  async (_, command, whole) => {
    const output = await shown(command, 40);
    for (const text of whole) expect(output).toContain(text);
  },
);
