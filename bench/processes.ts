import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { availableParallelism } from 'node:os';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { maxBy, memoize } from 'es-toolkit';

/** The core that everything measured on one core is pinned to: the last, since the first serves most interrupts. */
export const PINNED_CORE = availableParallelism() - 1;

const canPin = spawnSync('taskset', ['-c', String(PINNED_CORE), 'true']).status === 0;

/** `core 1`, or that nothing is pinned, for the report. */
export const PINNING = canPin
  ? `pinned to core ${PINNED_CORE}`
  : 'not pinned to a core (taskset is not available)';

/** A command line that runs the given one on one core alone, where the system has `taskset`. */
export function pinned(command: readonly string[], core = PINNED_CORE): readonly string[] {
  return canPin ? ['taskset', '-c', String(core), ...command] : command;
}

/** The path of a file of this folder. */
export function sourceFile(name: string): string {
  return fileURLToPath(new URL(name, import.meta.url));
}

/**
 * Of the python3 that have all the modules the one whose first module is the newest; where there is none, says once on standard error how
 * to install them.
 *
 * @param modules as after `import`
 * @param packages Debian's, by their names
 */
export function pythonWith(modules: string, packages: string): string | undefined {
  const python = findPython(modules);
  if (python === undefined) warnOfMissing(packages);
  return python;
}

const findPython = memoize((modules: string) => {
  const [first] = modules.split(', ');
  const program = `import re, ${modules}; print(*re.findall(r"\\d+", ${first}.__version__)[:3], sep=".")`;
  const found = PYTHONS.flatMap((python) => {
    const { status, stdout } = spawnSync(python, ['-c', program], { encoding: 'utf8' });
    return status === 0 ? [{ python, version: stdout.trim() }] : [];
  });
  return maxBy(found, ({ version }) =>
    version.split('.').reduce((number, part) => 1000 * number + Number(part), 0),
  )?.python;
});

/** Where a python3 may be; the versions of one folder go by names of their own. */
const PYTHONS = [
  'python3',
  '/usr/bin/python3',
  '/usr/local/bin/python3',
  ...[9, 10, 11, 12, 13, 14].map((minor) => `python3.${minor}`),
];

const warnOfMissing = memoize((packages: string) => {
  console.error(`The peer is not installed. On Debian and Ubuntu: apt install ${packages}`);
});

/** A child process that answers each line of JSON with a line of JSON, and has said first that it is ready. */
export class Server<Request, Answer> {
  private constructor(
    private readonly child: ChildProcess,
    private readonly lines: AsyncIterator<string>,
    /** Its first line: what it is. */
    readonly name: string,
    /** Wall seconds from its start to its first line. */
    readonly startupSeconds: number,
  ) {}

  /**
   * Starts a command, on one core alone.
   *
   * @throws Error where it ends before it is ready
   */
  static async start<Request, Answer>(
    command: readonly string[],
    core = PINNED_CORE,
  ): Promise<Server<Request, Answer>> {
    const start = performance.now();
    const [program, ...args] = pinned(command, core);
    const child = spawn(program, args, { stdio: ['pipe', 'pipe', 'inherit'] });
    const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
    const { name } = JSON.parse(await nextLine(lines, command)) as { name: string };
    return new Server<Request, Answer>(child, lines, name, (performance.now() - start) / 1000);
  }

  async ask(request: Request): Promise<Answer> {
    this.child.stdin?.write(`${JSON.stringify(request)}\n`);
    return JSON.parse(await nextLine(this.lines, this.child.spawnargs)) as Answer;
  }

  async stop(): Promise<void> {
    const exit = once(this.child, 'exit');
    this.child.stdin?.end();
    await exit;
  }
}

async function nextLine(lines: AsyncIterator<string>, command: readonly string[]): Promise<string> {
  const line = await lines.next();
  if (line.done) throw new Error(`${command.join(' ')} ended without an answer`);
  return line.value;
}
