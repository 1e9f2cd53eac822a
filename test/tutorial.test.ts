import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, jest, test } from '@jest/globals';
import { PACKAGE_ROOT } from '../src/package.js';
import { PATIENCE } from './testing/program.js';

jest.setTimeout(5 * PATIENCE);

const PAGE = join(PACKAGE_ROOT, 'docs', 'own-data.md');
/** Set to anything, this has the page written instead of compared. */
const UPDATES_PAGE = Boolean(process.env.UPDATE_DOCS);

const folder = mkdtempSync(join(tmpdir(), 'deepsad-tutorial-'));
afterAll(() => rmSync(folder, { recursive: true }));

/**
 * What a shell shows of a command: standard output and error together. `npx deepsad` is the program of this checkout, on the CPU,
 * which prints the same everywhere.
 */
function output(command: string): string {
  const program = join(PACKAGE_ROOT, 'bin', 'deepsad.js');
  const script = `set -e; npx() { shift; '${process.execPath}' '${program}' "$@" --device cpu; }; exec 2>&1; ${command}`;
  const env = { ...process.env, DEEPSAD_CACHE: join(folder, '.cache') };
  return execFileSync('bash', ['-c', script], { cwd: folder, encoding: 'utf8', env });
}

test('every command of docs/own-data.md prints what stands below it', () => {
  cpSync(join(PACKAGE_ROOT, 'docs', 'own-data'), folder, { recursive: true });
  const page = readFileSync(PAGE, 'utf8');
  let commands = 0;
  const printed = page.replaceAll(/(```console\n)(.*?)(```)/gs, (_, start, block: string, end) => {
    const lines = block.split('\n').filter((line) => line.startsWith('$ '));
    commands += lines.length;
    return start + lines.map((line) => `${line}\n${output(line.slice(2))}`).join('') + end;
  });
  expect(commands).toBeGreaterThan(5);
  if (UPDATES_PAGE) writeFileSync(PAGE, printed);
  expect(printed).toBe(readFileSync(PAGE, 'utf8'));
});
