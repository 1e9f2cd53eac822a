import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, existsSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { PACKAGE_ROOT } from '../src/package.js';
import { deepsad, PATIENCE, writeParts } from './testing/program.js';

jest.setTimeout(3 * PATIENCE);

const root = mkdtempSync(join(tmpdir(), 'deepsad-output-'));
afterAll(() => rmSync(root, { recursive: true }));
const at = (name: string) => join(root, name);

const CONFIG = at('config.yaml');
const TABLE = at('parts.csv');
const LABELS = ['--labels', 'state', '--normal', 'fine', '--anomaly', 'broken'];
const FIT = ['fit', TABLE, ...LABELS, '--detector', 'isolation-forest', '--out', at('model')];

beforeAll(async () => {
  writeParts(TABLE);
  writeFileSync(at('new.csv'), 'length,width,weight\n1,2,3\n');
  writeFileSync(
    CONFIG,
    JSON.stringify({
      name: 'parts',
      dataset: { file: TABLE, normal: 'fine' },
      detectors: ['isolation-forest'],
      seeds: [1, 2, 3],
    }),
  );
  for (const args of [FIT, ['run', CONFIG, '--out', at('reference')]]) {
    expect(await deepsad(args)).toMatchObject({ code: 0 });
  }
});

/** A call of every command, with the results folder that it gets. */
const COMMANDS: readonly (readonly [name: string, call: (out: string) => readonly string[]])[] = [
  ['run', (out) => ['run', CONFIG, '--out', out]],
  ['sweep', (out) => ['sweep', CONFIG, '--out', out, '--jobs', '2']],
  ['sweep --dry-run', (out) => ['sweep', CONFIG, '--out', out, '--dry-run']],
  ['check', () => ['check', at('reference/parts')]],
  ['report', (out) => ['report', at('reference'), '--out', out]],
  ['score', () => ['score', at('model'), at('new.csv')]],
  ['evaluate', (out) => ['evaluate', at('model'), TABLE, '--out', out]],
  ['datasets list', () => ['datasets', 'list']],
  ['datasets info', () => ['datasets', 'info', 'mnist']],
  ['devices', () => ['devices']],
  ['schema', () => ['schema']],
  ['--help', () => ['--help']],
];

interface Ending {
  readonly code: number;
  readonly stderr: string;
}

let calls = 0;

/** Runs the program with other outputs; what it says to standard error is in the file that it gets by default. */
async function call(
  args: readonly string[],
  outputs: { readonly stdout?: number | 'gone'; readonly stderr?: number | 'gone' },
): Promise<Ending> {
  const file = at(`stderr-${calls++}`);
  const said = openSync(file, 'w');
  const stdio = ['ignore', outputs.stdout ?? 'ignore', outputs.stderr ?? said] as const;
  const child: ChildProcess = spawn(process.execPath, [join(PACKAGE_ROOT, 'bin', 'deepsad.js'), ...args], {
    stdio: stdio.map((to) => (to === 'gone' ? 'pipe' : to)),
    env: { ...process.env, DEEPSAD_CACHE: at('cache') },
    timeout: PATIENCE,
  });
  // The program takes longer to start than its reader to leave.
  child.stdout?.destroy();
  child.stderr?.destroy();
  const [code] = await once(child, 'close');
  closeSync(said);
  return { code, stderr: readFileSync(file, 'utf8') };
}

const full = existsSync('/dev/full') ? describe : describe.skip;

full('a full disk', () => {
  let disk: number;
  beforeAll(() => {
    disk = openSync('/dev/full', 'w');
  });
  afterAll(() => closeSync(disk));

  test.each(COMMANDS)('under the standard output of %s is said in one line', async (name, args) => {
    const { code, stderr } = await call(args(at(`full ${name}`)), { stdout: disk });
    const failures = stderr.match(/.*(standard output|defect| at ).*/g);
    expect({ code, failures }).toEqual({
      code: 2,
      failures: ['cannot write to standard output: the disk is full'],
    });
  });

  test.each(COMMANDS)('under the standard error of %s ends nothing', async (name, args) => {
    expect(await call(args(at(`mute ${name}`)), { stderr: disk })).toMatchObject({ code: 0 });
  });
});

describe('a reader that has gone', () => {
  test.each(COMMANDS)(
    'from the standard output of %s ends nothing, and is not worth a word',
    async (name, args) => {
      const { code, stderr } = await call(args(at(`gone ${name}`)), { stdout: 'gone' });
      expect({ code, stderr: stderr.match(/EPIPE|standard output|defect| at .*/) }).toEqual({
        code: 0,
        stderr: null,
      });
    },
  );

  test.each(COMMANDS)('from the standard error of %s ends nothing', async (name, args) => {
    expect(await call(args(at(`deaf ${name}`)), { stderr: 'gone' })).toMatchObject({ code: 0 });
  });

  test('leaves all runs their records', async () => {
    const out = at('kept');
    await call(['run', CONFIG, '--out', out], { stdout: 'gone', stderr: 'gone' });
    expect(
      readFileSync(join(out, 'parts', 'runs.jsonl'), 'utf8')
        .trim()
        .split('\n'),
    ).toHaveLength(3);
  });
});
