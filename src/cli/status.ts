import { setTimeout } from 'node:timers/promises';
import type { Argv, Options } from 'yargs';
import type { SweepStatus } from '../cluster/status.js';
import { count } from '../messages/counted.js';
import { EXIT_REFUSED } from './exit-codes.js';
import { hasReader, print, printData, say } from './output.js';
import { VERBOSE } from './verbose.js';

export const usage = 'status [results]';

/** The results folder that a submitted sweep writes to. */
export const resultsPosition = {
  type: 'string',
  default: 'results',
  describe: 'Folder of results',
} as const;

export const options = {
  watch: { type: 'boolean', default: false, describe: 'Say it again when it changes, until no job is left' },
  json: { type: 'boolean', default: false, describe: 'Print JSON, a line each time' },
  verbose: VERBOSE,
} as const satisfies Readonly<Record<string, Options>>;

/** Seconds between two looks of --watch, which the scheduler of a site can bear. */
const INTERVAL = 10;

/** Adds `deepsad status`: how far submitted sweeps are. */
export function register(parser: Argv): Argv {
  return parser.command(
    usage,
    'Say how far submitted sweeps are',
    (command) => command.positional('results', resultsPosition).options(options),
    async ({ results, watch, json }) => {
      const { statusOf } = await import('../cluster/status.js');
      const asked = new Set<string>();
      const told = new Set<string>();
      for (let said = ''; ; await setTimeout(1000 * INTERVAL)) {
        const { sweeps, untold } = await statusOf(results);
        for (const reason of untold) if (!told.has(reason)) say(reason);
        untold.forEach(told.add, told);
        for (const { id, jobs } of sweeps) if (jobs) asked.add(id);
        // What could be asked before is away for a while; what never could be stays so.
        const goesOn = sweeps.some(({ id, jobs }) => (jobs ? Object.keys(jobs).length > 0 : asked.has(id)));
        const text = json ? `${JSON.stringify(sweeps)}\n` : sweeps.map(describe).join('');
        if (text !== said) await (json ? printData(text) : print(text));
        said = text;
        if (watch && goesOn && hasReader()) continue;
        // Nobody knows then whether a job is left.
        if (untold.length > 0 || (watch && sweeps.some(({ jobs }) => !jobs))) process.exitCode = EXIT_REFUSED;
        return;
      }
    },
  );
}

function describe(status: SweepStatus): string {
  const {
    id,
    on,
    experiments,
    round,
    runs,
    done,
    failed,
    left,
    bundles,
    bundlesTaken,
    jobs,
    halted,
    notices,
    logs,
  } = status;
  const states = Object.entries(jobs ?? {}).map(([state, number]) => `${number} ${state}`);
  const inJobs = jobs ? states.join(', ') || 'none' : 'not known';
  return [
    `${id} on ${on}: ${someOf(experiments)}${halted === undefined ? '' : ` (${halted})`}`,
    `  Runs: ${count(done)} of ${count(runs)} done, ${count(failed)} failed, ${count(left)} left`,
    `  Bundles: ${count(bundlesTaken)} of ${count(bundles)} taken${round > 1 ? ` in round ${round}` : ''}; jobs: ${inJobs}`,
    ...notices.map((notice) => `  ${notice}`),
    `  Logs: ${logs}`,
    '',
  ].join('\n');
}

/** The names of a few experiments, or the first of many, and how many more there are. */
function someOf(names: readonly string[]): string {
  return names.length <= 3 ? names.join(', ') : `${names[0]} and ${names.length - 1} others`;
}
