import type { Argv, Options } from 'yargs';
import { UserError } from '../errors.js';
import type { Shard } from '../results/results-folder.js';
import type { Sweep } from '../sweep.js';
import type { Execution } from './execute.js';
import { print, say } from './output.js';
import { checkExecution, options as runOptions } from './run.js';

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
  'retry-failed': { type: 'boolean', default: false, describe: 'Repeat runs that failed before' },
  ...runOptions,
} as const satisfies Readonly<Record<string, Options>>;

/** Adds `deepsad sweep`: the runs of several experiments together, their tables on standard output. */
export function register(parser: Argv): Argv {
  return parser.command(
    'sweep <configs..>',
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
            'finishes what runs, twice stops at once. Exit code: 0 all runs done, 1 some failed, 2 refused.',
        ),
    async ({ configs, dataDir, device, set = [], dryRun, shard, ...execution }) => {
      const part = shard === undefined ? undefined : parseShard(shard);
      const [{ loadConfig }, { planExperiments }, { planSweep }] = await Promise.all([
        import('../config/load.js'),
        import('../experiment.js'),
        import('../sweep.js'),
      ]);
      const loaded = configs.map((file) => loadConfig(file, set));
      const plans = await planExperiments(loaded, device, dataDir);
      const sweep = planSweep(plans, part);
      await (dryRun ? showForecast(sweep, execution) : executeAndShow(sweep, execution));
    },
  );
}

/** A thousand years. */
const MOST_SECONDS = 3e10;

type SweepExecution = Omit<Execution, 'place' | 'drains'>;

async function showForecast(sweep: Sweep, { out, jobs, retryFailed, quiet }: SweepExecution): Promise<void> {
  const [{ forecastSweep, noticesOf }, { default: prettyMs }] = await Promise.all([
    import('../sweep.js'),
    import('pretty-ms'),
  ]);
  if (!quiet) noticesOf(sweep).forEach(say);
  const forecast = await forecastSweep(sweep, { directory: out, jobs, retryFailed });
  const time =
    forecast.seconds < MOST_SECONDS
      ? prettyMs(1000 * forecast.seconds, { unitCount: 2, secondsDecimalDigits: 0 })
      : 'longer than can be told';
  const atATime =
    forecast.capacities.size > 1
      ? `, at a time ${[...forecast.capacities].map(([device, { slots }]) => `${slots} on ${device}`).join(' and ')}`
      : [...forecast.capacities.values()].map(({ slots }) => `, ${slots} at a time`).join('');
  const basis =
    forecast.earlier > 0 ? `from ${forecast.earlier} earlier records` : 'a guess, without earlier records';
  print(
    `${forecast.runs} runs: ${forecast.done} done, ${forecast.failed} failed, ${forecast.pending} to do\n` +
      `Expected time${atATime}: ${time} (${basis})\n`,
  );
}

async function executeAndShow(sweep: Sweep, execution: SweepExecution): Promise<void> {
  const [{ recordsOf }, { execute }, { renderTable }] = await Promise.all([
    import('../sweep.js'),
    import('./execute.js'),
    import('../results/tables.js'),
  ]);
  const { out, quiet } = execution;
  const records = await execute(sweep, { ...execution, place: out, drains: true });
  if (!records) return;
  for (const plan of sweep.plans) {
    const { name } = plan.config.experiment;
    const own = recordsOf(plan, records);
    if (own.length === plan.runs.length) {
      print(`## ${name}\n\n${renderTable(own)}\n`);
    } else if (!quiet) {
      say(`${name}: ${own.length} of ${plan.runs.length} runs have a record.`);
    }
  }
  if (!quiet) say(`Results are in ${out}.`);
}

/** Parses `i/n`. */
function parseShard(text: string): Shard {
  const [, index, count] = (/^(\d+)\/(\d+)$/.exec(text) ?? []).map(Number);
  if (index >= 1 && index <= count) return { index, count };
  throw new UserError(`--shard: expected i/n, such as 2/4 for the second part of four, found ${text}`);
}
