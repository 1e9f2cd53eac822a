import type { Argv, Options } from 'yargs';
import { isAddress, withoutPassword } from '../cluster/queue/address.js';
import { UserError } from '../errors.js';
import { counted } from '../messages/counted.js';
import { print } from './output.js';
import { resultsPosition } from './status.js';
import { VERBOSE } from './verbose.js';

export const usage = 'cancel [results] [sweep]';

export const options = {
  verbose: VERBOSE,
} as const satisfies Readonly<Record<string, Options>>;

/** Adds `deepsad cancel`: ends the jobs of submitted sweeps. */
export function register(parser: Argv): Argv {
  return parser.command(
    usage,
    'End the jobs of submitted sweeps',
    (command) =>
      command
        .positional('results', {
          ...resultsPosition,
          describe:
            'Folder of results; where a queue has a sweep whose folder is gone, redis://host:6379, which says which there are',
        })
        .positional('sweep', { type: 'string', describe: 'The id of such a sweep' })
        .options(options),
    async ({ results, sweep }) => {
      if (isAddress(results)) return cancelOrphan(withoutPassword(results), sweep);
      if (sweep !== undefined)
        throw new UserError(`${sweep}: goes with the address of a queue, as redis://host:6379`);
      const { cancelSweeps } = await import('../cluster/status.js');
      const ended = await cancelSweeps(results);
      print(
        ended === 0
          ? 'No job was left.\n'
          : `${counted(ended, 'job')} told to end. What is done by then is kept in ${results} (deepsad status ${results} counts it), and the same sweep goes on from there.\n`,
      );
    },
  );
}

async function cancelOrphan(address: string, sweep: string | undefined): Promise<void> {
  const { removeOrphan } = await import('../cluster/queue/orphans.js');
  const ended = await removeOrphan(address, sweep);
  print(`${counted(ended, 'job')} told to end; nothing of the sweep is left in Redis.\n`);
}
