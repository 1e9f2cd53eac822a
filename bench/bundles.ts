import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { range } from 'es-toolkit';
import { markdownTable } from 'markdown-table';
import { recordsIn } from '../src/results/results-folder.js';
import { TestRedis, whyNoRedis } from '../test/testing/redis.js';
import { Cluster, whyNoSlurm } from '../test/testing/slurm.js';
import { EXECUTABLE } from './deepsad.js';
import { inFolder } from './files.js';
import { digits } from './statistics.js';

/** Runs that one worker executes in each place, and in how many bundles. */
const [FEW, BUNDLES] = [40, 8];
/** Runs that two workers execute, and in how many bundles: what is added once weighs the less, the more there are, and so does waiting for the last. */
const [MANY, SMALL_BUNDLES] = [2000, 20];
/** What a run is taken to last as long as no record tells (src/runner/estimate.ts): 150 + 150 epochs of 60 % of 1,831 × 21 values. */
const GUESSED_SECONDS = 300 * 0.6 * 1831 * (1.5e-6 + 21 * 2e-8);

/**
 * What it adds to the time of a sweep of short runs to give it to machines in bundles: with one worker for each bundle, and with two workers
 * of a queue in all.
 */
export async function benchBundles(): Promise<void> {
  await inFolder(async (folder) => {
    const alone = await local(folder, FEW, 1);
    const rows = [['this process', digits(alone), '', '']];
    const row = (place: string, seconds: number) => {
      const each = (seconds - alone) / BUNDLES;
      rows.push([place, digits(seconds), digits(each), `${digits((100 * each) / 1800)} %`]);
    };
    if (whyNoRedis() === undefined) row('a queue', await queued(folder, FEW, BUNDLES, 1));
    if (whyNoSlurm() === undefined) row('Slurm', await onSlurm(folder));
    console.log(`${FEW} runs of Deep SAD on cardio in ${BUNDLES} bundles, one at a time\n`);
    const head = ['executed by', 's', 'added to a bundle, s', 'of half an hour'];
    console.log(`${markdownTable([head, ...rows], { align: ['l', 'r', 'r', 'r'] })}\n`);
    if (whyNoRedis() !== undefined) return;
    const process = await local(folder, MANY, 2);
    const queue = await queued(folder, MANY, SMALL_BUNDLES, 2);
    console.log(
      `${MANY} such runs, two at a time: ${digits(process)} s in one process, ${digits(queue)} s by two workers of a queue, ` +
        `${digits((100 * process) / queue)} % of the throughput`,
    );
  });
}

let sweeps = 0;

/** Writes a config, and says where its results go. */
async function experiment(folder: string, runs: number): Promise<[config: string, out: string]> {
  const name = `sweep-${++sweeps}`;
  const config = join(folder, `${name}.json`);
  await writeFile(
    config,
    JSON.stringify({
      name,
      dataset: 'cardio',
      detectors: [{ name: 'deep-sad', pretrain: true }],
      seeds: range(1, runs + 1),
    }),
  );
  return [config, join(folder, `results-${name}`)];
}

/** Wall seconds of a sweep in one process. */
async function local(folder: string, runs: number, jobs: number): Promise<number> {
  const [config, out] = await experiment(folder, runs);
  const start = performance.now();
  await end(deepsad(['sweep', config, '--out', out, '--no-cache', '--quiet', '--jobs', String(jobs)]));
  return since(start);
}

/** Wall seconds of a sweep by workers of a queue that wait for it, from its submission to its tables. */
async function queued(folder: string, runs: number, bundles: number, workers: number): Promise<number> {
  const [config, out] = await experiment(folder, runs);
  const redis = await TestRedis.start();
  const waiting = range(workers).map(() =>
    deepsad(['work', redis.address, '--jobs', '1', '--wait', '--quiet']),
  );
  try {
    // Starting them is no part of a bundle.
    await setTimeout(3000);
    const start = performance.now();
    const on = ['--on', redis.address, ...bundleOption(runs, bundles)];
    await end(deepsad(['sweep', config, '--out', out, '--no-cache', '--quiet', ...on]));
    return since(start);
  } finally {
    for (const worker of waiting) worker.kill('SIGTERM');
    await Promise.all(waiting.map((worker) => once(worker, 'exit')));
    await redis.stop();
  }
}

/** Wall seconds of a sweep on a cluster of this machine, one task at a time, from its submission to its last record. */
async function onSlurm(folder: string): Promise<number> {
  const [config, out] = await experiment(folder, FEW);
  const cluster = await Cluster.start();
  try {
    const start = performance.now();
    const one = ['--on', 'slurm', '--time', '30m', '--at-a-time', '1', ...bundleOption(FEW, BUNDLES)];
    await end(deepsad(['sweep', config, '--out', out, '--no-cache', '--quiet', ...one], cluster.variables));
    await cluster.until(() => recordsIn(out).size === FEW);
    return since(start);
  } finally {
    await cluster.stop();
  }
}

/** What makes so many bundles of so many runs. */
function bundleOption(runs: number, bundles: number): string[] {
  return ['--cpus', '1', '--bundle', `${((GUESSED_SECONDS * runs) / bundles).toFixed(6)}s`];
}

function deepsad(args: readonly string[], variables: NodeJS.ProcessEnv = {}): ChildProcess {
  return spawn(process.execPath, [EXECUTABLE, ...args], {
    stdio: ['ignore', 'ignore', 'inherit'],
    env: { ...process.env, ...variables },
  });
}

async function end(child: ChildProcess): Promise<void> {
  const [code] = child.exitCode === null ? await once(child, 'exit') : [child.exitCode];
  if (code !== 0) throw new Error(`${child.spawnargs.join(' ')} ended with exit code ${code}`);
}

function since(start: number): number {
  return (performance.now() - start) / 1000;
}
