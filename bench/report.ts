import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { range } from 'es-toolkit';
import { markdownTable } from 'markdown-table';
import { expand } from '../src/config/expansion/expand.js';
import { parseConfig } from '../src/config/load.js';
import { loadDataset } from '../src/data/registry.js';
import { randomStream } from '../src/random.js';
import type { RunRecord } from '../src/results/record.js';
import { appendRecords } from '../src/results/records.js';
import { EXECUTABLE, REPORT_MEMORY } from './deepsad.js';
import { inFolder } from './files.js';
import { digits } from './statistics.js';

/** All pairs of digits at the paper's ratios, with eleven detectors: a little over 100,000 runs. */
const EXPERIMENT = {
  name: 'bench',
  dataset: 'mnist',
  normalClass: 'all',
  knownAnomalyClass: 'each',
  labeledAnomalyRatio: [0, 0.01, 0.05, 0.1, 0.2],
  detectors: [
    'oc-svm',
    'oc-svm-hybrid',
    'isolation-forest',
    'isolation-forest-hybrid',
    'kde',
    'kde-hybrid',
    'autoencoder',
    'deep-svdd',
    'ssad',
    'ssad-hybrid',
    'deep-sad',
  ],
  seeds: range(1, 26),
};

/** Time and peak memory of `deepsad report` on 100,000 records of one experiment, from the start of its process to its end. */
export async function benchReport(): Promise<void> {
  await inFolder(async (folder) => {
    const records = await makeRecords();
    const file = join(folder, 'runs.jsonl');
    await writeFile(file, '');
    await appendRecords(file, records);
    const memoryFile = join(folder, 'memory');
    const args = ['--import', REPORT_MEMORY, EXECUTABLE, 'report', file, '--out', join(folder, 'report')];
    const start = performance.now();
    const child = spawn(process.execPath, args, {
      stdio: ['ignore', 'ignore', 'inherit'],
      env: { ...process.env, PEAK_MEMORY_FILE: memoryFile },
    });
    const [code] = await once(child, 'exit');
    const seconds = (performance.now() - start) / 1000;
    if (code !== 0) throw new Error(`deepsad report ended with exit code ${code}`);
    const megabytes = Number(await readFile(memoryFile, 'utf8')) / 1024;
    const page = (await stat(join(folder, 'report', 'report.html'))).size / 2 ** 20;
    console.log('A report on one experiment\n');
    console.log(
      markdownTable(
        [
          ['records', 'seconds', 'peak MB', 'page, MB'],
          [String(records.length), digits(seconds), megabytes.toFixed(0), digits(page)],
        ],
        { align: ['r', 'r', 'r', 'r'] },
      ),
    );
  });
}

async function makeRecords(): Promise<RunRecord[]> {
  const { experiment } = parseConfig(JSON.stringify(EXPERIMENT), 'bench.json', []);
  const random = randomStream(0, 'bench');
  return expand(experiment, await loadDataset('mnist')).runs.map((run) => ({
    ...run,
    status: 'done',
    auroc: random.uniform(0.5, 1),
    averagePrecision: random.uniform(0, 1),
    counts: {
      labeledNormal: 0,
      labeledAnomalies: 60,
      unlabeledNormal: 5923,
      unlabeledAnomalies: 0,
      testNormal: 980,
      testAnomalies: 9020,
    },
    seconds: { data: 0.5, pretraining: 0, training: random.uniform(10, 20), scoring: 0.25 },
    engine: 'native',
    device: 'avx512',
    version: '0.1.0',
  }));
}
