import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { countBy } from 'es-toolkit/array/countBy';
import { range } from 'es-toolkit/math/range';
import { UserError } from '../../errors.js';
import { writeFileAtomic } from '../../files/write-file.js';
import { shellWord } from '../../messages/shell-word.js';
import { validNames } from '../../messages/suggest.js';
import { optionName } from '../../messages/vocabulary.js';
import { PACKAGE_ROOT } from '../../package.js';
import type { Dispatcher, TaskProgram } from '../dispatcher.js';
import type { Allocation, Submission, SweepPlan } from '../plan.js';
import { slurm } from './commands.js';

/**
 * Job arrays of Slurm: a task a bundle, and a job that depends on all of them. Nothing but its commands is asked, so that a site
 * needs no accounting (sacct).
 */
export const SLURM: Dispatcher = {
  usage: 'slurm',
  serves: (on) => on === 'slurm',
  check,
  submit,
  async find({ id }) {
    const own = [...(await jobsByCommand())].filter(([command]) => command.includes(`/${id}/`));
    return { jobs: own.map(([, job]) => job), said: [] };
  },
  async jobsOf({ jobs }) {
    const tasks = await tasksOf(jobs.filter((job) => job !== process.env.SLURM_JOB_ID));
    return countBy(tasks, ([, state]) => state.toLowerCase());
  },
  async cancel({ jobs }) {
    // Those that have ended it may have forgotten, and would refuse.
    const there = new Set((await tasksOf(jobs)).map(([job]) => job));
    // The last one waits for the others, and is not to begin as they end.
    for (const job of jobs.toReversed()) if (there.has(job)) await slurm('scancel', job);
  },
};

/** The tasks of jobs that wait or run, of each the job and its state. */
async function tasksOf(jobs: readonly string[]): Promise<string[][]> {
  if (jobs.length === 0) return [];
  // By job, as it may be another user who asks.
  const listed = await slurm('squeue', '--noheader', '--array', `--jobs=${jobs.join(',')}`, '--format=%F|%T');
  const tasks = listed.split('\n').map((line) => line.split('|'));
  return tasks.filter(([job]) => jobs.includes(job));
}

/** The jobs that Slurm has not forgotten, by what they execute: a script and its arguments. */
async function jobsByCommand(): Promise<ReadonlyMap<string, string>> {
  const listed = await slurm('squeue', '--noheader', '--states=all', '--format=%F|%o');
  return new Map([...listed.matchAll(/^(\d+)\|(.*?) *$/gm)].map(([, job, command]) => [command, job]));
}

/** Options of sbatch that are ours to set. */
const OWN = [
  'array',
  'dependency',
  'output',
  'error',
  'chdir',
  'time',
  'cpus-per-task',
  'signal',
  'wrap',
  'ntasks',
  'nodes',
];

async function check({ timeLimit, cores, options }: Allocation): Promise<string[]> {
  if (timeLimit === undefined)
    throw new UserError(`${optionName('timeLimit')} is missing: the time limit of a task, such as 4h`);
  for (const name of Object.keys(options)) {
    if (OWN.includes(name))
      throw new UserError(`${optionName('options')} ${name}: deepsad sets this option of sbatch itself`);
  }
  const partitions = (await slurm('sinfo', '--noheader', '--format=%R|%P|%l'))
    .split('\n')
    .filter(Boolean)
    .map((line) => line.split('|'));
  const names = partitions.map(([name]) => name);
  const asked = options.partition;
  if (asked !== undefined && !names.includes(asked)) {
    throw new UserError(`${optionName('options')} partition=${asked}: ${validNames(asked, names)}`);
  }
  const [name, , limit] =
    partitions.find(([name, marked]) => (asked === undefined ? marked.endsWith('*') : name === asked)) ?? [];
  if (limit !== undefined && timeLimit > secondsIn(limit)) {
    throw new UserError(
      `${optionName('timeLimit')}: the partition ${name} allows ${limit}; ask for less, or for another partition`,
    );
  }
  await slurm(
    'sbatch',
    '--test-only',
    `--cpus-per-task=${cores}`,
    timeOption(timeLimit),
    ...extra(options),
    '--wrap=true',
  );
  return [];
}

async function submit(folder: string, plan: SweepPlan, program: TaskProgram): Promise<Submission> {
  const { timeLimit = 0, cores, atATime, options } = plan.allocation;
  const most = await maxArraySize();
  const [task, closing] = [join(folder, 'task.sh'), join(folder, 'closing.sh')];
  const own = { folder: shellWord(folder), seconds: Math.floor(timeLimit - margin(timeLimit)) };
  const [first, name] = [
    '$(($1 + SLURM_ARRAY_TASK_ID))',
    'slurm-"$SLURM_ARRAY_JOB_ID"_"$SLURM_ARRAY_TASK_ID"',
  ];
  // Of a plan whose submitting was cut short.
  const submitted = existsSync(task) ? await jobsByCommand() : undefined;
  await writeFileAtomic(task, script(program.work({ ...own, first, name })));
  await writeFileAtomic(closing, script(program.close(own)));
  const common = [
    '--parsable',
    '--job-name=deepsad',
    `--chdir=${plan.workingDirectory}`,
    '--open-mode=append',
    timeOption(timeLimit),
    ...extra(options),
  ];
  const log = (name: string) => `--output=${join(folder, 'logs').replaceAll('%', '%%')}/${name}.log`;
  const job = async (options: readonly string[], ...command: readonly string[]) =>
    submitted?.get(command.join(' ')) ?? (await sbatch(...common, ...options, ...command));
  const jobs: string[] = [];
  const arrays: string[] = [];
  for (const first of range(0, plan.bundles, most)) {
    const last = Math.min(most, plan.bundles - first) - 1;
    const tasks = `0-${last}${atATime === undefined ? '' : `%${atATime}`}`;
    // One array after the other, or there would be more at a time.
    const after = jobs.length > 0 && atATime !== undefined ? [`--dependency=afterany:${jobs.at(-1)}`] : [];
    const signal = timeLimit > WARNED ? ['--signal=B:USR1@60'] : [];
    const own = [
      `--array=${tasks}`,
      `--cpus-per-task=${cores}`,
      '--requeue',
      log('slurm-%A_%a'),
      ...after,
      ...signal,
    ];
    jobs.push(await job(own, task, String(first)));
    arrays.push(`${jobs.at(-1)}_[${tasks}]`);
  }
  const alone = [
    // What it executes twice takes as many cores as other runs.
    `--cpus-per-task=${plan.settings.verify === undefined ? 1 : cores}`,
    `--dependency=afterany:${jobs.join(':')}`,
    log('closing'),
  ];
  jobs.push(await job(alone, closing));
  return {
    jobs,
    said: [
      `Submitted ${arrays.length > 3 ? `${arrays[0]} to ${arrays.at(-1)}` : arrays.join(', ')}; ${jobs.at(-1)} writes the tables when they end`,
    ],
  };
}

/** Seconds of a time limit below which no signal is asked for before it: Slurm sends it up to a minute early. */
const WARNED = 300;

/** Seconds before its time limit by which a task must have left by itself. */
function margin(timeLimit: number): number {
  return Math.min(60, timeLimit / 10);
}

/** @returns the id of the job */
async function sbatch(...args: readonly string[]): Promise<string> {
  // Of several clusters it names the one too.
  return (await slurm('sbatch', ...args)).trim().split(';')[0];
}

/** How many tasks a job array may have, as its indices are below it. */
async function maxArraySize(): Promise<number> {
  const [, size = '1001'] =
    /^MaxArraySize\s*=\s*(\d+)/m.exec(await slurm('scontrol', 'show', 'config')) ?? [];
  return Math.max(1, Number(size));
}

function script(args: readonly string[]): string {
  const program = [process.execPath, join(PACKAGE_ROOT, 'bin', 'deepsad.js')].map(shellWord);
  // Slurm's signals are for the program itself.
  return `#!/bin/sh\nexec ${[...program, ...args].join(' ')}\n`;
}

function extra(options: Allocation['options']): string[] {
  return Object.entries(options).map(([name, value]) => (value === '' ? `--${name}` : `--${name}=${value}`));
}

function timeOption(seconds: number): string {
  return `--time=${Math.ceil(seconds / 60)}`;
}

/** The seconds of a time as Slurm prints it, [days-][[hours:]minutes:]seconds; infinite for `infinite` and what is no time. */
function secondsIn(limit: string): number {
  const [, days = '0', times] = /^(?:(\d+)-)?([\d:]+)$/.exec(limit) ?? [];
  if (times === undefined) return Number.POSITIVE_INFINITY;
  return 86_400 * Number(days) + times.split(':').reduce((seconds, part) => 60 * seconds + Number(part), 0);
}
