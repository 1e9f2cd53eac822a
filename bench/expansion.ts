import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { range } from 'es-toolkit';
import { markdownTable } from 'markdown-table';
import { expand } from '../src/config/expansion/expand.js';
import { parseConfig } from '../src/config/load.js';
import type { Run } from '../src/config/run.js';
import { loadDataset } from '../src/data/registry.js';
import { shareDataset } from '../src/data/shared-dataset.js';
import { findDevice } from '../src/engine/device.js';
import type { RunRecord } from '../src/results/record.js';
import { appendRecords } from '../src/results/records.js';
import { forecastSweep } from '../src/sweep/forecast.js';
import { planSweep } from '../src/sweep/sweep.js';
import { inFolder } from './files.js';
import { digits, formatSpread, spreadOf } from './statistics.js';

const ROUNDS = 5;

/** About 10,000 runs each: of pairs of classes on images, and of seeds on a table, where each has a split of its own. */
const EXPERIMENTS = [
  {
    dataset: 'mnist',
    normalClass: 'all',
    knownAnomalyClass: 'each',
    labeledAnomalyRatio: [0.01, 0.05, 0.1, 0.2],
    detectors: ['deep-sad', 'deep-svdd', 'autoencoder', 'kde'],
    seeds: range(1, 8),
  },
  {
    dataset: 'shuttle',
    labeledAnomalyRatio: [0, 0.01, 0.05],
    detectors: ['deep-sad', 'deep-svdd', 'autoencoder', 'kde'],
    seeds: range(1, 835),
  },
];

/** Expanding configs of 10,000 runs with the data in memory, and reading 10,000 records and finding what is left to do. */
export async function benchExpansion(): Promise<void> {
  const rows: string[][] = [];
  for (const experiment of EXPERIMENTS) rows.push(await measure(experiment));
  console.log('Expanding a config, and matching its runs with as many records, in milliseconds\n');
  console.log(
    markdownTable([['data set', 'runs', 'expanding', 'matching', 'sum'], ...rows], {
      align: ['l', 'r', 'r', 'r', 'r'],
    }),
  );
}

async function measure(content: (typeof EXPERIMENTS)[number]): Promise<string[]> {
  const text = JSON.stringify({ name: 'bench', ...content });
  const dataset = shareDataset(await loadDataset(content.dataset));
  const config = parseConfig(text, 'bench.json', []);
  const devices = new Map([['cpu', await findDevice('cpu')]] as const);
  return inFolder(async (directory) => {
    const { runs } = expand(config.experiment, dataset);
    await mkdir(join(directory, 'bench'));
    await appendRecords(join(directory, 'bench', 'runs.jsonl'), runs.map(recordOf));
    const [expanding, matching]: [number[], number[]] = [[], []];
    for (let round = 0; round < ROUNDS; round++) {
      const start = performance.now();
      const expanded = expand(parseConfig(text, 'bench.json', []).experiment, dataset);
      const middle = performance.now();
      const datasets = new Map([[dataset.checksum, dataset]]);
      const plan = { config, device: 'cpu', devices, ...expanded, datasets } as const;
      const forecast = await forecastSweep(planSweep([plan]), {
        directory,
        jobs: 1,
        retryFailed: false,
        saveModels: false,
      });
      if (forecast.done !== runs.length) throw new Error(`only ${forecast.done} runs found their record`);
      expanding.push(middle - start);
      matching.push(performance.now() - middle);
    }
    const sum = spreadOf(expanding).median + spreadOf(matching).median;
    const spreads = [expanding, matching].map((times) => formatSpread(spreadOf(times)));
    return [content.dataset, String(runs.length), ...spreads, digits(sum)];
  });
}

function recordOf(run: Run): RunRecord {
  return {
    ...run,
    status: 'done',
    auroc: 0.9,
    averagePrecision: 0.5,
    seconds: { data: 0.5, pretraining: 0, training: 1, scoring: 0.25 },
    engine: 'native',
    device: 'avx2',
    version: '0.1.0',
  };
}
