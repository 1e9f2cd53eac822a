import type { Argv, Options } from 'yargs';
import { counted } from '../messages/counted.js';
import { print } from './output.js';
import { resultsPosition } from './status.js';
import { VERBOSE } from './verbose.js';

export const usage = 'cancel [results]';

export const options = {
  verbose: VERBOSE,
} as const satisfies Readonly<Record<string, Options>>;

/** Adds `deepsad cancel`: ends the jobs of submitted sweeps. */
export function register(parser: Argv): Argv {
  return parser.command(
    usage,
    'End the jobs of submitted sweeps',
    (command) => command.positional('results', resultsPosition).options(options),
    async ({ results }) => {
      const { cancelSweeps, statusOf } = await import('../cluster/status.js');
      const ended = await cancelSweeps(results);
      const { sweeps } = await statusOf(results);
      const done = sweeps.reduce((sum, sweep) => sum + sweep.done, 0);
      print(
        ended === 0
          ? 'No job was left.\n'
          : `${counted(ended, 'job')} told to end. ${counted(done, 'run')} done and kept in ${results}; the same sweep goes on from there.\n`,
      );
    },
  );
}
