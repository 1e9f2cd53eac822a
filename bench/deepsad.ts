import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { RunRecord } from '../src/results/record.js';
import { inFolder } from './files.js';
import { pinned } from './processes.js';
import { watchMemory } from './tree-memory.js';

export const EXECUTABLE = fileURLToPath(new URL('../bin/deepsad.js', import.meta.url));
export const REPORT_MEMORY = new URL('report-memory.js', import.meta.url).href;

/** The paper's MNIST experiment at one point: digit 0 normal, digit 1 the known anomaly class. */
export const MNIST = {
  dataset: 'mnist',
  normalClass: '0',
  knownAnomalyClass: '1',
  labeledAnomalyRatio: 0.01,
  pollutionRatio: 0.1,
};

export interface Measured {
  /** Wall seconds from start to exit. */
  readonly seconds: number;
  readonly records: readonly RunRecord[];
}

export interface Watched extends Measured {
  /** Of the process and its workers together. */
  readonly peakMegabytes: number;
}

/**
 * Runs an experiment with `deepsad run`, its results in a folder that is removed afterwards.
 *
 * @param experiment the content of a config, without its name
 * @param cores whether the process may use one core or all
 * @param started is told the number of the process
 * @throws Error where the process fails; what it said is on standard error
 */
export async function runDeepsad(
  experiment: Readonly<Record<string, unknown>>,
  jobs: number,
  cores: 'one' | 'all',
  started: (pid: number) => void = () => {},
): Promise<Measured> {
  return inFolder(async (folder) => {
    const config = join(folder, 'bench.json');
    await writeFile(config, JSON.stringify({ name: 'bench', ...experiment }));
    const options = ['--no-cache', '--jobs', String(jobs)];
    return runConfig(config, 'bench', folder, options, cores === 'one' ? pinned : unpinned, started);
  });
}

/** Runs configs/quickstart.yaml as README has it, but for its results and its cache, which are in a folder that is removed afterwards. */
export async function runQuickstart(): Promise<Measured> {
  const config = fileURLToPath(new URL('../configs/quickstart.yaml', import.meta.url));
  return inFolder((folder) => runConfig(config, 'quickstart', folder, [], unpinned));
}

const unpinned: typeof pinned = (command) => command;

/** Runs the experiment `name` of a config with results in `folder`, and an empty cache there. */
async function runConfig(
  config: string,
  name: string,
  folder: string,
  options: readonly string[],
  place: typeof pinned,
  started: (pid: number) => void = () => {},
): Promise<Measured> {
  const run = [process.execPath, EXECUTABLE, 'run', config, '--quiet', '--out', folder, ...options];
  const start = performance.now();
  const [program, ...args] = place(run);
  const child = spawn(program, args, {
    stdio: ['ignore', 'ignore', 'inherit'],
    env: { ...process.env, DEEPSAD_CACHE: join(folder, 'cache') },
  });
  started(Number(child.pid));
  const [code] = await once(child, 'exit');
  const seconds = (performance.now() - start) / 1000;
  if (code !== 0) throw new Error(`deepsad run of ${config} ended with exit code ${code}`);

  const lines = (await readFile(join(folder, name, 'runs.jsonl'), 'utf8')).trim().split('\n');
  return { seconds, records: lines.map((line) => JSON.parse(line) as RunRecord) };
}

/** The same with a watch on memory, which takes a tenth of a core: too much where all of them are to be busy. */
export async function runWatched(
  experiment: Readonly<Record<string, unknown>>,
  jobs: number,
  cores: 'one' | 'all',
): Promise<Watched> {
  let peakMegabytes = () => 0;
  const measured = await runDeepsad(experiment, jobs, cores, (pid) => {
    peakMegabytes = watchMemory(pid);
  });
  return { ...measured, peakMegabytes: peakMegabytes() };
}
