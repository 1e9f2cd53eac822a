import type { Argv, Options } from 'yargs';
import type { Allocation } from '../cluster/plan.js';
import { isAddress, withoutPassword } from '../cluster/queue/address.js';
import { UserError } from '../errors.js';
import { shippedPath } from '../package.js';
import type { Shard } from '../runner/shard.js';
import { expectWhole } from '../whole-number.js';
import { examples } from './examples.js';
import { INTERRUPTED } from './exit-codes.js';
import { refuseIdle } from './idle-options.js';
import { parseDuration } from './numbers.js';
import { CACHE_SIZE, checkExecution, MOST_JOBS, options as runOptions } from './run.js';

export const usage = 'sweep <configs..>';

export const options = {
  'dry-run': {
    type: 'boolean',
    default: false,
    describe:
      'Only say how many runs there are, how many are done, and how long the rest may take; with --on, in how many bundles',
  },
  shard: {
    type: 'string',
    requiresArg: true,
    describe: 'Take part i of n of the runs, as i/n; the parts fit into one results folder',
  },
  on: {
    type: 'string',
    requiresArg: true,
    describe:
      'Execute the runs elsewhere: slurm submits job arrays and returns at once, redis://host:6379 queues them for machines that run deepsad work',
  },
  time: { type: 'string', requiresArg: true, describe: 'With --on slurm: time limit of a task, such as 4h' },
  cpus: {
    type: 'number',
    requiresArg: true,
    describe: 'With --on: cores that a task is given on Slurm, and that bundles are cut for  [default: 4]',
  },
  'at-a-time': { type: 'number', requiresArg: true, describe: 'With --on slurm: the most tasks at a time' },
  bundle: {
    type: 'string',
    requiresArg: true,
    describe: 'With --on: what a task is given, by the time that it is expected to take  [default: 30m]',
  },
  slurm: {
    type: 'string',
    array: true,
    nargs: 1,
    describe: 'With --on slurm: options of sbatch, as account=x,partition=y',
  },
  verify: {
    type: 'number',
    requiresArg: true,
    describe:
      'Execute so many of the runs a second time, on another machine or with another instruction set, and compare bit for bit',
  },
  'keep-going': { type: 'boolean', describe: 'Go on past runs that fail  [default]', conflicts: 'fail-fast' },
  'fail-fast': { type: 'boolean', describe: 'Start no further run once one has failed' },
  ...runOptions,
} as const satisfies Readonly<Record<string, Options>>;

/** Adds `deepsad sweep`: the runs of several experiments together, their tables on standard output. */
export function register(parser: Argv): Argv {
  return parser.command(
    usage,
    'Run many experiments together',
    (command) =>
      command
        .positional('configs', {
          type: 'string',
          array: true,
          demandOption: true,
          describe: 'YAML or JSON files',
        })
        .options(options)
        .check(checkExecution)
        .example(
          examples(
            ['$0 sweep configs/paper/*.yaml --dry-run', 'how many runs, and how long they may take'],
            ['$0 sweep configs/paper/*.yaml --shard 2/4', 'the second of four machines'],
            ['$0 sweep configs/paper/*.yaml --on slurm --time 4h --cpus 8', 'on a cluster'],
            ['$0 sweep configs/paper/*.yaml --on redis://host:6379', 'on machines of your own'],
          ),
        )
        .epilogue(
          'A run that several configs have is executed once, and one that the results folder holds is not repeated. Ctrl-C once ' +
            `finishes what runs, twice stops at once. Exit code: 0 all runs done, 1 some failed, 2 refused, ${INTERRUPTED}. ` +
            `${shippedPath('docs/cluster.md')} says more of --on.`,
        ),
    async ({
      configs,
      dryRun,
      shard,
      on,
      time,
      cpus,
      atATime,
      bundle,
      slurm,
      set = [],
      cacheSize = CACHE_SIZE,
      ...execution
    }) => {
      const { open, verify } = execution;
      if (configs.length > 1) refuseIdle({ open }, 'with a single config');
      if (on === 'slurm') refuseIdle({ open }, 'without --on slurm, which returns before there are results');
      if (dryRun) refuseIdle({ open, verify }, 'without --dry-run');
      expectWhole('verify', verify, 1);
      const part = shard === undefined ? undefined : parseShard(shard);
      const allocation = allocationOf({ on, time, cpus, 'at-a-time': atATime, bundle, slurm });
      const { executeExperiments, forecastExperiments, submitExperiments } = await import('./experiments.js');
      const given = { ...execution, cacheSize, set };
      if (allocation && part)
        throw new UserError('--shard: takes a part for this machine, and --on gives the runs to others');
      if (dryRun) return forecastExperiments(configs, given, { shard: part, allocation });
      if (!allocation) return executeExperiments(configs, given, part);
      return submitExperiments(configs, given, allocation);
    },
  );
}

/** What the options that go with --on ask for; undefined without it. */
function allocationOf({
  on,
  ...given
}: {
  readonly on: string | undefined;
  readonly time: string | undefined;
  readonly cpus: number | undefined;
  readonly 'at-a-time': number | undefined;
  readonly bundle: string | undefined;
  readonly slurm: readonly string[] | undefined;
}): Allocation | undefined {
  if (on === undefined) {
    refuseIdle(given, 'with --on, such as --on slurm');
    return undefined;
  }
  const { time, cpus, 'at-a-time': atATime, bundle = '30m', slurm = [] } = given;
  expectWhole('cpus', cpus, 1, MOST_JOBS);
  expectWhole('atATime', atATime, 1);
  return {
    on: isAddress(on) ? withoutPassword(on) : on,
    timeLimit: time === undefined ? undefined : parseDuration('time', time),
    cores: cpus ?? 4,
    atATime,
    bundleSeconds: parseDuration('bundle', bundle),
    options: Object.fromEntries(slurm.flatMap((list) => list.split(',')).map(parseOption)),
  };
}

/** Parses `name=value`, or `name` of an option without a value. */
function parseOption(text: string): [name: string, value: string] {
  const [, name, value = ''] = /^(?:--)?([a-z][a-z-]*)(?:=(.*))?$/.exec(text) ?? [];
  if (name !== undefined) return [name, value];
  throw new UserError(
    `--slurm: expected options of sbatch as account=x,partition=y, found ${text || 'nothing'}; give it again for another`,
  );
}

/** Parses `i/n`. */
function parseShard(text: string): Shard {
  const [, index, count] = (/^(\d+)\/(\d+)$/.exec(text) ?? []).map(Number);
  if (index >= 1 && index <= count) return { index, count };
  throw new UserError(`--shard: expected i/n, such as 2/4 for the second part of four, found ${text}`);
}
