import type { Argv, Options } from 'yargs';
import { UserError } from '../errors.js';
import type { Shard } from '../runner/shard.js';
import { checkExecution, options as runOptions } from './run.js';

export const usage = 'sweep <configs..>';

export const options = {
  'dry-run': {
    type: 'boolean',
    default: false,
    describe: 'Only say how many runs there are, how many are done, and how long the rest may take',
  },
  shard: {
    type: 'string',
    requiresArg: true,
    describe: 'Take part i of n of the runs, as i/n; the parts fit into one results folder',
  },
  'keep-going': { type: 'boolean', describe: 'Go on past runs that fail  [default]', conflicts: 'fail-fast' },
  'fail-fast': { type: 'boolean', default: false, describe: 'Start no further run once one has failed' },
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
        .example('$0 sweep configs/paper/*.yaml --dry-run', 'how many runs, and how long they may take')
        .example('$0 sweep configs/paper/*.yaml --shard 2/4', 'the second of four machines')
        .epilogue(
          'A run that several configs have is executed once, and one that the results folder holds is not repeated. Ctrl-C once ' +
            'finishes what runs, twice stops at once. Exit code: 0 all runs done, 1 some failed, 2 refused, 130 interrupted (143 by SIGTERM, 129 by SIGHUP).',
        ),
    async ({ configs, dryRun, shard, set = [], ...execution }) => {
      const part = shard === undefined ? undefined : parseShard(shard);
      const { executeExperiments, forecastExperiments } = await import('./experiments.js');
      await (dryRun ? forecastExperiments : executeExperiments)(configs, { ...execution, set }, part);
    },
  );
}

/** Parses `i/n`. */
function parseShard(text: string): Shard {
  const [, index, count] = (/^(\d+)\/(\d+)$/.exec(text) ?? []).map(Number);
  if (index >= 1 && index <= count) return { index, count };
  throw new UserError(`--shard: expected i/n, such as 2/4 for the second part of four, found ${text}`);
}
