import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { installedVersion, PACKAGE_ROOT, PEER_DEPENDENCIES } from '../package.js';
import type { Finding, Found } from './definition.js';

/** What is there to be opened. */
export interface Opening {
  /** A module in bundle/ that calls `answerProbe`, with the device as its argument. */
  readonly program: string;
  readonly device: string;
  /** The npm packages that the device needs, all optional peers of this one. */
  readonly packages: readonly string[];
  /** What it needs that npm does not bring. */
  readonly beyond: string;
  /** Set for the process besides the environment of this one. */
  readonly env?: Readonly<Record<string, string>>;
}

/** What the process found: what it computes with, or why it cannot. */
type Answer = Omit<Found, 'available'> | { readonly problem: string };

/**
 * Opens a device in a process of its own: its libraries print what is wrong instead of telling it, fall back to the CPU in silence,
 * may end the process, and keep a GPU's memory once they are loaded.
 *
 * @returns what it turned out to be, with the versions of its packages; and what the libraries printed
 */
export async function probeApart(opening: Opening): Promise<[finding: Finding, log: string]> {
  const { packages, beyond } = opening;
  const missing = packages.filter((each) => installedVersion(each) === undefined);
  if (missing.length > 0) {
    const reason = `${missing.join(', ')} ${missing.length > 1 ? 'are' : 'is'} not installed`;
    const wanted = missing.map((each) => `${each}@${PEER_DEPENDENCIES[each]}`).join(' ');
    return [{ available: false, reason, remedy: `npm install ${wanted}; it needs ${beyond}` }, ''];
  }
  const [answer, log] = await open(opening);
  if ('problem' in answer) {
    const reason = [answer.problem, ...problemsIn(log)].join('; ');
    return [{ available: false, reason, remedy: `it needs ${beyond}` }, log];
  }
  const versions = Object.fromEntries(packages.map((each) => [each, installedVersion(each) ?? '']));
  return [{ available: true, ...answer, details: { ...answer.details, ...versions } }, log];
}

/** Milliseconds that opening a device may take. */
const PATIENCE = 60_000;

async function open({ program, device, env }: Opening): Promise<[answer: Answer, log: string]> {
  const child = fork(join(PACKAGE_ROOT, 'bundle', program), [device], {
    execArgv: [],
    env: { ...process.env, ...env },
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    timeout: PATIENCE,
  });
  let [log, answer]: [string, Answer | undefined] = ['', undefined];
  child.stderr?.on('data', (data) => {
    log += data;
  });
  child.on('message', (message: Answer) => {
    answer = message;
  });
  const [code, signal] = await once(child, 'close');
  const problem = child.killed
    ? `it was not open after ${PATIENCE / 1000} s`
    : `its libraries ended the process (${signal ?? `exit code ${code}`})`;
  return [answer ?? { problem }, log];
}

/** What a library says stands in the way: shared libraries that could not be loaded, drivers that were not found. */
function problemsIn(log: string): string[] {
  const found = [...log.matchAll(PROBLEM)].map(([, what]) => what.trim());
  return [...new Set(found)];
}

const PROBLEM =
  /((?:could not load dynamic library|couldn't load vulkan|vkCreateInstance: found no drivers)[^;\n]*)/gi;

/**
 * In the process that `probeApart` starts: opens the device, computes with it, tells, and ends.
 *
 * @param open gives what it computes with; throws where it cannot be used
 */
export async function answerProbe(
  open: (device: string) => Promise<Omit<Found, 'available'>>,
): Promise<void> {
  const answer: Answer = await open(process.argv[2]).catch((error: Error) => ({ problem: error.message }));
  process.send?.(answer, () => process.exit());
}
