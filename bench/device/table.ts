/** `table.ts RESULTS.jsonl`: the results of run.sh as a table of at most 60 lines. */
import { readFile } from 'node:fs/promises';
import { markdownTable } from 'markdown-table';
import { digits } from '../statistics.js';
import { PARTS, type Workload } from '../workloads.js';

type Result = Readonly<Record<string, unknown>>;

/** The time of a training step, on whatever took it. */
interface StepTime {
  /** What took it; with the number of models a row of the table. */
  readonly what: string;
  readonly network: string;
  readonly part: string;
  /** Trained at once. */
  readonly models: number;
  /** Microseconds of a step, a model. */
  readonly us_per_model: number;
}

const LINES = 60;
/** Of results that are no times of steps. */
const CHARACTERS = 300;
const WORKLOADS: readonly Workload[] = ['mnist', 'fashion-mnist', 'cifar10', 'satellite'];
/** Whole runs: batches an epoch, and epochs of the encoder and of the autoencoder, by the authors' schedule. */
const RUNS = { mnist: [51, 150, 150], cifar10: [39, 150, 350] } as const;

const lines = (await readFile(process.argv[2], 'utf8')).split('\n').filter(Boolean);
const results = lines.map(parse).filter((result) => result !== undefined);
const times = results.filter(isStepTime);
const others = results.filter((result) => !isStepTime(result));

const rows = [...new Map(times.map((time) => [rowOf(time), time])).keys()].map((row) => {
  const cells = times.filter((time) => rowOf(time) === row);
  const of = (network: string, part: string) =>
    cells.findLast((time) => time.network === network && time.part === part)?.us_per_model;
  const microseconds = WORKLOADS.flatMap((network) => PARTS.map((part) => of(network, part)));
  const runs = Object.entries(RUNS).map(([network, [batches, encoder, autoencoder]]) => {
    const run = encoder * Number(of(network, 'encoder')) + autoencoder * Number(of(network, 'autoencoder'));
    return 3600e6 / (batches * run);
  });
  return [
    row,
    ...[...microseconds, ...runs].map((value) => (value && !Number.isNaN(value) ? digits(value) : '–')),
  ];
});
const header = [
  'µs a model and step',
  ...WORKLOADS.flatMap((network) => [`${network.split('-')[0]} enc`, 'ae']),
  ...Object.keys(RUNS).map((network) => `${network} runs/h`),
];
const table = markdownTable([header, ...rows], { align: header.map((_, i) => (i === 0 ? 'l' : 'r')) });
const said = others.map((result) => JSON.stringify(result).slice(0, CHARACTERS));
const room = LINES - table.split('\n').length;
const shown =
  said.length <= room
    ? said
    : [...said.slice(0, room - 1), `… and ${said.length - room + 1} more in ${process.argv[2]}`];
console.log([...shown, table].join('\n').split('\n').slice(0, LINES).join('\n'));

/** A line as a result; undefined where a process that was cut off left half of one, or a library printed it. */
function parse(line: string): Result | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null ? (value as Result) : undefined;
  } catch {
    return undefined;
  }
}

function isStepTime(result: Result): result is Result & StepTime {
  return typeof result.us_per_model === 'number' && typeof result.network === 'string';
}

function rowOf({ what, models }: StepTime): string {
  return `${what} × ${models}`;
}
