import { range } from 'es-toolkit';
import { markdownTable } from 'markdown-table';
import { sum } from 'simple-statistics';
import { MNIST, runDeepsad } from './deepsad.js';
import { digits, formatSpread, spreadOf } from './statistics.js';

const ROUNDS = 5;

/** Whole runs: short ones of a table, and of images a few epochs. The last has several detectors on each autoencoder. */
const EXPERIMENTS = [
  {
    name: 'cardio, Deep SAD',
    few: 2,
    many: 122,
    dataset: 'cardio',
    detectors: [{ name: 'deep-sad', pretrain: true }],
  },
  {
    name: 'MNIST, Deep SAD, 10 + 10 epochs',
    few: 1,
    many: 5,
    ...MNIST,
    detectors: [{ name: 'deep-sad', pretrain: true, epochs: 10, pretrainEpochs: 10 }],
  },
  {
    name: 'MNIST, three detectors, 10 + 10 epochs',
    few: 1,
    many: 3,
    ...MNIST,
    detectors: ['deep-sad', 'deep-svdd', 'ssad-hybrid'].map((name) => ({
      name,
      pretrainEpochs: 10,
      ...(name === 'ssad-hybrid' ? {} : { pretrain: true, epochs: 10 }),
    })),
  },
];

/**
 * What the runner adds to the time of the runs themselves, as their records have it: once in a process, for its start, the data and
 * the report, and for each run.
 */
export async function benchOverhead(): Promise<void> {
  const rows: string[][] = [];
  for (const experiment of EXPERIMENTS) rows.push(await measure(experiment));
  console.log('Wall time beyond the seconds in the records of runs, one worker\n');
  console.log(
    markdownTable(
      [['', 'a run takes, s', 'once in a process, s', 'added to each run, ms', 'share of it'], ...rows],
      { align: ['l', 'r', 'r', 'r', 'r'] },
    ),
  );
}

async function measure({ name, few, many, ...experiment }: (typeof EXPERIMENTS)[number]): Promise<string[]> {
  const [once, added, taken]: [number[], number[], number[]] = [[], [], []];
  for (let round = 0; round < ROUNDS; round++) {
    const [small, large] = [await beyondRuns(experiment, few), await beyondRuns(experiment, many)];
    const each = (large.beyond - small.beyond) / (large.runs - small.runs);
    added.push(1000 * each);
    once.push(small.beyond - small.runs * each);
    taken.push(large.within / large.runs);
  }
  const share = spreadOf(added).median / 1000 / spreadOf(taken).median;
  const cells = [taken, once, added].map((values) => formatSpread(spreadOf(values)));
  return [name, ...cells, `${digits(100 * share)} %`];
}

/** Wall seconds of a process within its runs, and beyond them. */
async function beyondRuns(
  experiment: Readonly<Record<string, unknown>>,
  seeds: number,
): Promise<{ runs: number; within: number; beyond: number }> {
  const { seconds, records } = await runDeepsad({ ...experiment, seeds: range(1, seeds + 1) }, 1, 'all');
  const within = sum(records.flatMap((record) => Object.values(record.seconds)));
  return { runs: records.length, within, beyond: seconds - within };
}
