import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from '@jest/globals';
import { PACKAGE_ROOT } from '../../src/package.js';
import { randomStream } from '../../src/random.js';

/** Milliseconds for one run of the program: a busy machine may take long to start Node. */
export const PATIENCE = 60_000;

const cache = mkdtempSync(join(tmpdir(), 'deepsad-cache-'));
afterAll(() => rmSync(cache, { recursive: true, force: true }));

const PROGRAM = join(PACKAGE_ROOT, 'bin', 'deepsad.js');

export interface Ending {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * Starts the program, with no cached autoencoders but those of this test file.
 *
 * @param variables of the environment, besides those of this process
 * @param detached in a process group of its own, as a terminal starts it
 * @param cwd the folder that it works in
 * @param blocks the most that each of its files may have, of 1024 bytes, as where a disk is full
 */
export function start(
  args: readonly string[],
  variables: NodeJS.ProcessEnv = {},
  {
    detached = false,
    cwd,
    blocks,
  }: { readonly detached?: boolean; readonly cwd?: string; readonly blocks?: number | undefined } = {},
): ChildProcessWithoutNullStreams {
  const env = { ...process.env, DEEPSAD_CACHE: cache, ...variables };
  const program = [process.execPath, PROGRAM, ...args];
  const limited = ['bash', '-c', `ulimit -f ${blocks}; exec "$@"`, 'bash', ...program];
  const [command, ...words] = blocks === undefined ? program : limited;
  return spawn(command, words, { timeout: PATIENCE, env, detached, cwd });
}

/** Variables with which Node says that it is of another version. */
export const OTHER_NODE: NodeJS.ProcessEnv = {
  NODE_OPTIONS:
    '--import=data:text/javascript,Object.defineProperty(process,%22version%22,%7Bvalue:%22v20.99.0%22%7D)',
};

/** Runs the program; `interruptAt` sends it Ctrl-C whenever what it has said to standard error since the last one matches. */
export function deepsad(
  args: readonly string[],
  interruptAt?: RegExp,
  variables?: NodeJS.ProcessEnv,
): Promise<Ending> {
  return new Promise((resolve) => {
    const child = start(args, variables);
    let [stdout, stderr, heard] = ['', '', 0];
    child.stdout.on('data', (data) => {
      stdout += data;
    });
    child.stderr.on('data', (data) => {
      stderr += data;
      if (!interruptAt?.test(stderr.slice(heard))) return;
      heard = stderr.length;
      child.kill('SIGINT');
    });
    child.on('close', (code) => resolve({ code, stdout, stderr }));
  });
}

/** The processes that a process has started and that have not ended, by their ids; Linux alone tells. */
export function childrenOf(pid: number): number[] {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8');
  return children.trim().split(' ').filter(Boolean).map(Number);
}

/** Writes a table of 200 parts with three features, of which a tenth are broken and easy to tell from the fine ones. */
export function writeParts(file: string): void {
  const random = randomStream(1, 'parts');
  const rows = Array.from({ length: 200 }, (_, i) => {
    const broken = i % 10 === 0;
    const values = Array.from({ length: 3 }, () => random.uniform(0, 1) + (broken ? 2 : 0));
    return `${values.join(',')},${broken ? 'broken' : 'fine'}`;
  });
  writeFileSync(file, `length,width,weight,state\n${rows.join('\n')}\n`);
}
